//race:unwatched
package inbound

import (
	"fmt"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestLogIsLimited(t *testing.T) {
	var n logLimit
	if yes, _ := n.allow("a", start); !yes {
		t.Error("the first is not told")
	}
	for range 3 {
		if yes, _ := n.allow("a", start.Add(59*time.Second)); yes {
			t.Error("told twice in a minute")
		}
	}
	if yes, silenced := n.allow("a", start.Add(time.Minute)); !yes || silenced != 3 {
		t.Errorf("after a minute: %v, %d silenced", yes, silenced)
	}
	told := 0
	for i := range 5000 {
		if yes, _ := n.allow(fmt.Sprint("source ", i), start.Add(time.Minute)); yes {
			told++
		}
	}
	if told > maxSources+1 || len(n.seen) > maxSources+1 {
		t.Errorf("%d lines, %d sources remembered", told, len(n.seen))
	}
	if yes, _ := n.allow("late", start.Add(2*time.Minute)); !yes || len(n.seen) > maxSources {
		t.Errorf("old sources are not forgotten: %d", len(n.seen))
	}
}
