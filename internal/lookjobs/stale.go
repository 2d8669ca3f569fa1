package lookjobs

import (
	"context"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// Stale makes a process forget what events, which other processes may have received, said is stale. Such an event is
// noted in the transaction that asks for looks, so a look that catches up first reads nothing that the event made stale.
type Stale struct {
	list   func(ctx context.Context, after int64) ([]delivery.Stale, error)
	forget func(forge change.Forge, connection int64, subject string)
	mu     sync.Mutex
	last   int64
}

// NewStale makes it of what lists the events after an id, and of what forgets.
func NewStale(list func(ctx context.Context, after int64) ([]delivery.Stale, error),
	forget func(forge change.Forge, connection int64, subject string)) *Stale {
	return &Stale{list: list, forget: forget}
}

// CatchUp forgets what became stale since it was called last. A nil Stale has nothing to forget.
func (s *Stale) CatchUp(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.list(ctx, s.last)
	if err != nil {
		return err
	}
	for _, f := range all {
		s.forget(f.Forge, f.Connection, f.Subject)
		s.last = f.ID
	}
	return nil
}
