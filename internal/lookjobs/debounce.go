package lookjobs

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// starts remembers when the last look at each change started, to debounce the events that follow it.
type starts struct {
	window time.Duration
	now    func() time.Time
	mu     sync.Mutex
	at     map[change.Key]time.Time
}

func newStarts(window time.Duration, now func() time.Time) *starts {
	return &starts{window: window, now: now, at: map[change.Key]time.Time{}}
}

// wait waits until the window has passed since the last look at the change started: the first event is looked at once,
// those that follow it together.
func (s *starts) wait(ctx context.Context, key change.Key) error {
	s.mu.Lock()
	last, ok := s.at[key]
	s.mu.Unlock()
	if !ok {
		return nil
	}
	// A start that lies ahead was noted before the clock was set back: the window is all that is left to wait.
	left := min(s.window-s.now().Sub(last), s.window)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// set remembers a start, and forgets those that no event needs any more when there are many.
func (s *starts) set(key change.Key, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.at) > 10000 {
		for k, t := range s.at {
			if at.Sub(t).Abs() > s.window {
				delete(s.at, k)
			}
		}
	}
	s.at[key] = at
}
