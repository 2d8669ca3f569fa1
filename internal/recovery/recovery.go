// Package recovery finds what webhooks did not deliver: deliveries that failed, changes that moved unseen, jobs that
// were lost, reports that never came, checks that were left in progress. It compares what the forge lists with the
// record and asks for a look at each change that differs.
//
// Callers may rely on: every method may be run again after an error or a crash, and asks twice rather than never; a
// repository that cannot be read keeps no other from being compared; what is asked for is stored before the reason for
// asking is forgotten.
package recovery

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
)

// deliveryLog is the forge's own log of what it sent.
type deliveryLog interface {
	Missed(ctx context.Context, since time.Time) ([]drift.Missed, error)
	Redeliver(ctx context.Context, id int64) error
}

// lister shows what stands on the forge now.
type lister interface {
	Repositories(ctx context.Context, connection int64) ([]change.Repository, error)
	OpenPulls(ctx context.Context, connection int64, owner, name, base string, since time.Time) ([]drift.Listed, error)
	RuledAt(ctx context.Context, connection int64, owner, name, branch string) (drift.Branch, error)
}

// Forge is a forge that can be swept.
type Forge interface {
	deliveryLog
	lister
}

// admitter stores what is asked for, whole or not at all.
type admitter interface {
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
}

// marks remembers single values across restarts; a value that was never set is empty.
type marks interface {
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
}

// repositories is the record of the repositories that the App can see.
type repositories interface {
	Watched(ctx context.Context, forge change.Forge, limit int) ([]drift.Repository, error)
	Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error)
	Scanned(ctx context.Context, forge change.Forge, id int64, at time.Time) error
}

// changes is the record of the open changes.
type changes interface {
	OpenChanges(ctx context.Context, forge change.Forge, repo int64) ([]drift.Known, error)
	Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error)
	Connections(ctx context.Context, forge change.Forge) ([]int64, error)
}

// checks is the record of the checks that were published.
type checks interface {
	Stranded(ctx context.Context, since, before time.Time, limit int) ([]effect.Effect, error)
	Pending(ctx context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error)
	Drop(ctx context.Context, e effect.Effect, reason string) error
}

// waits is the record of the heads that wait for reports.
type waits interface {
	Due(ctx context.Context, now time.Time, limit int) ([]change.Record, error)
	Told(ctx context.Context, key change.Key, now time.Time) error
}

// Store is the record that a Recovery compares with.
type Store interface {
	admitter
	marks
	repositories
	changes
	checks
	waits
	modes
}

// Concluder ends a check that stands in progress.
type Concluder interface {
	Conclude(ctx context.Context, e effect.Effect) error
}

// Options are what a Recovery needs. Every field is needed.
type Options struct {
	// Name is the forge that is swept.
	Name  change.Forge
	Forge Forge
	Store Store
	// Checks concludes what was left in progress.
	Checks Concluder
	Log    *slog.Logger
	Now    func() time.Time
	// TeamAge is the age at which a verdict that rests on team membership is stale without an event.
	TeamAge time.Duration
	// Repositories bounds how many repositories one reconciliation lists.
	Repositories int
}

// Recovery is safe for concurrent use.
type Recovery struct {
	name         change.Forge
	forge        Forge
	store        Store
	checks       Concluder
	log          *slog.Logger
	now          func() time.Time
	teamAge      time.Duration
	repositories int
	// stuck are the deliveries, by GUID, of which the log already says that they cannot be sent again.
	stuck sync.Map
	// compared says, by repository, of changes what their settings were compared with last, when nothing differed.
	compared sync.Map
}

// New checks that nothing is missing. It reads nothing.
func New(o Options) (*Recovery, error) {
	switch {
	case o.Name == "", o.Forge == nil, o.Store == nil, o.Checks == nil, o.Log == nil, o.Now == nil:
		return nil, errors.New("make recovery: the forge and its name, the store, the checks, the log and the clock are needed")
	case o.TeamAge <= 0, o.Repositories <= 0:
		return nil, errors.New("make recovery: the age of teams and the number of repositories must be above 0")
	}
	return &Recovery{
		name:         o.Name,
		forge:        o.Forge,
		store:        o.Store,
		checks:       o.Checks,
		log:          o.Log,
		now:          o.Now,
		teamAge:      o.TeamAge,
		repositories: o.Repositories,
	}, nil
}

// request is an empty admission of our own, which no delivery asked for.
func (rc *Recovery) request() delivery.Admission {
	return delivery.Admission{Delivery: delivery.Delivery{Forge: rc.name, ReceivedAt: rc.now()}, Outcome: delivery.Accepted}
}
