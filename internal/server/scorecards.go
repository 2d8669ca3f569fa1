package server

import (
	"context"

	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store"
)

// newScorecards shows what became of the findings of rules as metrics.
func newScorecards(o Options, st *store.Store, engine *policy.Engine) part {
	var rules []string
	for _, r := range engine.Rules() {
		rules = append(rules, r.ID)
	}
	read := func(ctx context.Context) ([]scorecard.Count, error) {
		return st.Scores(ctx, "", 0, scorecard.Recent(o.Now()))
	}
	return part{Name: "scorecards", Metrics: []metrics.Set{metrics.Scorecards(rules, read)}}
}
