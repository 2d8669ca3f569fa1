package lookjobs

import (
	"context"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// TestDebounceAfterTheClockWasSetBack: a start that lies ahead delays the next look by the window, and no longer.
func TestDebounceAfterTheClockWasSetBack(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := newStarts(Options{Debounce: time.Millisecond, Now: func() time.Time { return now }})
	key := change.Key{Forge: change.GitHub, RepoID: 1, Number: 1}
	s.set(key, now.Add(2*time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if waited, err := s.wait(ctx, key); err != nil || !waited {
		t.Error("a look waits for the clock to reach the old time")
	}
}

// TestArrived: once all that a look waited for has come the next look starts, whatever is left of the window.
func TestArrived(t *testing.T) {
	t.Parallel()
	asked := 0
	s := newStarts(Options{Debounce: time.Hour, Now: time.Now, Arrived: func(context.Context, change.Key, time.Time) (bool, bool, error) {
		asked++
		return asked == 3, asked < 3, nil
	}})
	key := change.Key{Forge: change.GitHub, RepoID: 1, Number: 1}
	s.set(key, time.Now())
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if waited, err := s.wait(ctx, key); err != nil || !waited || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.wait(gone, key); err == nil {
		t.Error("a look that waits for nothing starts within the window")
	}
}
