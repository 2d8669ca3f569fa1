package backtest

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// shownLine bounds one line of text about a finding.
const shownLine = 160

// Table writes the report for a terminal.
func (r Report) Table() string {
	var b strings.Builder
	for _, l := range r.summary() {
		b.WriteString(l + "\n")
	}
	if !r.About.partial() {
		r.Risk.table(&b)
	}
	fired := r.fired()
	if len(fired) > 0 {
		b.WriteString("\n")
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "RULE\tDEFAULT\tBLOCKED\tFIRED\tJUDGED\tSHARE\tFINDINGS")
		for _, x := range fired {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%s\t%d\n", x.ID, x.DefaultMode, x.Blocked, x.Fired, x.Judged, percent(x.Share),
				x.Findings)
		}
		_ = table.Flush() // a strings.Builder takes everything
	}
	for _, x := range fired {
		if len(x.Samples) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s: %s\n", x.ID, x.Title)
		for _, s := range x.Samples {
			fmt.Fprintf(&b, "  %s  %s\n", s.where(), line(s.Message))
		}
	}
	if unknown := r.unknown(); len(unknown) > 0 {
		b.WriteString("\nNot known in a clone, so neither judged nor fired:\n")
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, x := range unknown {
			fmt.Fprintf(table, "  %s\t%s\t%s\n", x.rules(), text.Count(x.changes, "change"), line(x.why))
		}
		_ = table.Flush()
	}
	return b.String()
}

// Markdown writes the report for a page of a forge.
func (r Report) Markdown() string {
	d := markdown.GitHub
	var b strings.Builder
	b.WriteString("# Backtest\n\n")
	for _, l := range r.summary() {
		b.WriteString("- " + d.Text(l) + "\n")
	}
	if !r.About.partial() {
		r.Risk.markdown(&b)
	}
	fired := r.fired()
	if len(fired) > 0 {
		b.WriteString("\n| rule | default | blocked | fired | judged | share | findings |\n|---|---|---:|---:|---:|---:|---:|\n")
		for _, x := range fired {
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %s | %d |\n", d.CodeCell(x.ID), d.Cell(x.DefaultMode), x.Blocked, x.Fired,
				x.Judged, percent(x.Share), x.Findings)
		}
	}
	for _, x := range fired {
		if len(x.Samples) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", d.Code(x.ID))
		for _, s := range x.Samples {
			fmt.Fprintf(&b, "- %s %s\n", d.Code(s.where()), d.Text(line(s.Message)))
		}
	}
	if unknown := r.unknown(); len(unknown) > 0 {
		b.WriteString("\n## Not known in a clone\n\nThese rules were neither judged nor fired there.\n\n" +
			"| rules | changes | why |\n|---|---:|---|\n")
		for _, x := range unknown {
			fmt.Fprintf(&b, "| %s | %d | %s |\n", d.Cell(x.rules()), x.changes, d.Cell(line(x.why)))
		}
	}
	return b.String()
}

// summary is the report in a few sentences.
func (r Report) summary() []string {
	a := r.About
	kinds := []string{}
	for _, k := range []struct {
		n    int
		what string
	}{
		{a.Merges, text.Count(a.Merges, "merge")},
		{a.Squash, fmt.Sprintf("%d squashed", a.Squash)},
		{a.Direct, fmt.Sprintf("%d pushed or rebased", a.Direct)},
	} {
		if k.n > 0 {
			kinds = append(kinds, k.what)
		}
	}
	taken := fmt.Sprintf("%s of %s read, up to %.12s", text.Count(a.Commits, "commit"), markdown.Plain(a.Branch, 200), a.Head)
	if len(kinds) > 0 {
		taken += ": " + text.List(kinds)
	}
	if a.LeftOut > 0 {
		taken += fmt.Sprintf("; %d left out, as they are no pull requests (releases, roots, merges by hand)", a.LeftOut)
	}
	out := []string{taken + "."}
	if len(a.Rules) > 0 {
		out = append(out, "Judged by "+text.List(a.Rules)+" alone; nothing is said of risk and outcome.")
	}
	if about := a.chosen(); about != "" {
		out = append(out, fmt.Sprintf("%s not judged: they have nothing of %s. Nothing is said of risk and outcome.",
			text.Count(a.Untouched, "change")+text.Plural(a.Untouched, " was", " were"), about))
	}
	judged := fmt.Sprintf("%s judged, %d refused", text.Count(r.Judged, "change"), r.Refused)
	if r.Failed > 0 {
		judged += fmt.Sprintf("; %d could not be judged", r.Failed)
	}
	out = append(out, judged+".", r.bySettings())
	silent := 0
	for _, x := range r.Rules {
		if x.Judged > 0 && x.Fired == 0 {
			silent++
		}
	}
	if silent > 0 {
		out = append(out, text.Count(silent, "rule")+" did not fire.")
	}
	if a.partial() {
		return out
	}
	reverted, fixed := 0, 0
	for _, c := range r.Changes {
		reverted += count1(c.Reverted)
		fixed += count1(c.Fixed)
	}
	return append(out, fmt.Sprintf("Within 14 days: %d reverted, %d with a line fixed.", reverted, fixed))
}

// partial reports whether changes or rules were left out, without which risk and outcome cannot be told.
func (a About) partial() bool { return len(a.Rules) > 0 || a.Untouched > 0 }

// chosen are the files and lines by which changes were chosen, on one line.
func (a About) chosen() string {
	parts := []string{}
	if len(a.Touching) > 0 {
		parts = append(parts, strings.Join(a.Touching, ", "))
	}
	if a.Matching != "" {
		parts = append(parts, "/"+a.Matching+"/")
	}
	return markdown.Plain(strings.Join(parts, " with "), 400)
}

func (r Report) bySettings() string {
	if r.Settings.Given != "" {
		return "All by the settings that were given."
	}
	absent := r.Settings.Sources["absent"]
	switch absent {
	case 0:
		return "Each by the settings at its base."
	case r.Judged:
		return "No base has settings, so the defaults held, which never block; name some with --settings."
	}
	return fmt.Sprintf("Each by the settings at its base; %s none, so the defaults held there, which never block.",
		text.Count(absent, "base")+text.Plural(absent, " has", " have"))
}

func (r Report) fired() (out []ruleReport) {
	for _, x := range r.Rules {
		if x.Fired > 0 {
			out = append(out, x)
		}
	}
	return out
}

// unknown are rules of one family that lack the same thing in as many changes.
type unknown struct {
	family, why string
	changes     int
	ids         []string
}

func (r Report) unknown() (out []unknown) {
	for _, x := range r.Rules {
		if x.NotKnown == 0 {
			continue
		}
		same := func(u unknown) bool { return u.family == x.Family && u.why == x.Why && u.changes == x.NotKnown }
		if at := slices.IndexFunc(out, same); at >= 0 {
			out[at].ids = append(out[at].ids, x.ID)
			continue
		}
		out = append(out, unknown{family: x.Family, why: x.Why, changes: x.NotKnown, ids: []string{x.ID}})
	}
	return out
}

// rules names them; of many, how many there are.
func (u unknown) rules() string {
	if len(u.ids) <= 2 {
		return text.List(u.ids)
	}
	return fmt.Sprintf("%d rules of %s", len(u.ids), u.family)
}

// where is the place of a finding: "commit path:line".
func (s sample) where() string {
	at := fmt.Sprintf("%.12s", s.Commit)
	if s.Path != "" {
		at += " " + line(s.Path)
	}
	if s.Path != "" && s.Line > 0 {
		at += fmt.Sprintf(":%d", s.Line)
	}
	return at
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// line makes one short line of a text that others may have written, and keeps it from being a command of a CI's runner.
func line(s string) string {
	return markdown.Plain(strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "##", "# #"), shownLine)
}
