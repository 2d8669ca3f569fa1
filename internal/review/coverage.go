package review

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/facts"
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

// coverageTable is the added lines file by file, those with most uncovered lines first. It is empty without a report, and when nothing of the family may
// be shown.
func coverageTable(in Input) string {
	if in.Facts == nil || !in.Facts.Coverage.Reported || in.Facts.Settings.Coverage.Mode == finding.Shadow || !judges(in.Decision, "coverage") {
		return ""
	}
	c := in.Facts.Coverage
	var b strings.Builder
	fmt.Fprintf(&b, "### Coverage of the added lines\n\n%s\n\n", coverageLine(in.Facts))
	shown, more := 0, c.FilesMore
	for _, f := range c.Files {
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
		var places []string
		for i, r := range f.Uncovered {
			if i == coveragePlaces {
				break
			}
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
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s |\n", markdown.GitHub.CodeCell(plain(f.Path, maxReason)), f.Added, f.Lines.Measured, f.Lines.Hits, strings.Join(places, ", "))
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nand %s more.\n", text.Count(more, "file"))
	}
	b.WriteString("\n")
	return b.String()
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

func judges(d policy.Decision, family string) bool {
	for _, f := range d.Families {
		if f.Name == family {
			return f.Conclusion != policy.FamilyOff
		}
	}
	return false
}
