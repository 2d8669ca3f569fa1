package sqldb

import (
	"testing"
	"time"
)

// TestCorrected: a clock that is off is corrected by the first answer, however slow; what an answer cannot refute stays.
func TestCorrected(t *testing.T) {
	for _, c := range []struct {
		name                     string
		known, ahead, took, want time.Duration
	}{
		{"equal clocks", 0, 30 * time.Millisecond, time.Millisecond, 0},
		{"minutes off, a slow answer", 0, -3 * time.Minute, 4 * time.Second, -3 * time.Minute},
		{"a slow answer within its doubt", 0, 900 * time.Millisecond, 2 * time.Second, 0},
		{"a quick answer after a slow one", -181 * time.Second, -3 * time.Minute, time.Millisecond, -3 * time.Minute},
		{"a slow answer after a quick one", -3 * time.Minute, -181 * time.Second, 4 * time.Second, -3 * time.Minute},
		{"a clock that was put right", -3 * time.Minute, 20 * time.Millisecond, time.Millisecond, 0},
	} {
		if got := corrected(c.known, c.ahead, c.took); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
