package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/server/gitlabpart"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
)

// lostAfter is how long a change or a step of advice may wait before its job counts as lost.
const lostAfter = 10 * time.Minute

// recoveryPart finds what webhooks did not deliver.
type recoveryPart struct {
	part.Part
	// Recovery does what is the same for all forges, and sweeps one of them: GitHub where it is served.
	*recovery.Recovery
	of map[change.Forge]*recovery.Recovery
}

// Scan lists the open changes of a repository of any forge.
func (p recoveryPart) Scan(ctx context.Context, s delivery.Scan) error {
	rc := p.of[s.Forge]
	if rc == nil {
		return &change.Refused{Kind: refusal.NotAvailable, What: fmt.Sprintf("cannot scan: no forge %q is connected", s.Forge),
			Remedy: "connect it in the server's file"}
	}
	return rc.Scan(ctx, s)
}

// sweepGitLab compares GitLab with the record: first which projects there are, as nothing tells of one without a webhook.
func (p recoveryPart) sweepGitLab(ctx context.Context) error {
	rc := p.of[change.GitLab]
	return errors.Join(rc.Discover(ctx, 1), rc.Reconcile(ctx))
}

// lookAgain asks for paced looks at all open changes of a project of GitLab, which publish their verdicts anew. All processes
// forget first how projects merge: an event may bring one of these looks forward, and then no other follows.
func (s *Server) lookAgain(ctx context.Context, repo int64, after, pace time.Duration, why string) (looks int, err error) {
	s.forges.Forget(change.GitLab, gitlabpart.Connection, "")
	r, err := s.store.Admit(ctx, delivery.Admission{
		Delivery: delivery.Delivery{Forge: change.GitLab, RepoID: repo, ReceivedAt: s.options.Now()},
		Outcome:  delivery.Accepted,
		Stale:    &delivery.Stale{Forge: change.GitLab, Connection: gitlabpart.Connection},
		Requests: []delivery.ReviewRequest{{Repo: true, Forge: change.GitLab, RepoID: repo, Lane: delivery.Backfill,
			After: after, Pace: pace, Force: true, Why: why}},
	})
	return len(r.Changes), err
}

func newRecovery(
	o Options, st *store.Store, forges map[change.Forge]recovery.Forge, reviewer *review.Reviewer,
	alone func(context.Context) (bool, error),
) (p recoveryPart, err error) {
	p.of = map[change.Forge]*recovery.Recovery{}
	for name, forge := range forges {
		p.of[name], err = recovery.New(recovery.Options{
			Name:         name,
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
	}
	rc := cmp.Or(p.of[change.GitHub], p.of[change.GitLab])
	p.Recovery = rc
	lost := func(ctx context.Context) error { return rc.RetryLost(ctx, o.Now().Add(-lostAfter)) }
	waits := cmp.Or(o.WaitSweep, 15*time.Second)
	if hub := p.of[change.GitHub]; hub != nil {
		p.Sweeps = []queue.Sweep{
			{Name: "redeliver", Every: 5 * time.Minute, AtStart: true, Run: hub.Redeliver},
			{Name: "reconcile", Every: 5 * time.Minute, AtStart: true, Run: hub.Reconcile},
		}
	}
	p.Part = part.Part{
		Name: "recovery",
		Sweeps: append(p.Sweeps, []queue.Sweep{
			{Name: "waits", Every: waits, AtStart: true, Run: rc.WakeWaiting},
			{Name: "lost", Every: time.Minute, Run: lost},
			{Name: "stranded", Every: time.Minute, AtStart: true, Run: rc.ConcludeStranded},
		}...),
		Started: func(ctx context.Context) error {
			// A change that waits in the record without a job lost it with the queue; insert it again. Beside other
			// processes those that wait are theirs, and the sweep looks for lost ones.
			first, err := alone(ctx)
			if err == nil && first {
				err = rc.RetryLost(ctx, o.Now())
			}
			if err != nil {
				o.Log.WarnContext(ctx, "could not look for lost work; the sweep does so in a minute", "error",
					err.Error())
			}
			return nil
		},
	}
	return p, nil
}
