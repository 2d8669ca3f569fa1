package server

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/backfill"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
)

// newBackfill reads the past of repositories, one after the other. GraphQL alone tells it.
func newBackfill(o Options, c config.Config, st *store.Store, forge *github.Forge) (part.Part, error) {
	if forge == nil {
		return part.Part{}, nil // the past of GitLab is not read
	}
	r, err := backfill.New(backfill.Options{Forge: forge, Production: forge, Record: st, Events: st, Log: o.Log, Now: o.Now})
	if err != nil || !c.GitHub.GraphQL {
		return part.Part{}, err
	}
	work := func(ctx context.Context, j job.Backfill, _ *queue.Run) error { return r.Work(ctx, j) }
	begin := func(ctx context.Context) error { return backfill.Begin(ctx, st, c.Flow.Since(o.Now()), o.Now()) }
	return part.Part{
		Jobs:    []queue.Kind{queue.Do(job.BackfillQueue, 1, work)},
		Sweeps:  []queue.Sweep{{Name: "back-fill", Every: 10 * time.Second, AtStart: true, Run: begin}},
		Metrics: []metrics.Set{metrics.Backfill(backfill.Ratio(st))},
	}, nil
}
