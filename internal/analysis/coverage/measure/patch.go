// Package measure counts the coverage of a change and of a project by reports whose paths are the repository's.
// The rules are those that teams know: partial lines are not covered, lines that no report measured do not count, integers are compared.
//
// Callers may rely on: a report that does not know a file takes nothing away from one that does; what was measured of
// another commit is refused; a file whose lines are missing or that no report knows is named and never counted as
// covered.
package measure

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
)

// File is what was measured of one changed file.
type File struct {
	Path string
	// Added counts the added lines, Counts those of them that were measured.
	Added  int
	Counts report.Counts
	// Uncovered are the added lines that were missed or partly reached, as ranges; lines between them that were not
	// measured do not part them.
	Uncovered []report.LineRange
	// Known is false when no report has the file, LinesKnown when the diff does not have its lines.
	Known, LinesKnown bool
}

// Patch is the coverage of a change.
type Patch struct {
	// Files are the changed files with added lines, or with lines that are not known, by path.
	Files  []File
	Counts report.Counts
}

// PatchOf counts the added lines of a change. Removed and merely renamed files have none. Counts is asked for each
// changed file's path at the head; nil counts all. Generated and ignored files are left out by it.
func PatchOf(files []diff.File, c report.Coverage, counts func(path string) bool) Patch {
	var out Patch
	for _, f := range files {
		if f.Status == diff.Removed || counts != nil && !counts(f.Path) {
			continue
		}
		if m := fileOf(f, c); m.Added > 0 || !m.LinesKnown {
			out.Files = append(out.Files, m)
			out.Counts = out.Counts.Plus(m.Counts)
		}
	}
	sorting.By(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func fileOf(f diff.File, c report.Coverage) File {
	// Go's profiles measure blocks of lines: what is blank, a comment or only brackets stands in them too and is no code.
	blocks := strings.HasSuffix(f.Path, ".go")
	m := File{Path: f.Path, LinesKnown: f.Complete()}
	measured, known := c.File(f.Path)
	m.Known = known
	var open bool // the last measured added line was not covered, and no covered or unchanged one came since
	for _, h := range f.Hunks {
		n := h.NewStart
		open = false
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Context:
				open = false
			case diff.Add:
				m.Added++
				state := measured.At(n)
				if blocks && !code(l.Text) {
					state = report.Unmeasured
				}
				m.Counts.Add(state, 1)
				switch {
				case state == report.Hit:
					open = false
				case state == report.Unmeasured:
				case open && m.Uncovered[len(m.Uncovered)-1].State == state:
					m.Uncovered[len(m.Uncovered)-1].To = n
				default:
					m.Uncovered = append(m.Uncovered, report.LineRange{From: n, To: n, State: state})
					open = true
				}
			}
			if l.Op != diff.Delete {
				n++
			}
		}
	}
	return m
}

// code is false for a line of which no test can say anything: blank, a line comment, only brackets.
func code(text string) bool {
	text = strings.TrimSpace(text)
	return !strings.HasPrefix(text, "//") && strings.Trim(text, "{}()[];,") != ""
}

// Statements are the added lines of a file that look as if they did something, as misses: what is counted of a file
// that no report knows. Imports, comments and mere declarations of types are none; a new Go file without a function has
// none at all, as Go's profiles leave it out.
func Statements(f diff.File) report.FileCoverage {
	out := report.FileCoverage{Path: f.Path}
	if !f.Complete() || f.Status == diff.Removed {
		return out
	}
	function := f.Status != diff.Added || !strings.HasSuffix(f.Path, ".go")
	for _, h := range f.Hunks {
		n := h.NewStart
		for _, l := range h.Lines {
			if l.Op == diff.Add && statement(l.Text) {
				function = function || strings.Contains(l.Text, "func")
				out.Lines = report.Append(out.Lines, report.LineRange{From: n, To: n, State: report.Miss})
			}
			if l.Op != diff.Delete {
				n++
			}
		}
	}
	if !function {
		out.Lines = nil
	}
	return out
}

// declares begin lines that a compiler reads and nothing runs.
var declares = []string{"//", "#", "*", "/*", "--", "import ", "from ", "package ", "use ", "using ", "require ", "type ", "interface ",
	"export type ", "export interface ", "@"}

func statement(text string) bool {
	text = strings.TrimSpace(text)
	if slices.ContainsFunc(declares, func(d string) bool { return strings.HasPrefix(text, d) }) {
		return false
	}
	return strings.ContainsAny(text, "(=") || strings.HasPrefix(text, "return") || strings.HasPrefix(text, "throw") ||
		strings.HasPrefix(text, "raise")
}

// Outcome is how counts stand to a target.
type Outcome string

// The outcomes. NotAffected means that no added line was measured; Advisory that the target is missed by a change too
// small to be judged by it.
const (
	NotAffected Outcome = "not_affected"
	Met         Outcome = "met"
	Advisory    Outcome = "advisory"
	Missed      Outcome = "missed"
)

// Target is what a patch must reach, in hundredths of a percent.
type Target struct {
	Min, Threshold int
	// MinLines is the least measured lines that a patch is judged by.
	MinLines int
}

// Judge compares with integers: nothing is rounded up to a target.
func (t Target) Judge(c report.Counts) Outcome {
	switch measured := c.Measured(); {
	case measured == 0:
		return NotAffected
	case c.Hits*10_000 >= (t.Min-t.Threshold)*measured:
		return Met
	case measured < t.MinLines:
		return Advisory
	}
	return Missed
}

// Percent is a rate with two digits, cut and not rounded, so that only what is wholly covered is "100 %". Nothing measured is "no lines".
func Percent(c report.Counts) string {
	measured := c.Measured()
	if measured == 0 {
		return "no lines"
	}
	n := c.Hits * 10_000 / measured
	return strings.TrimSuffix(fmt.Sprintf("%d.%02d", n/100, n%100), ".00") + " %"
}

// Project compares a project with its merge base.
type Project struct {
	Base, Head report.Counts
	// Adjusted is the base without the lines that the change removed: taking covered code away is no loss of coverage.
	Adjusted report.Counts
}

// ProjectOf counts both. The base is measured at the diff's merge base.
func ProjectOf(files []diff.File, base, head report.Coverage, counts func(path string) bool) Project {
	var p Project
	for _, side := range []struct {
		of   report.Coverage
		into *report.Counts
	}{{base, &p.Base}, {head, &p.Head}} {
		for _, f := range side.of.Files {
			if counts == nil || counts(f.Path) {
				*side.into = side.into.Plus(f.Counts())
			}
		}
	}
	p.Adjusted = p.Base
	for _, f := range files {
		before := f.Path
		if f.OldPath != "" {
			before = f.OldPath
		}
		if f.Status == diff.Copied || counts != nil && !counts(before) {
			continue
		}
		measured, _ := base.File(before)
		for _, n := range f.Removed() {
			switch measured.At(n) {
			case report.Hit:
				p.Adjusted.Hits--
			case report.Partial:
				p.Adjusted.Partials--
			case report.Miss:
				p.Adjusted.Misses--
			}
		}
	}
	return p
}

// Drop is false when the head's rate is within the tolerated drop (hundredths of a percent) below the base's, or below
// the adjusted base's, where less than half a hundredth does not count. With nothing measured on a side there is
// nothing to compare.
func (p Project) Drop(tolerated int) bool {
	if p.Base.Measured() == 0 || p.Head.Measured() == 0 {
		return false
	}
	if loss(p.Base, p.Head).Cmp(big.NewRat(int64(tolerated), 1)) <= 0 {
		return false
	}
	if p.Adjusted.Measured() == 0 {
		return false
	}
	allowed := new(big.Rat).Add(big.NewRat(int64(tolerated), 1), big.NewRat(1, 2))
	return loss(p.Adjusted, p.Head).Cmp(allowed) >= 0
}

// loss is by how many hundredths of a percent b is below a, exactly.
func loss(a, b report.Counts) *big.Rat {
	rate := func(c report.Counts) *big.Rat { return big.NewRat(int64(c.Hits)*10_000, int64(c.Measured())) }
	return new(big.Rat).Sub(rate(a), rate(b))
}

// Points are by how many hundredths of a point the head is above the base, or below it, cut towards zero. Both sides
// must have measured lines.
func (p Project) Points() int {
	d := loss(p.Head, p.Base)
	return int(new(big.Int).Quo(d.Num(), d.Denom()).Int64())
}
