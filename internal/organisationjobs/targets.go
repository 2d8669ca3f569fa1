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
	Above(ctx context.Context, forge change.Forge, repo int64, groups []int64) (organisation.State, change.Traits, error)
	SettleRetargeted(ctx context.Context, forge change.Forge, repo, times int64) error
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
}

// targetStore is the record of organisations and of what changed.
type targetStore interface {
	moves
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
	Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error)
}

// Targets asks for looks where another target of an organisation's file may name a repository than before. It asks no
// forge: whatever tells of a repository, an event or a list, tells of its name, visibility, topics and properties.
type Targets struct {
	store  targetStore
	server *change.File
	now    func() time.Time
}

// NewTargets makes Targets. The server's own file may be nil.
func NewTargets(store targetStore, server *change.File, now func() time.Time) *Targets {
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
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: forge, ReceivedAt: t.now()}, Outcome: delivery.Accepted}
	for _, m := range all {
		named, err := t.named(ctx, forge, m)
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

// named reports whether a file above a repository has targets, or may be another one.
func (t *Targets) named(ctx context.Context, forge change.Forge, m organisation.Moved) (bool, error) {
	if t.server != nil && hasTargets.Match(t.server.Content) {
		return true, nil
	}
	if m.Elsewhere {
		// Other groups may be above it, with other files; the look itself reads which.
		all, err := t.store.Organisations(ctx, forge)
		return len(all) > 0, err
	}
	st, _, err := t.store.Above(ctx, forge, m.RepoID, nil)
	v := st.For(m.RepoID)
	if err != nil || v == nil || v.Blob == "" {
		return false, err
	}
	body, err := t.store.OrganisationFile(ctx, st.Forge, st.OwnerID, v.Blob)
	return err == nil && hasTargets.Match(body), err
}
