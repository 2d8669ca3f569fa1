package lookjobs

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// starts remembers when the last look at each change started, to debounce the events that follow it.
type starts struct {
	window  time.Duration
	now     func() time.Time
	arrived func(ctx context.Context, key change.Key, since time.Time) (all, more bool, err error)
	mu      sync.Mutex
	at      map[change.Key]time.Time
}

func newStarts(o Options) *starts {
	s := &starts{window: o.Debounce, now: o.Now, arrived: o.Arrived, at: map[change.Key]time.Time{}}
	if s.arrived == nil {
		s.arrived = func(context.Context, change.Key, time.Time) (all, more bool, err error) { return false, false, nil }
	}
	return s
}

// arrivals is how often it is asked within the window whether what a look waits for has come.
const arrivals = 20 * time.Millisecond

// wait waits until the window has passed since the last look at the change started, or what that look waited for is
// there: the first event is looked at once, those that follow it together. waited is false when nothing was to be waited for.
func (s *starts) wait(ctx context.Context, key change.Key) (waited bool, err error) {
	s.mu.Lock()
	last, ok := s.at[key]
	s.mu.Unlock()
	if !ok {
		return false, nil
	}
	// A start that lies ahead was noted before the clock was set back: the window is all that is left to wait.
	left := min(s.window-s.now().Sub(last), s.window)
	if left <= 0 {
		return false, nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	for {
		all, more, err := s.arrived(ctx, key, last)
		if err != nil || all {
			return true, err
		}
		var again <-chan time.Time
		if more {
			again = time.After(arrivals)
		}
		select {
		case <-timer.C:
			return true, nil
		case <-again:
		case <-ctx.Done():
			return true, ctx.Err()
		}
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
