package ownership

import (
	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
)

// Skipped is an invalid line of the CODEOWNERS file in force, and the changed files that it would take.
type Skipped struct {
	Invalid
	Pattern string `json:"pattern"`
	Files   Paths  `json:"files"`
}

// faults finds what is wrong in the CODEOWNERS file in force as far as this change meets it: invalid lines that would take its files, and files that it
// moves away from their owners.
func (f *Facts) faults(s *change.Snapshot, file *codeowners.File, all []need) {
	skipped := file.Skipped()
	m := skipped.Matcher()
	taken := map[int][]string{}
	var left []string
	owned := map[int]bool{}
	for _, n := range all {
		if n.rule >= 0 && len(file.Rules[n.rule].Owners) > 0 && n.path != s.Files[n.file].Path {
			owned[n.file] = true
		}
		i := -1
		if m.Trials() <= maxTrials {
			i = m.Match(n.path)
		}
		if i >= 0 && (n.rule < 0 || file.Rules[n.rule].Line < skipped.Rules[i].Line) {
			taken[i] = append(taken[i], n.name)
		}
	}
	for _, n := range all {
		if owned[n.file] && n.rule < 0 && n.path == s.Files[n.file].Path {
			left = append(left, n.name)
		}
	}
	f.Left = some(left)
	for i, p := range skipped.Problems {
		switch {
		case taken[i] == nil:
		case len(f.Skipped) == maxLines:
			f.MoreSkipped++
		default:
			f.Skipped = append(f.Skipped, Skipped{
				Invalid: Invalid{Line: p.Line, Column: p.Column, Kind: p.Kind, Source: excerpt(p.Source), Message: p.Message, Suggestion: excerpt(p.Suggestion)},
				Pattern: excerpt(skipped.Rules[i].Pattern), Files: some(taken[i]),
			})
		}
	}
}
