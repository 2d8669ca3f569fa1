package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// ringsEvery is how often a process tells the others of committed jobs at most. Those of a burst are heard of together.
const ringsEvery = 25 * time.Millisecond

// tell begins to ring, until hushed is called.
func (q *Queue) tell(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { q.ring(ctx) })
	q.hushed = func() { cancel(); done.Wait() }
}

// ring tells all processes that jobs of this one were committed, until the context ends: at once for the first, together
// for those that follow. River's own notice is part of the inserting transaction and left out for a tenth of a second
// after the last one: a job whose notice was left out waits for the next job, or for the next poll.
func (q *Queue) ring(ctx context.Context) {
	for {
		queues, err := q.bell.wait(ctx)
		if err != nil {
			return
		}
		if err := q.notify(ctx, queues); err != nil {
			q.log.LogAttrs(ctx, slog.LevelDebug, "the next poll finds the jobs", slog.String("error", err.Error()))
		}
		select {
		case <-time.After(ringsEvery):
		case <-ctx.Done():
			return
		}
	}
}
