package lookjobs

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// TestStale: a process forgets each thing once, in order, goes on where it stopped, and does not look when it cannot know.
func TestStale(t *testing.T) {
	t.Parallel()
	noted := []delivery.Stale{{ID: 3, Forge: change.GitHub, Connection: 1, Subject: "acme/core"}, {ID: 5}}
	broken := errors.New("broken")
	var failing error
	var forgot []string
	s := NewStale(func(_ context.Context, after int64) (all []delivery.Stale, err error) {
		for _, n := range noted {
			if n.ID > after {
				all = append(all, n)
			}
		}
		return all, failing
	}, func(_ change.Forge, _ int64, subject string) { forgot = append(forgot, subject) })
	failing = broken
	if err := s.CatchUp(t.Context()); !errors.Is(err, broken) || len(forgot) != 0 {
		t.Errorf("forgot %q: %v", forgot, err)
	}
	failing = nil
	for range 2 {
		if err := s.CatchUp(t.Context()); err != nil || !slices.Equal(forgot, []string{"acme/core", ""}) {
			t.Errorf("forgot %q: %v", forgot, err)
		}
	}
	noted = append(noted, delivery.Stale{ID: 6, Subject: "mona"})
	if err := s.CatchUp(t.Context()); err != nil || !slices.Equal(forgot, []string{"acme/core", "", "mona"}) {
		t.Errorf("forgot %q: %v", forgot, err)
	}
	var alone *Stale
	if err := alone.CatchUp(t.Context()); err != nil {
		t.Error(err)
	}
}
