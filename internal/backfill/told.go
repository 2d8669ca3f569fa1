package backfill

import (
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
)

// nearly is how far the times may differ that a webhook and the past give of one happening: GitLab's webhooks say when the
// merge request was changed, and its notes when they were written.
const nearly = time.Minute

// timed are the kinds whose keys hold nothing but a time, so that of another time they are another happening.
var timed = []flow.Kind{flow.Ready, flow.Drafted, flow.Closed, flow.Reopened, flow.Retargeted, flow.ReviewRequested,
	flow.ReviewRequestRemoved, flow.Reviewed, flow.ReviewDismissed}

// told reports whether a happening is known already under another key: of the same kind and person, at nearly the same time.
func told(known []flow.Event, e flow.Event) bool {
	if !slices.Contains(timed, e.Kind) {
		return false
	}
	return slices.ContainsFunc(known, func(k flow.Event) bool {
		return k.Kind == e.Kind && k.Key != e.Key && k.Actor.ID == e.Actor.ID && reviewer(k) == reviewer(e) &&
			k.At.Sub(e.At).Abs() < nearly
	})
}

func reviewer(e flow.Event) int64 {
	if e.Detail.Reviewer == nil {
		return 0
	}
	return e.Detail.Reviewer.ID
}
