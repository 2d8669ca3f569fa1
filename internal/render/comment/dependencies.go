package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// How many packages the table shows open, and at most.
const (
	openPackages = 8
	maxPackages  = 50
)

// dependencies is the table of the packages that come, go or change, those with something to say first, and behind them
// of actions, images and submodules. It is empty when there are none, and when nothing of the family may be shown.
func (v Verdict) dependencies() string {
	if v.Facts == nil || len(v.Facts.Dependencies.Changes)+len(v.Facts.Dependencies.Used) == 0 ||
		v.Facts.Settings.Dependencies.Mode == finding.Shadow || !judges(v.Decision, family.Dependencies) {
		return ""
	}
	d := v.Facts.Dependencies
	var table strings.Builder
	table.WriteString("| Package | Was | Is | | Needed by |\n|---|---|---|---|---|\n")
	for i := range min(len(d.Changes), maxPackages) {
		v.packageRow(&table, i)
	}
	used := min(len(d.Used), maxPackages-min(len(d.Changes), maxPackages))
	for _, u := range d.Used[:used] {
		v.row(&table, u.Ecosystem, u.Name, u.Old, u.New, u.Kind)
		table.WriteString("the project |\n")
	}
	if more := len(d.Changes) + d.ChangesMore + len(d.Used) + d.UsedMore - maxPackages; more > 0 {
		fmt.Fprintf(&table, "\nand %s more.\n", text.Count(more, "package"))
	}
	if len(d.Changes)+len(d.Used) <= openPackages {
		return "### Dependencies\n\n" + v.packageTotals() + "\n\n" + table.String() + "\n"
	}
	return "### Dependencies\n\n<details><summary>" + v.packageTotals() + "</summary>\n\n" + table.String() + "\n</details>\n\n"
}

// packageRow writes the row of the i-th package.
func (v Verdict) packageRow(b *strings.Builder, i int) {
	c := v.Facts.Dependencies.Changes[i]
	what := c.Kind
	if c.Licence != "" {
		what += ", " + v.cell(c.Licence)
	}
	v.row(b, c.Ecosystem, c.Name, c.Old, c.New, what)
	switch {
	case c.Direct:
		b.WriteString("the project")
	case len(c.By) == 0:
		b.WriteString("–")
	}
	for i, name := range c.By {
		if c.Direct {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.cell(name))
	}
	b.WriteString(" |\n")
}

// row writes the cells that all rows have.
func (v Verdict) row(b *strings.Builder, ecosystem, name, old, now, what string) {
	fmt.Fprintf(b, "| %s: %s | %s | %s | %s | ", ecosystem, v.cell(name), v.cell(old), v.cell(now), what)
}

// cell quotes a text that others wrote.
func (v Verdict) cell(s string) string {
	if s == "" {
		return "–"
	}
	return v.dialect().CodeCell(markdown.Plain(s, maxReason))
}

// packageTotals says in one line what happened, by ecosystem: "npm: 3 added, 1 bumped; Go: 2 bumped".
func (v Verdict) packageTotals() string {
	var all []string
	for _, t := range v.Facts.Dependencies.Totals {
		var parts []string
		for _, x := range []struct {
			n    int
			what string
		}{{t.Added, "added"}, {t.Removed, "removed"}, {t.Bumped, "bumped"}, {t.Downgraded, "downgraded"}, {t.Other, "changed"}} {
			if x.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
			}
		}
		all = append(all, t.Ecosystem+": "+strings.Join(parts, ", "))
	}
	return strings.Join(all, "; ")
}
