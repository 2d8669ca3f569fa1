package processmemory

import (
	"os"
	"runtime/debug"
	"testing"
)

// What the environment says of the collector stands; without it, there may be more garbage.
func TestCollectLess(t *testing.T) {
	before := debug.SetGCPercent(90)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	t.Setenv("GOGC", "90")
	CollectLess()
	if got := debug.SetGCPercent(90); got != 90 {
		t.Errorf("with GOGC=90 it is %d", got)
	}
	if err := os.Unsetenv("GOGC"); err != nil {
		t.Fatal(err)
	}
	CollectLess()
	if got := debug.SetGCPercent(90); got != garbageShare {
		t.Errorf("without GOGC it is %d, want %d", got, garbageShare)
	}
}
