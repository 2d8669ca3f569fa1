package server

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
)

// Tries is how often LookThrough tries a look. The queue tries it ten times; what a try does depends on where it stands
// among the first ones and on whether it is the last.
const Tries = 4

// LookThrough does with a change what the queue does, without its pauses: it tries until the look is done, and ends with its outcome.
func (s *Server) LookThrough(ctx context.Context, key change.Key) (string, error) {
	for n := 1; n <= Tries; n++ {
		r, err := s.store.Record(ctx, key)
		if err != nil {
			return "", err
		}
		if r.State != change.Open || r.Generation <= r.Evaluated {
			return "done", nil
		}
		err = s.judge.Look(ctx, r, job.Attempt{Number: n, Last: n == Tries})
		var limited *change.Limited
		var refused *change.Refused
		switch {
		case errors.As(err, &limited):
			return "limited", nil
		case errors.As(err, &refused):
			return "refused", nil
		case err != nil:
			continue
		}
		tx, err := s.Writer().BeginTx(ctx, nil)
		if err != nil {
			return "", err
		}
		if err := errors.Join(s.store.EvaluatedTx(ctx, tx, key, r.Generation), tx.Commit()); err != nil {
			return "", err
		}
	}
	return "given up", nil
}

// Discover lists what an installation can see, as the event of its making does.
func (s *Server) Discover(ctx context.Context, connection int64) error {
	return s.recovery.Scan(ctx, delivery.Scan{Forge: change.GitHub, Connection: connection})
}

// Rescue does what the works of the clock do for changes that wait or are left behind.
func (s *Server) Rescue(ctx context.Context) error {
	return errors.Join(s.recovery.Reconcile(ctx), s.recovery.WakeWaiting(ctx), s.recovery.RetryLost(ctx, s.now().Add(-time.Minute)),
		s.recovery.ConcludeStranded(ctx))
}

// RetryLost asks again for changes that wait without a job, as the sweep does.
func (s *Server) RetryLost(ctx context.Context) error {
	return s.recovery.RetryLost(ctx, s.options.Now().Add(-lostAfter))
}

// Redeliver asks GitHub again for what did not arrive, as the clock does.
func (s *Server) Redeliver(ctx context.Context) error { return s.recovery.Redeliver(ctx) }
