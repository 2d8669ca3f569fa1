package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/store"
)

// lostAfter is how long a change or a step of advice may wait before its job counts as lost.
const lostAfter = 10 * time.Minute

// recoveryPart finds what webhooks did not deliver.
type recoveryPart struct {
	part
	*recovery.Recovery
}

func newRecovery(
	o Options, gate string, st *store.Store, forge *github.Forge, engine *policy.Engine, reviewer *review.Reviewer,
	floor *change.File,
) (recoveryPart, error) {
	rc, err := recovery.New(recovery.Options{
		Name:         change.GitHub,
		Forge:        forge,
		Store:        st,
		Checks:       reviewer,
		Log:          o.Log,
		Now:          o.Now,
		TeamAge:      cmp.Or(o.TeamAge, time.Hour),
		Repositories: cmp.Or(o.SweepRepositories, 500),
	})
	if err != nil {
		return recoveryPart{}, err
	}
	lost := func(ctx context.Context) error { return rc.RetryLost(ctx, o.Now().Add(-lostAfter)) }
	waits := cmp.Or(o.WaitSweep, 15*time.Second)
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
			// A change that waits in the record without a job lost it with the queue; insert it again.
			if err := rc.RetryLost(ctx, o.Now()); err != nil {
				o.Log.Warn("could not look for lost work; the sweep does so in a minute", "error", err.Error())
			}
			policies := engine.Digest()
			if floor != nil {
				policies += " under " + floor.Blob // another floor in the server's own file judges otherwise, too
			}
			if err := rc.Rejudge(ctx, gate, policies); err != nil {
				o.Log.Warn("could not ask for looks after a change of the gate or the policies", "error", err.Error())
			}
			return nil
		},
	}}, nil
}
