package measure

import (
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// Replaced is why a report does not count that another one took the place of.
const Replaced = "a later report replaces it"

// Refusals says of each coverage report why it does not count; empty for one that does, and for reports of other kinds.
// A report that names another commit than the one it is for is refused: its line numbers are those of other files. Of
// several with one source, flag and side the last counts.
func Refusals(reports []report.Report, head, mergeBase string) []string {
	type key struct {
		source, flag string
		base         bool
	}
	latest := map[key]int{}
	for i, r := range reports {
		if r.Kind == report.CoverageKind {
			latest[key{r.Source, r.Flag, r.Base}] = i
		}
	}
	out := make([]string, len(reports))
	for i, r := range reports {
		want, what := head, "head"
		if r.Base {
			want, what = mergeBase, "merge base"
		}
		switch {
		case r.Kind != report.CoverageKind:
		case latest[key{r.Source, r.Flag, r.Base}] != i:
			out[i] = Replaced
		case r.Problem != "":
			out[i] = "it could not be read: " + r.Problem
		case r.SHA != "" && r.SHA != want:
			out[i] = fmt.Sprintf("it was measured at %s, but the %s is %s", short(r.SHA), what, short(want))
		case r.Coverage == nil:
			out[i] = "there is nothing in it"
		}
	}
	return out
}

func short(sha string) string { return sha[:min(len(sha), 12)] }

// Carry gives what was measured of the lines that a change left as they were, under their new numbers and paths. Of a
// file whose lines are not known nothing is carried.
func Carry(base report.Coverage, files []diff.File) report.Coverage {
	touched := map[string][]diff.File{}
	for _, f := range files {
		before := f.Path
		if f.OldPath != "" {
			before = f.OldPath
		}
		touched[before] = append(touched[before], f)
	}
	var out report.Coverage
	for _, measured := range base.Files {
		kept := true
		for _, f := range touched[measured.Path] {
			if f.Status != diff.Copied && f.Status != diff.Added {
				kept = false
			}
			if lines := carried(measured.Lines, f); len(lines) > 0 {
				out.Files = append(out.Files, report.FileCoverage{Path: f.Path, Lines: lines})
			}
		}
		if kept {
			out.Files = append(out.Files, measured)
		}
	}
	return report.Merge(out)
}

// carried maps the ranges of one file. It walks hunks and ranges once, side by side.
func carried(lines []report.LineRange, f diff.File) []report.LineRange {
	if f.Status == diff.Removed || f.Status == diff.Added || !f.Complete() {
		return nil
	}
	var out []report.LineRange
	i := 0
	keep := func(from, to, shift int) {
		for ; i < len(lines) && lines[i].From <= to; i++ {
			if r := lines[i]; r.To >= from {
				out = report.Append(out, report.LineRange{From: max(r.From, from) + shift, To: min(r.To, to) + shift, State: r.State})
				if r.To > to {
					return
				}
			}
		}
	}
	at, shift := 1, 0
	for _, h := range f.Hunks {
		old := h.OldStart
		if h.OldLines == 0 {
			old++ // the hunk stands behind this line
		}
		keep(at, old-1, shift)
		at = old
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Context:
				keep(at, at, shift)
				at++
			case diff.Delete:
				at++
				shift--
			case diff.Add:
				shift++
			}
		}
	}
	keep(at, report.MaxLine, shift)
	return out
}

// Of merges the reports of one flag and side that count, as Refusals says.
func Of(reports []report.Report, refusals []string, base bool, flags ...string) (merged report.Coverage, found bool) {
	var all []report.Coverage
	for i, r := range reports {
		if r.Kind == report.CoverageKind && r.Base == base && refusals[i] == "" && slices.Contains(flags, r.Flag) {
			all = append(all, *r.Coverage)
		}
	}
	return report.Merge(all...), len(all) > 0
}
