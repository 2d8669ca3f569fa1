package firstheap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// The collector is held back once, and is the usual one after it has run; an operator's GOGC is left alone.
func TestHold(t *testing.T) {
	percent := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	for _, set := os.LookupEnv("GOGC"); !set && percent() != standard; { // this process was held back, too
		runtime.GC()
		runtime.Gosched()
	}
	before := percent()
	t.Cleanup(func() { debug.SetGCPercent(int(before)) })

	t.Setenv("GOGC", "50")
	hold([]string{"check"})
	if got := percent(); got != before {
		t.Errorf("GOGC is set, and the percentage became %d", got)
	}
	if err := os.Unsetenv("GOGC"); err != nil { // t.Setenv puts back what was there
		t.Fatal(err)
	}
	hold([]string{"serve", "--config", "x"})
	if got := percent(); got != before {
		t.Errorf("a server's percentage became %d", got)
	}
	hold([]string{"check"})
	if got := percent(); got != 1600 {
		t.Errorf("held back at %d %%, want 1600", got)
	}
	// The cleanup runs in a goroutine of its own after the collection that finds the sentinel.
	for percent() != standard {
		runtime.GC()
		runtime.Gosched()
	}
}
