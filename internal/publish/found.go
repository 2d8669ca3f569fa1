package publish

import (
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/thread"
)

// maxFound bounds how many findings of one look are followed.
const maxFound = 300

// Found are the findings that people see, to be followed across heads, and the rules of which this look cannot tell.
func Found(d policy.Decision) (found []thread.Finding, unjudged []string) {
	for _, f := range d.Visible() {
		if len(found) == maxFound {
			return found, []string{"*"}
		}
		found = append(found,
			thread.Finding{
				Fingerprint: string(f.Fingerprint),
				Path:        f.Path,
				About:       about(f),
			})
	}
	for _, a := range d.Abstained {
		unjudged = append(unjudged, a.Rule)
	}
	for _, m := range d.Muted {
		unjudged = append(unjudged, m.Rule) // what is hidden is not solved
	}
	if len(d.Incomplete) > 0 {
		unjudged = []string{"*"}
	}
	return found, unjudged
}

// about is what is remembered of a rule's finding.
func about(f finding.Finding) effect.About {
	return effect.About{
		Origin:   effect.FromRule,
		Rule:     f.Rule,
		Category: f.Family,
		Severity: severity(f),
		Title:    comment.Title(f),
	}
}

func severity(f finding.Finding) string {
	if f.Blocking {
		return "blocking"
	}
	return string(f.Severity)
}
