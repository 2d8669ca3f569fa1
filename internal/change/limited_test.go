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

// TestByClock: a moment that a forge told is as far away as the forge's clock says, whatever ours does.
func TestByClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, off := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour} {
		said := now.Add(off)
		if got := change.ByClock(said.Add(90*time.Second), said, now); !got.Equal(now.Add(90 * time.Second)) {
			t.Errorf("by a clock that is off by %v it is in %v", off, got.Sub(now))
		}
	}
	at := now.Add(90 * time.Second)
	for _, said := range []time.Time{{}, now.Add(20 * time.Second), now.Add(-20 * time.Second)} {
		if got := change.ByClock(at, said, now); !got.Equal(at) {
			t.Errorf("said at %v it is in %v", said, got.Sub(now))
		}
	}
}
