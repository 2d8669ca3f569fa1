package server

import (
	"context"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
)

// newScorecards shows what became of the findings of rules as metrics, and proposes the demotion of those that people do
// not want, unless they are for security.
func newScorecards(o Options, st *store.Store, engine *policy.Engine) part.Part {
	var rules, kept []string
	for _, r := range engine.Rules() {
		rules = append(rules, r.ID)
		if r.Security || r.Family == policy.GateFamily {
			kept = append(kept, r.ID)
		}
	}
	propose := func(ctx context.Context) error {
		n, err := st.Review(ctx, func(rule string) bool { return slices.Contains(kept, rule) })
		if n > 0 {
			o.Log.WarnContext(ctx, "people do not want what some rules find; the page of scorecards names them",
				"rules", n)
		}
		return err
	}
	read := func(ctx context.Context) ([]scorecard.Count, error) {
		return st.Scores(ctx, "", 0, scorecard.Recent(o.Now()))
	}
	return part.Part{
		Name:    "scorecards",
		Metrics: []metrics.Set{metrics.Scorecards(rules, read)},
		Sweeps:  []queue.Sweep{{Name: "demotions", Every: time.Hour, AtStart: true, Run: propose}},
	}
}
