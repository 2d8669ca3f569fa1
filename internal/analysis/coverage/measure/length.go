package measure

import (
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// Length is how many lines a changed file has at the head, as far as the diff shows where it ends: an added file is all
// there, and a last hunk with less context behind it than others have ends with the file. It is 0 when the diff does
// not show it.
func Length(f diff.File) int {
	if !f.Complete() || len(f.Hunks) == 0 || f.Status == diff.Removed {
		return 0
	}
	last := f.Hunks[len(f.Hunks)-1]
	end := last.NewStart + last.NewLines - 1
	if f.Status == diff.Added {
		return end
	}
	usual := 0
	for i, h := range f.Hunks {
		before, behind := context(h)
		if usual = max(usual, before); i < len(f.Hunks)-1 {
			usual = max(usual, behind)
		}
	}
	if _, behind := context(last); behind < usual {
		return end
	}
	return 0
}

// context counts the unchanged lines at both ends of a hunk.
func context(h diff.Hunk) (before, behind int) {
	for before < len(h.Lines) && h.Lines[before].Op == diff.Context {
		before++
	}
	for behind < len(h.Lines) && h.Lines[len(h.Lines)-1-behind].Op == diff.Context {
		behind++
	}
	return before, behind
}

// Within cuts the lines that a changed file does not have, for formats of compilers that number what they inline beyond the end of a file.
func Within(c report.Coverage, files []diff.File) report.Coverage {
	ends := map[string]int{}
	for _, f := range files {
		if n := Length(f); n > 0 {
			ends[f.Path] = n
		}
	}
	out := c
	out.Files = make([]report.FileCoverage, len(c.Files))
	for i, f := range c.Files {
		if end := ends[f.Path]; end > 0 {
			var lines []report.LineRange
			for _, r := range f.Lines {
				if r.From <= end {
					r.To = min(r.To, end)
					lines = append(lines, r)
				}
			}
			f.Lines = lines
			f.Branches = report.MoveBranches(f.Branches, func(line int) (int, bool) { return line, line <= end })
		}
		out.Files[i] = f
	}
	return out
}
