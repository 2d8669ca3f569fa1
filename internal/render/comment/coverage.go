package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// How many files and places of each the table of coverage spells out; the rest is counted.
const (
	coverageFiles  = 25
	coveragePlaces = 8
)

// coverage is the table of the added lines file by file, those with most uncovered lines first. It is empty without a
// report, and when nothing of the family may be shown.
func (v Verdict) coverage() string {
	if v.Facts == nil || !v.Facts.Coverage.Reported || v.Facts.Settings.Coverage.Mode == finding.Shadow ||
		!judges(v.Decision, family.Coverage) {
		return ""
	}
	c, md := v.Facts.Coverage, v.dialect()
	var b strings.Builder
	fmt.Fprintf(&b, "### Coverage of the added lines\n\n%s\n\n", coverageLine(v.Facts))
	shown, more := 0, c.FilesMore
	for i, f := range c.Files {
		if f.Lines.Measured == 0 {
			continue
		}
		if shown == coverageFiles {
			more++
			continue
		}
		if shown == 0 {
			b.WriteString("| File | Added lines | Measured | Covered | Uncovered |\n|---|---|---|---|---|\n")
		}
		shown++
		path := md.CodeCell(markdown.Plain(f.Path, maxReason))
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s |\n", path, f.Added, f.Lines.Measured, f.Lines.Hits, v.uncovered(i))
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nand %s more.\n", text.Count(more, "file"))
	}
	b.WriteString("\n")
	return b.String()
}

// uncovered names the lines of the i-th file that no test reaches.
func (v Verdict) uncovered(i int) string {
	f := v.Facts.Coverage.Files[i]
	var places []string
	for _, r := range f.Uncovered[:min(len(f.Uncovered), coveragePlaces)] {
		place := fmt.Sprint(r.From)
		if r.To > r.From {
			place = fmt.Sprintf("%d-%d", r.From, r.To)
		}
		if r.Partial {
			place += " (in part)"
		}
		places = append(places, place)
	}
	if n := len(f.Uncovered) + f.UncoveredMore - len(places); n > 0 {
		places = append(places, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(places, ", ")
}

// coverageLine is the rate, with who could have made it.
func coverageLine(f *facts.Facts) string {
	c := f.Coverage
	line := "No added line was measured."
	if l := c.Patch.Lines; l.Measured > 0 {
		line = fmt.Sprintf("Tests cover %d of %d measured lines, %s.", l.Hits, l.Measured, l.Percent)
	}
	if p := c.Project; p.Compared && p.Change != "" {
		line += fmt.Sprintf(" The project changes by %s points to %s.", p.Change, p.ComparedHead.Percent)
	}
	switch c.Trust {
	case "author":
		line += " **Some of these numbers were made by the author's own code.**"
	case "reduced":
		line += " **The change edits what makes these numbers.**"
	}
	return line
}

func judges(d policy.Decision, name string) bool {
	for _, f := range d.Families {
		if f.Name == name {
			return f.Conclusion != policy.FamilyOff
		}
	}
	return false
}
