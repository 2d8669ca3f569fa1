package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
)

// lostAfter is how long a change, or a step of advice, may wait without having started before its job is taken for lost.
const lostAfter = 10 * time.Minute

// recoveryPart finds what webhooks did not deliver.
type recoveryPart struct {
	part
	*recovery.Recovery
}

func newRecovery(b *base, reviewer *review.Reviewer) (recoveryPart, error) {
	rc, err := recovery.New(recovery.Options{
		Name:         change.GitHub,
		Forge:        b.forge,
		Store:        b.store,
		Checks:       reviewer,
		Log:          b.log,
		Now:          b.now,
		TeamAge:      cmp.Or(b.options.TeamAge, time.Hour),
		Repositories: cmp.Or(b.options.SweepRepositories, 500),
	})
	if err != nil {
		return recoveryPart{}, err
	}
	lost := func(ctx context.Context) error { return rc.RetryLost(ctx, b.now().Add(-lostAfter)) }
	waits := cmp.Or(b.options.WaitSweep, 15*time.Second)
	return recoveryPart{Recovery: rc, part: part{
		Name: "recovery",
		Sweeps: []queue.Sweep{
			{Name: "redeliver", Every: 5 * time.Minute, AtStart: true, Run: rc.Redeliver},
			{Name: "reconcile", Every: 5 * time.Minute, AtStart: true, Run: rc.Reconcile},
			{Name: "waits", Every: waits, AtStart: true, Run: rc.WakeWaiting},
			{Name: "lost", Every: time.Minute, Run: lost},
			{Name: "stranded", Every: time.Minute, AtStart: true, Run: rc.ConcludeStranded},
		},
		Started: func(ctx context.Context) error {
			// What waits in the record and has no job was lost with the queue; ask again.
			if err := rc.RetryLost(ctx, b.now()); err != nil {
				b.log.Warn("could not look for lost work; the sweep does so in a minute", "error", err.Error())
			}
			if err := rc.Rejudge(ctx, b.config.Gate, b.engine.Digest()); err != nil {
				b.log.Warn("could not ask for looks after a change of the gate or the policies", "error", err.Error())
			}
			return nil
		},
	}}, nil
}

// Sweep reconciles every repository with the forge once, now, as the clock does every five minutes.
func (s *Server) Sweep(ctx context.Context) error { return s.recovery.Reconcile(ctx) }
