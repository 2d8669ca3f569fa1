package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/backfill"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
)

// newBackfill reads the past of repositories, one after the other. GraphQL alone tells it.
func (s *Server) newBackfill(o Options) (part.Part, error) {
	c, st, from := s.config, s.store, map[change.Forge]backfill.Forge{}
	if s.hub.Forge != nil && c.GitHub.GraphQL {
		from[change.GitHub] = s.hub.Forge
	}
	if s.lab.Forge != nil && c.GitLab.GraphQL {
		from[change.GitLab] = s.lab.Forge
	}
	if len(from) == 0 {
		return part.Part{}, nil
	}
	r, err := backfill.New(backfill.Options{Forges: from, Record: st, Events: st, Log: o.Log, Now: o.Now})
	if err != nil {
		return part.Part{}, err
	}
	forges := slices.Sorted(maps.Keys(from))
	work := func(ctx context.Context, j job.Backfill, _ *queue.Run) error { return r.Work(ctx, j) }
	begin := func(ctx context.Context) (err error) {
		for _, forge := range forges {
			err = errors.Join(err, backfill.Begin(ctx, st, forge, c.Flow.Since(o.Now()), o.Now()))
		}
		return err
	}
	return part.Part{
		Jobs:    []queue.Kind{queue.Do(job.BackfillQueue, 1, work)},
		Sweeps:  []queue.Sweep{{Name: "back-fill", Every: 10 * time.Second, AtStart: true, Run: begin}},
		Metrics: []metrics.Set{metrics.Backfill(backfill.Ratio(st, forges))},
	}, nil
}
