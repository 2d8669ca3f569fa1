package organisationjobs

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/organisation"
)

// moves are the repositories of which something changed that targets go by.
type moves interface {
	Retargeted(ctx context.Context, forge change.Forge) ([]organisation.Moved, error)
	SettleRetargeted(ctx context.Context, forge change.Forge, repo, times int64) error
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
}

// Targets asks for looks where another target of an organisation's file may name a repository than before. It asks no
// forge: whatever tells of a repository, an event or a list, tells of its name, visibility, topics and properties.
type Targets struct {
	store interface {
		states
		moves
	}
	server *change.File
	now    func() time.Time
}

// NewTargets makes Targets. The server's own file may be nil.
func NewTargets(store interface {
	states
	moves
}, server *change.File, now func() time.Time) *Targets {
	return &Targets{store, server, now}
}

// hasTargets finds files that say other things for some repositories.
var hasTargets = lazyregexp.New(`\btargets["']?\s*:`)

// Ask asks for looks at the open changes of the repositories of which something changed, on all forges. What is asked for
// is stored before it is forgotten that it had to be.
func (t *Targets) Ask(ctx context.Context) error {
	var failed error
	for _, forge := range change.Forges() {
		failed = errors.Join(failed, t.ask(ctx, forge))
	}
	return failed
}

func (t *Targets) ask(ctx context.Context, forge change.Forge) error {
	all, err := t.store.Retargeted(ctx, forge)
	if err != nil || len(all) == 0 {
		return err
	}
	known, err := t.store.Organisations(ctx, forge)
	if err != nil {
		return err
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: forge, ReceivedAt: t.now()}, Outcome: delivery.Accepted}
	for _, m := range all {
		named, err := t.named(ctx, known, m)
		if err != nil {
			return err
		}
		if !named {
			continue
		}
		a.Requests = append(a.Requests, delivery.ReviewRequest{
			Forge:      forge,
			RepoID:     m.RepoID,
			Connection: m.Connection,
			Repo:       true,
			Lane:       delivery.Backfill,
			After:      time.Duration(max(0, len(a.Requests)-paceFree)) * pace,
			Pace:       pace,
			Why:        "what targets of an organisation's file go by changed",
		})
	}
	if len(a.Requests) > 0 {
		if _, err := t.store.Admit(ctx, a); err != nil {
			return err
		}
	}
	for _, m := range all {
		if err := t.store.SettleRetargeted(ctx, forge, m.RepoID, m.Times); err != nil {
			return err
		}
	}
	return nil
}

// named reports whether a file above a repository has targets.
func (t *Targets) named(ctx context.Context, known []organisation.State, m organisation.Moved) (bool, error) {
	if t.server != nil && hasTargets.Match(t.server.Content) {
		return true, nil
	}
	for _, st := range known {
		if st.OwnerID != m.OwnerID {
			continue
		}
		v := st.For(m.RepoID)
		if v == nil || v.Blob == "" {
			return false, nil
		}
		body, err := t.store.OrganisationFile(ctx, st.Forge, st.OwnerID, v.Blob)
		return err == nil && hasTargets.Match(body), err
	}
	return false, nil
}
