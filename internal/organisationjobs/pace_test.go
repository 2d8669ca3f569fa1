package organisationjobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/organisation"
)

// large is the record of an organisation with many repositories, all of which another version of its file reaches.
type large struct {
	Store
	repositories int
	st           organisation.State
	asked        []delivery.ReviewRequest
}

func (l *large) Organisations(context.Context, change.Forge) ([]organisation.State, error) {
	return []organisation.State{l.st}, nil
}

func (l *large) OwnedBy(context.Context, change.Forge, int64) (all []drift.Repository, err error) {
	for i := range l.repositories {
		all = append(all, drift.Repository{Repository: change.Repository{ID: int64(i + 1), OwnerID: 1}})
	}
	return all, nil
}

func (l *large) Admit(_ context.Context, a delivery.Admission) (delivery.Receipt, error) {
	l.asked = append(l.asked, a.Requests...)
	return delivery.Receipt{}, nil
}

func (l *large) SaveOrganisation(_ context.Context, st organisation.State, _ ...audit.Entry) error {
	l.st = st
	return nil
}

func (l *large) Retargeted(_ context.Context, forge change.Forge) (all []organisation.Moved, err error) {
	for i := range l.repositories {
		if forge == change.GitHub {
			all = append(all, organisation.Moved{RepoID: int64(i + 1), OwnerID: 1, Times: 1})
		}
	}
	return all, nil
}

func (l *large) Above(context.Context, change.Forge, int64, []int64) (st organisation.State, t change.Traits, err error) {
	return st, t, nil
}

func (l *large) SettleRetargeted(context.Context, change.Forge, int64, int64) error { return nil }

// TestFanOutIsPaced: a file that reaches 500 repositories has their looks come due by and by. Whenever the clock is read,
// no more are due than the first ones and one for each two seconds; all wait behind what people do, each is asked for
// once, and the changes of one repository are spread as well.
func TestFanOutIsPaced(t *testing.T) {
	const repositories = 500
	for name, ask := range map[string]func(*large, func() time.Time) error{
		"another version": func(l *large, now func() time.Time) error {
			l.st = organisation.State{Forge: change.GitHub, OwnerID: 1, AskFrom: 0, AskTo: 100}
			j := Jobs{Options{Name: change.GitHub, Store: l, Log: slog.New(slog.DiscardHandler), Now: now}}
			return errors.Join(j.Advance(t.Context()), j.Advance(t.Context())) // the second finds nothing left to ask
		},
		"other targets": func(l *large, now func() time.Time) error {
			return NewTargets(l, &change.File{Content: []byte("targets: [{repositories: ['*']}]\n")}, now).Ask(t.Context())
		},
	} {
		l := &large{repositories: repositories}
		start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		clock := start
		if err := ask(l, func() time.Time { return clock }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[int64]bool{}
		for _, r := range l.asked {
			seen[r.RepoID] = true
			if !r.Repo || r.Lane != delivery.Backfill || r.Pace < 2*time.Second {
				t.Errorf("%s: repository %d is asked for by %+v", name, r.RepoID, r)
			}
		}
		if len(l.asked) != repositories || len(seen) != repositories {
			t.Errorf("%s: %d looks at %d repositories, want one at each of %d", name, len(l.asked), len(seen), repositories)
		}
		for ; clock.Before(start.Add(time.Hour)); clock = clock.Add(time.Second) {
			due := 0
			for _, r := range l.asked {
				if !start.Add(r.After).After(clock) {
					due++
				}
			}
			if want := min(21+int(clock.Sub(start)/(2*time.Second)), repositories); due != want {
				t.Fatalf("%s: %d are due after %s, want %d", name, due, clock.Sub(start), want)
			}
		}
	}
}
