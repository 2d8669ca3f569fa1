package change_test

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// TestLimitedByAClockThatIsWrong: no limit is longer than a forge's longest, whatever a clock says.
func TestLimitedByAClockThatIsWrong(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for after, over := range map[time.Duration]bool{
		-time.Minute: true, time.Minute: false, time.Hour: false, 3 * time.Hour: true, 90 * 24 * time.Hour: true,
	} {
		l := &change.Limited{Until: now.Add(after)}
		if got := l.Over(now); got != over {
			t.Errorf("a limit for %v is over: %t", after, got)
		}
		if wait := l.Wait(now); wait > 2*time.Hour || !over && wait != after {
			t.Errorf("a limit for %v waits for %v", after, wait)
		}
	}
}
