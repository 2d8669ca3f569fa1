package config

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[Duration]time.Duration{"1m30s": 90 * time.Second, "0s": 0, "soon": -1, "": -1} {
		if got := text.Span(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[Duration]bool{"1s": true, "2m": true, "999ms": false, "121s": false, "-1ns": false, "never": false} {
		if got := text.within(time.Second, 2*time.Minute); got != want {
			t.Errorf("%q within 1s and 2m is %v", text, got)
		}
	}
}
