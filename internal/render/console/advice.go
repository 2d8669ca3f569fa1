package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/render/plain"
	"github.com/lintel-review/lintel/internal/text"
)

// maxPaths is how many paths are named behind a sentence.
const maxPaths = 3

// maxNotes is how many remarks of less weight are shown.
const maxNotes = 5

// Advice writes advice for a terminal or a log, drafts among it. It always says something: whoever asked is told
// what was read and by whom.
func Advice(a advice.Advice) string {
	t := &adviceText{facts: a.Facts}
	if a.Extent == advice.Nothing {
		t.add("advice: a language model was to read this change and did not; that says nothing about the change")
		for _, n := range a.NotRead {
			t.add("  not read: %s: %s", plain.Line(n.What), plain.Line(n.Why))
		}
		return t.String()
	}
	t.add("advice by a language model%s; no part of the verdict", costText(a))
	for _, x := range a.Bullets {
		t.add("  - %s%s", plain.Line(x.Text), t.cites(x))
	}
	if a.Risk.Level.Rank() >= advice.Medium.Rank() {
		t.add("  risk: %s", plain.Line(string(a.Risk.Level)))
		for _, x := range a.Risk.Reasons {
			t.add("    - %s%s", plain.Line(x.Text), t.cites(x))
		}
	}
	if len(a.Order) > 1 {
		t.add("  read first")
		for i, s := range a.Order {
			t.add("    %d. %s%s", i+1, placeText(s.Path, s.Line), before(": ", plain.Line(s.Why)))
		}
	}
	for _, d := range a.Drafts {
		if d.State == advice.Open {
			t.draft(d)
		}
	}
	t.notes(a.Notes)
	for _, c := range a.Tests.Cases {
		t.add("  missing test: %s in %s: %s", plain.Line(c.Function), placeText(c.Path, factLine(a.Facts, c.Fact)), plain.Line(c.Behaviour))
		t.add("      with: %s", plain.Line(c.Input))
		t.add("      expect: %s", plain.Line(c.Expected))
		t.code(c.Skeleton)
	}
	t.rest(a)
	return t.String()
}

// adviceText collects lines; none of them is a command to a CI runner.
type adviceText struct {
	strings.Builder
	facts []advice.Fact
}

func (t *adviceText) add(format string, args ...any) {
	t.WriteString(plain.Inert(strings.TrimRight(fmt.Sprintf(format, args...), " ")) + "\n")
}

func (t *adviceText) draft(d advice.Draft) {
	side := ""
	if d.Side == advice.Left {
		side = " (removed)"
	}
	t.add("  %s%s  %s  %s", placeText(d.Path, d.Start), side, plain.Line(string(d.Level)), strings.ToLower(about(d.Category)))
	for _, l := range plain.Lines(d.Message) {
		t.add("      %s", l)
	}
	for _, f := range t.facts {
		if slices.Contains(d.Facts, f.ID) {
			t.add("      %s: %s", plain.Line(f.Source), plain.Line(f.Text))
		}
	}
	switch s := d.Suggestion; {
	case s == nil:
	case *s == "":
		t.add("      suggestion: remove these lines")
	default:
		t.add("      suggestion:")
		t.code(*s)
	}
}

// notes are the remarks for which a server posts no comment at lines: one line each, and not all of many, so that the
// drafts above keep their weight.
func (t *adviceText) notes(all []advice.Draft) {
	if len(all) == 0 {
		return
	}
	t.add("  %s of less weight", text.Count(len(all), "remark"))
	for i, d := range all {
		if i == maxNotes {
			t.add("    … and %d more", len(all)-i)
			return
		}
		t.add("    %s  %s", placeText(d.Path, d.Start), strings.Join(plain.Lines(d.Message), " "))
	}
}

// code shows lines of code, the first of them when they are many.
func (t *adviceText) code(s string) {
	if s == "" {
		return
	}
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i, l := range all {
		if i == maxShown {
			t.add("        | … and %s more", text.Count(len(all)-i, "line"))
			return
		}
		t.add("        | %s", plain.Text(strings.TrimSuffix(l, "\r")))
	}
}

// rest says what was not read and what was left out, or that there is nothing to say.
func (t *adviceText) rest(a advice.Advice) {
	if quiet(a) && len(a.Drafts) == 0 {
		t.add("  it has nothing to say")
	}
	for _, n := range a.NotRead {
		t.add("  not read: %s: %s", plain.Line(n.What), plain.Line(n.Why))
	}
	if out := leftOut(a.Ledger); out != "" {
		t.add("  left out: %s", out)
	}
	if a.Tests.Why != "" {
		t.add("  tests: %s", plain.Line(a.Tests.Why))
	}
}

// cites names what a sentence rests on.
func (t *adviceText) cites(x advice.Bullet) string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range x.Files {
		add(plain.Line(p))
	}
	for _, f := range t.facts {
		if !slices.Contains(x.Facts, f.ID) {
			continue
		}
		if f.Path == "" {
			add(plain.Line(f.Source))
		} else {
			add(placeText(f.Path, f.Start))
		}
	}
	if n := len(names); n > maxPaths {
		names = append(names[:maxPaths], fmt.Sprintf("%d more", n-maxPaths))
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func placeText(path string, at int) string {
	if at > 0 {
		return fmt.Sprintf("%s:%d", plain.Line(path), at)
	}
	return plain.Line(path)
}

func before(lead, s string) string {
	if s == "" {
		return ""
	}
	return lead + s
}

// costText is who was asked, and what it took.
func costText(a advice.Advice) string {
	var parts []string
	for _, m := range a.Models {
		parts = append(parts, plain.Line(m))
	}
	if a.Cost.Calls > 0 {
		parts = append(parts, text.Count(a.Cost.Calls, "question"))
	}
	if n := a.Cost.Usage.In + a.Cost.Usage.Out; n > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens", n))
	}
	if a.Cost.MicroDollars != nil {
		parts = append(parts, fmt.Sprintf("%.3f US dollars", float64(*a.Cost.MicroDollars)/1e6))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// quiet reports whether there is nothing that a reviewer needs to be told.
func quiet(a advice.Advice) bool {
	return a.Extent == advice.Whole && len(a.Bullets)+len(a.Notes)+len(a.Tests.Cases) == 0 && a.Risk.Level.Rank() < advice.Medium.Rank()
}

func factLine(facts []advice.Fact, id string) int {
	for _, f := range facts {
		if f.ID == id {
			return f.Start
		}
	}
	return 0
}

// leftOut counts the files that no model may read, by reason.
func leftOut(ledger []advice.Entry) string {
	files := map[string][]string{}
	var reasons []string
	for _, e := range ledger {
		if e.Status != advice.OutOfScope || slices.Contains(files[e.Reason], e.Path) {
			continue
		}
		if files[e.Reason] == nil {
			reasons = append(reasons, e.Reason)
		}
		files[e.Reason] = append(files[e.Reason], e.Path)
	}
	slices.Sort(reasons)
	var out []string
	for _, r := range reasons {
		out = append(out, text.Count(len(files[r]), "file")+" ("+plain.Line(r)+")")
	}
	return strings.Join(out, ", ")
}

func about(c advice.Category) string {
	switch c {
	case advice.Security:
		return "Security"
	case advice.Concurrency:
		return "Concurrency"
	case advice.Errors:
		return "Error handling"
	case advice.Performance:
		return "Performance"
	case advice.Compatibility:
		return "Compatibility"
	case advice.Testing:
		return "Tests"
	case advice.Clarity:
		return "Clarity"
	}
	return "Correctness"
}
