package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// MaxAdvice is the most bytes of advice in a comment, and MaxRemark of one comment at lines.
const (
	MaxAdvice = 20_000
	MaxRemark = 4_000
)

// maxPaths is how many paths are named behind a sentence.
const maxPaths = 3

// Advice writes advice for the comment on a change, as GitHub's Markdown. It is empty when there is nothing to say: a small change that was read wholly and
// about which nothing was found needs no words.
func Advice(a advice.Advice) string {
	var b strings.Builder
	if a.Extent == advice.Nothing {
		b.WriteString("**A language model was to read this change and did not.** That says nothing about the change.\n")
		for _, n := range a.NotRead {
			fmt.Fprintf(&b, "- %s: %s\n", markdown.GitHub.Prose(n.What), markdown.GitHub.Prose(n.Why))
		}
		return markdown.Truncate(b.String(), MaxAdvice)
	}
	if quiet(a) {
		return ""
	}
	b.WriteString("#### For the reviewer\n\n")
	for _, x := range a.Bullets {
		b.WriteString("- " + markdown.GitHub.Prose(x.Text) + cites(x, a.Facts) + "\n")
	}
	if a.Risk.Level.Rank() >= advice.Medium.Rank() {
		fmt.Fprintf(&b, "\n**Risk: %s.**", markdown.GitHub.Text(string(a.Risk.Level)))
		for _, x := range a.Risk.Reasons {
			b.WriteString(" " + prosed(x.Text) + cites(x, a.Facts))
		}
		b.WriteString("\n")
	}
	stops(&b, a.Order)
	notes(&b, a.Notes)
	cases(&b, a)
	b.WriteString("\n" + footer(a))
	return markdown.Truncate(b.String(), MaxAdvice)
}

// quiet reports whether there is nothing that a reviewer needs to be told.
func quiet(a advice.Advice) bool {
	return a.Extent == advice.Whole && len(a.Bullets)+len(a.Notes)+len(a.Tests.Cases) == 0 && a.Risk.Level.Rank() < advice.Medium.Rank()
}

// prosed is prose with a full stop.
func prosed(s string) string {
	s = markdown.GitHub.Prose(upper(s))
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") || s == "" {
		return s
	}
	return s + "."
}

func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// cites names what a sentence rests on: the files, and the rules or reports behind its facts.
func cites(x advice.Bullet, facts []advice.Fact) string {
	var names []string
	add := func(name string) {
		if name = markdown.GitHub.Code(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range x.Files {
		add(p)
	}
	for _, f := range facts {
		if !slices.Contains(x.Facts, f.ID) {
			continue
		}
		switch {
		case f.Path != "" && f.Start > 0:
			add(fmt.Sprintf("%s:%d", f.Path, f.Start))
		case f.Path != "":
			add(f.Path)
		default:
			add(f.Source)
		}
	}
	if len(names) == 0 {
		return ""
	}
	more := ""
	if n := len(names) - maxPaths; n > 0 {
		names, more = names[:maxPaths], fmt.Sprintf(" and %d more", n)
	}
	return " (" + strings.Join(names, ", ") + more + ")"
}

func stops(b *strings.Builder, order []advice.Stop) {
	if len(order) < 2 {
		return
	}
	b.WriteString("\n**Read first**\n")
	for i, s := range order {
		fmt.Fprintf(b, "%d. %s", i+1, place(s.Path, s.Line))
		if s.Why != "" {
			b.WriteString(": " + markdown.GitHub.Prose(s.Why))
		}
		b.WriteByte('\n')
	}
}

func place(path string, line int) string {
	if line > 0 {
		return markdown.GitHub.Code(fmt.Sprintf("%s:%d", path, line))
	}
	return markdown.GitHub.Code(path)
}

func notes(b *strings.Builder, list []advice.Draft) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n<details><summary>" + text.Count(len(list), "more remark") + "</summary>\n\n")
	for _, d := range list {
		fmt.Fprintf(b, "- %s: %s\n", place(d.Path, d.Start), markdown.GitHub.Prose(d.Message))
	}
	b.WriteString("\n</details>\n")
}

func cases(b *strings.Builder, a advice.Advice) {
	if len(a.Tests.Cases) == 0 {
		return
	}
	b.WriteString("\n**Missing tests**\n")
	for _, t := range a.Tests.Cases {
		fmt.Fprintf(b, "- %s in %s: %s With: %s Expect: %s\n", markdown.GitHub.Code(t.Function), place(t.Path, factLine(a.Facts, t.Fact)), prosed(t.Behaviour), prosed(t.Input), prosed(t.Expected))
	}
	for _, t := range a.Tests.Cases {
		if t.Skeleton != "" {
			fmt.Fprintf(b, "\n<details><summary>A start for %s</summary>\n\n%s\n</details>\n", markdown.GitHub.Text(t.Function), markdown.GitHub.Fence(t.Skeleton, "go"))
		}
	}
}

func factLine(facts []advice.Fact, id string) int {
	for _, f := range facts {
		if f.ID == id {
			return f.Start
		}
	}
	return 0
}

// footer says in small type what was not read, what was left out, and what it cost.
func footer(a advice.Advice) string {
	var parts []string
	for _, n := range a.NotRead {
		parts = append(parts, "Not read: "+strings.TrimSuffix(markdown.GitHub.Prose(n.What)+" ("+markdown.GitHub.Prose(n.Why)+")", ".")+".")
	}
	if out := leftOut(a.Ledger, markdown.GitHub.Prose); out != "" {
		parts = append(parts, "Left out: "+out+".")
	}
	if a.Tests.Why != "" {
		parts = append(parts, prosed(a.Tests.Why))
	}
	parts = append(parts, "Written by a language model"+cost(a)+"; no part of the check.")
	return "<sub>" + strings.Join(parts, " ") + "</sub>\n"
}

func cost(a advice.Advice) string {
	var parts []string
	if len(a.Models) > 0 {
		parts = append(parts, markdown.GitHub.Text(strings.Join(a.Models, ", ")))
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

// leftOut counts the files that no model may read, by reason.
func leftOut(ledger []advice.Entry, safe func(string) string) string {
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
		out = append(out, text.Count(len(files[r]), "file")+" ("+safe(r)+")")
	}
	return strings.Join(out, ", ")
}

// Remark writes a draft as the body of a comment at its lines, without its suggestion: what is wrong, and what it rests on. No confidence is told: the
// evidence is.
func Remark(d advice.Draft, facts []advice.Fact) string {
	var b strings.Builder
	b.WriteString(markdown.GitHub.Prose(d.Message) + "\n")
	for _, f := range facts {
		if slices.Contains(d.Facts, f.ID) {
			fmt.Fprintf(&b, "\n- %s: %s", markdown.GitHub.Code(f.Source), markdown.GitHub.Prose(f.Text))
		}
	}
	if len(d.Facts) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n<sub>%s. Drafted by a language model and held to the diff; no part of the check.</sub>\n", about(d.Category))
	return markdown.Truncate(b.String(), MaxRemark)
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
