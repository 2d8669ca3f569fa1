package server

import (
	"context"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
)

// objectivesOf reads how quickly the server answered by what its file promises.
func objectivesOf(o Options, c config.Objectives, st *store.Store) func(context.Context) (objective.Report, error) {
	promise := c.Promise()
	return func(ctx context.Context) (objective.Report, error) {
		now := o.Now()
		heads, err := st.Heads(ctx, now.Add(-promise.Window))
		return promise.Report(heads, now), err
	}
}

// newObjectives shows how quickly the server answered as metrics.
func newObjectives(o Options, c config.Objectives, st *store.Store) part.Part {
	return part.Part{Name: "objectives", Metrics: []metrics.Set{metrics.Objectives(objectivesOf(o, c, st))}}
}
