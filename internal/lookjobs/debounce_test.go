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
	s := newStarts(time.Millisecond, func() time.Time { return now })
	key := change.Key{Forge: change.GitHub, RepoID: 1, Number: 1}
	s.set(key, now.Add(2*time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.wait(ctx, key); err != nil {
		t.Error("a look waits for the clock to reach the old time")
	}
}
