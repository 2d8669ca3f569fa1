package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/lintel-review/lintel/internal/job"
)

// Sweep is work done by the clock.
type Sweep struct {
	Name  string
	Every time.Duration
	// AtStart runs it once as soon as the queue starts, too.
	AtStart bool
	Run     func(ctx context.Context) error
}

type sweepArgs struct {
	Name string `json:"name"`
}

func (sweepArgs) Kind() string  { return "sweep" }
func (sweepArgs) Queue() string { return job.SweepQueue }

// sweeper is the kind of the sweeps.
func (q *Queue) sweeper() Kind {
	return Do(job.SweepQueue, 4, func(ctx context.Context, a sweepArgs, _ *Run) error { return q.sweep(ctx, a.Name) })
}

func (q *Queue) sweep(ctx context.Context, name string) error {
	for _, s := range q.sweeps {
		if s.Name != name {
			continue
		}
		if err := s.Run(ctx); err != nil {
			q.log.WarnContext(ctx, "sweep failed; it runs again by the clock", "sweep", s.Name, "error", err.Error())
			return &job.GivenUp{Err: err}
		}
		return nil
	}
	return &job.GivenUp{Err: fmt.Errorf("no sweep is called %q", name)}
}

func (q *Queue) periodic() []*river.PeriodicJob {
	var all []*river.PeriodicJob
	for _, s := range q.sweeps {
		insert := func() (river.JobArgs, *river.InsertOpts) {
			return sweepArgs{Name: s.Name}, &river.InsertOpts{Queue: job.SweepQueue, MaxAttempts: 1, UniqueOpts: unique}
		}
		all = append(all, river.NewPeriodicJob(river.PeriodicInterval(s.Every), insert, &river.PeriodicJobOpts{RunOnStart: s.AtStart}))
	}
	return all
}
