package survey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Trial is the settings of the replay: the style and the way of landing that history shows, everything enforcing, and
// no limit of lines, which is chosen from what the replay counts.
func Trial(h History) []byte {
	c := Conclude(h, false)
	var w writer
	w.line("version: 1")
	w.commits(h, c, "enforce", false)
	w.line("size: { mode: enforce, fail_over: 0 }")
	w.line("ownership: { mode: \"off\" }")
	w.line("coverage: { mode: \"off\" }")
	w.line("lint: { mode: \"off\" }")
	return w.bytes()
}

// Write gives the settings file, with the reason of each choice above it.
func Write(h History, c Choice) []byte {
	var w writer
	w.comment("Written by \"lintel init\" from %s of %s, %s. Read it, change what is not meant, and commit it.",
		text.Count(len(h.Changes), "change"),
		name(h.Branch), h.Forge.read())
	if len(h.Changes) > 0 {
		w.comment("The changes lie between %s and %s. docs/settings.md of Lintel lists every key.", h.Oldest, h.Newest)
	}
	w.comment("Modes: off, shadow (recorded only), warn (shown, does not block), enforce (blocks).")
	w.line("version: 1")
	w.line("")
	w.commits(h, c, "warn", true)
	w.line("")
	w.size(h, c)
	w.line("")
	w.ownership(h)
	w.line("")
	w.reports(h)
	w.coverage(h.Threshold)
	w.lint(h.Tools)
	w.rules(h, c)
	return w.bytes()
}

type writer struct{ b strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// comment writes one sentence, broken at 100 columns.
func (w *writer) comment(format string, args ...any) { w.indented("", format, args...) }

func (w *writer) indented(indent, format string, args ...any) {
	text := indent + "#"
	for word := range strings.FieldsSeq(fmt.Sprintf(format, args...)) {
		if len(text)+1+len(word) > 100 && text != indent+"#" {
			w.line("%s", text)
			text = indent + "#"
		}
		text += " " + word
	}
	w.line("%s", text)
}

func (w *writer) bytes() []byte { return []byte(w.b.String()) }

// name is what others wrote, as it can stand in a comment: printable, in one line, short.
func name(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f {
			return '?'
		}
		return r
	}, text)
	if len(clean) > 100 {
		clean = clean[:100] + "..."
	}
	return clean
}

// sentence makes one of a reason.
func sentence(why string) string { return strings.ToUpper(why[:1]) + why[1:] + "." }

func (w *writer) commits(h History, c Choice, mode string, why bool) {
	say := func(format string, args ...any) {
		if why {
			w.indented("  ", format, args...)
		}
	}
	w.line("commits:")
	w.line("  mode: %s", mode)
	say("%s", sentence(c.StyleWhy))
	w.line("  style: %s", c.Style)
	if c.Emoji {
		say("One header in ten or more begins with an emoji.")
		w.line("  emoji: true")
	}
	if len(c.Types) > len(settings.Default().Commits.Types) {
		say("The usual types, and those that history has at least twice.")
		w.line("  types: [%s]", strings.Join(c.Types, ", "))
	}
	if c.Style == settings.StyleTicket {
		if keys := projects(h.Style); len(keys) > 0 {
			say("The projects that headers name.")
			w.line("  tickets: [%s]", strings.Join(keys, ", "))
		}
	}
	say("%s", sentence(c.SquashWhy))
	w.line("  squash: %s", c.Squash)
	if c.HeaderMax != settings.Default().Commits.HeaderMax {
		say("98 of 100 headers have at most %d characters.", h.Style.Longest)
		w.line("  header_max: %d", c.HeaderMax)
	}
	if c.SignOff {
		say("%d of %d commits are signed off.", h.SignedOff, h.Commits)
		w.line("  signed_off: true")
	} else if why && 2*h.SignedOff > h.Commits {
		say("%d of %d commits are signed off; if all shall be: signed_off: true", h.SignedOff, h.Commits)
	}
}

// projects are the keys that stand for at least one in ten of the tickets.
func projects(s commits.Style) []string {
	var out []string
	for _, p := range s.Projects {
		if len(p.Name) <= 20 && jiraKey.MatchString(p.Name) && 10*p.Count >= s.Judged && len(out) < 10 {
			out = append(out, p.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (w *writer) size(h History, c Choice) {
	w.line("size:")
	w.line("  mode: warn")
	if n := len(h.Replays); n > 0 {
		w.indented("  ", "New lines in %d changes, tests left out: half have at most %d, nine in ten at most %d, 99 of 100 at most %d.",
			n, c.P50, c.P90, c.P99)
	}
	if len(h.Replays) < 3*commits.MinHistory {
		w.indented("  ", "Too few changes to choose a limit from; this is the default.")
	}
	w.line("  fail_over: %d", c.FailOver)
}

func (w *writer) ownership(h History) {
	if h.Owners == "" {
		w.comment("There is no CODEOWNERS file, so nothing is asked of owners. With one, their approvals are.")
	} else {
		w.comment("%s names owners. Git does not know who approved, so this could not be tried on history: enforce it "+
			"when a few pull requests have shown what it asks for.", name(h.Owners))
	}
	w.line("ownership:")
	w.line("  mode: warn")
}

func (w *writer) reports(h History) {
	var lines []string
	ci := ""
	for _, t := range h.Tools {
		if t.Kind == "" {
			ci = t.Name
			continue
		}
		lines = append(lines, fmt.Sprintf("%s (%s): %s; send it as --kind=%s --format=%s", t.Name, name(t.Found), t.How, t.Kind, t.Format))
	}
	if len(lines) == 0 {
		w.comment("No configuration of a linter or of coverage was found. Reports of CI are judged when they come; " +
			"docs/reports.md says how to send them.")
		w.line("")
		return
	}
	where := ""
	if ci != "" {
		where = " from " + ci
	}
	w.comment("Coverage and lint are judged when CI sends its reports%s (docs/reports.md). These tools were found:", where)
	for _, l := range lines {
		w.line("#   - %s", l)
	}
	w.comment("To wait for reports, and to refuse a change without them:")
	w.line("# reports:")
	w.line("#   expect:")
	seen := map[string]bool{}
	for _, t := range h.Tools {
		if t.Kind != "" && !seen[t.Kind] {
			seen[t.Kind] = true
			w.line("#     - { kind: %s, required: true }", t.Kind)
		}
	}
	w.line("")
}

// coverage takes over what another tool asks for already.
func (w *writer) coverage(t *Threshold) {
	if t == nil {
		return
	}
	var asked, project, patch []string
	add := func(n *float64, key, words string, to *[]string) {
		if n != nil {
			rate := strconv.FormatFloat(*n, 'f', -1, 64)
			*to = append(*to, key+": "+rate)
			asked = append(asked, fmt.Sprintf(words, rate))
		}
	}
	add(t.Project, "min", "at least %s %% of all lines", &project)
	add(t.Drop, "max_drop", "a drop of at most %s points", &project)
	add(t.Patch, "min", "at least %s %% of the added lines", &patch)
	add(t.PatchSlack, "threshold", "which they may miss by %s points", &patch)
	w.comment("%s (%s) asks for %s, and so does this, of the lines that reports measure. It warns until you enforce it.", t.Tool,
		name(t.Found), strings.Join(asked, ", "))
	w.line("coverage:")
	w.line("  mode: warn")
	if len(project) > 0 {
		w.line("  project: { %s }", strings.Join(project, ", "))
	}
	if len(patch) > 0 {
		w.line("  patch: { %s }", strings.Join(patch, ", "))
	}
	w.line("")
}

// lint names the family where a linter is configured, so that people see where to enforce it.
func (w *writer) lint(tools []Tool) {
	var names []string
	for _, t := range tools {
		if t.Kind == "lint" && len(names) < 5 {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	w.comment("%s: what is found in changed lines is shown once reports come. Write enforce to refuse it.", strings.Join(names, ", "))
	w.line("lint:")
	w.line("  mode: warn")
	w.line("")
}

func (w *writer) rules(h History, c Choice) {
	if len(h.Rules) == 0 {
		return
	}
	of := len(h.Replays)
	switch {
	case of == 0:
		w.comment("No change could be tried on the rules, so each has its own default.")
		return
	case c.Together > 0 || slices.ContainsFunc(h.Rules, func(r Rule) bool { return c.Modes[r.ID] == "enforce" }):
		w.comment("How many of the last %d changes each rule would have refused. Those that enforce would have refused "+
			"%d of them together.", of, c.Together)
	default:
		w.comment("How many of the last %d changes each rule would have refused, had it been enforced.", of)
	}
	w.line("rules:")
	rules := slices.Clone(h.Rules)
	sorting.By(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range rules {
		note := fmt.Sprintf("%d", c.Refused[r.ID])
		switch mode := c.Modes[r.ID]; {
		case mode == "off" && r.Default != "off":
			note += ", too many to be right here"
		case mode == "shadow" && r.Default != "shadow":
			note += ", and right too seldom in this style"
		case mode == "shadow":
			note += ", and right too seldom in general"
		}
		mode := c.Modes[r.ID]
		if mode == "off" {
			// YAML 1.1 reads the bare word as false.
			mode = `"off"`
		}
		w.line("  %s: { mode: %s } # %s", r.ID, mode, note)
	}
}
