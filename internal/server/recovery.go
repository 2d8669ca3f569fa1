package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/store"
)

// lostAfter is how long a change, or a step of advice, may wait without having started before its job is taken for lost.
const lostAfter = 10 * time.Minute

// newRecovery makes what finds that which webhooks did not deliver.
func (s *Server) newRecovery() (*recovery.Recovery, error) {
	o := s.options
	return recovery.New(recovery.Options{
		Name:         change.GitHub,
		Forge:        s.forge,
		Store:        s.store,
		Checks:       s.reviewer,
		Log:          o.Log,
		Now:          o.Now,
		TeamAge:      cmp.Or(o.TeamAge, time.Hour),
		Repositories: cmp.Or(o.SweepRepositories, 500),
	})
}

// Sweep reconciles every repository with the forge once, now, as the clock does every five minutes.
func (s *Server) Sweep(ctx context.Context) error { return s.recovery.Reconcile(ctx) }

// sweeps are the works of the clock.
func (s *Server) sweeps(keep store.Retention) []queue.Sweep {
	rc := s.recovery
	lost := func(ctx context.Context) error { return rc.RetryLost(ctx, s.options.Now().Add(-lostAfter)) }
	waits := cmp.Or(s.options.WaitSweep, 15*time.Second)
	return []queue.Sweep{
		{Name: "redeliver", Every: 5 * time.Minute, AtStart: true, Run: rc.Redeliver},
		{Name: "reconcile", Every: 5 * time.Minute, AtStart: true, Run: rc.Reconcile},
		{Name: "waits", Every: waits, AtStart: true, Run: rc.WakeWaiting},
		{Name: "lost", Every: time.Minute, Run: lost},
		{Name: "stranded", Every: time.Minute, AtStart: true, Run: rc.ConcludeStranded},
		{Name: "unstepped", Every: time.Minute, Run: s.retryAdvice},
		{Name: "prune", Every: time.Hour, Run: func(ctx context.Context) error { return s.prune(ctx, keep) }},
	}
}

// retryAdvice asks again for steps of advice whose jobs were lost.
func (s *Server) retryAdvice(ctx context.Context) error {
	n, err := s.store.Unstepped(ctx, s.options.Now().Add(-lostAfter), 100)
	if n > 0 {
		s.log.Info("asked again for steps of advice that wait for long", "steps", n)
	}
	return err
}

// prune deletes what is older than its retention.
func (s *Server) prune(ctx context.Context, keep store.Retention) error {
	n, err := s.store.Prune(ctx, keep)
	if n > 0 {
		s.log.Info("deleted records past their retention", "rows", n)
	}
	return err
}
