package publish

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/policy"
)

// unpushed are the facts that people change without a push.
var unpushed = []string{"reviews", "labels", "title", "body"}

// Seen is the account of a look, from which the outcomes of findings follow. unjudged are those of Found,
// demoted the rules that the settings in force demote.
func Seen(d policy.Decision, snap *change.Snapshot, rules []policy.Rule, unjudged, demoted []string) *outcome.Look {
	l := outcome.NewLook(d.Head, snap.Files)
	l.Judged, l.Unjudged, l.Demoted = d.Judged, unjudged, demoted
	for _, r := range rules {
		if slices.ContainsFunc(r.Reads, func(fact string) bool { return slices.Contains(unpushed, fact) }) {
			l.Unpushed = append(l.Unpushed, r.ID)
		}
	}
	for _, f := range d.Findings {
		l.Sight(f, overridden(d, f))
	}
	return l
}

// overridden reports whether a finding would block without an override.
func overridden(d policy.Decision, f finding.Finding) bool {
	if f.Blocking || f.Mode != finding.Enforce || f.Severity != finding.Error {
		return false
	}
	for _, o := range d.Overridden {
		if o.Covers(f) {
			return true
		}
	}
	return false
}
