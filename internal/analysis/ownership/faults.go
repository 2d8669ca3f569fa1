package ownership

import (
	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
)

// Skipped is an invalid line of the CODEOWNERS file in force, and the changed files that it would take.
type Skipped struct {
	Invalid
	Pattern string `json:"pattern"`
	Files   Paths  `json:"files"`
}

// faults finds the invalid lines of the CODEOWNERS file in force that would take files of this change.
func (f *Facts) faults(file *codeowners.File, all []need) {
	skipped := file.Skipped()
	m := skipped.Matcher()
	taken := map[int][]string{}
	for _, n := range all {
		i := -1
		if m.Trials() <= maxTrials {
			i = m.Match(n.path)
		}
		if i >= 0 && (n.rule < 0 || file.Rules[n.rule].Line < skipped.Rules[i].Line) {
			taken[i] = append(taken[i], n.name)
		}
	}
	for i, p := range skipped.Problems {
		switch {
		case taken[i] == nil:
		case len(f.Skipped) == maxLines:
			f.MoreSkipped++
		default:
			f.Skipped = append(f.Skipped, Skipped{
				Invalid: Invalid{
					Line:       p.Line,
					Column:     p.Column,
					Kind:       p.Kind,
					Source:     excerpt(p.Source),
					Message:    p.Message,
					Suggestion: excerpt(p.Suggestion),
				},
				Pattern: excerpt(skipped.Rules[i].Pattern), Files: some(taken[i]),
			})
		}
	}
}
