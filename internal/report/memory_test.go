package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestMemory holds that the largest report of each shape ends at the limit, and that what is counted is what it takes:
// neither while it is read nor when it is read does the heap hold more than the limit by a quarter.
func TestMemory(t *testing.T) {
	const limit = maxMemory / 4 // the same at a quarter, for the sake of time
	state := func(i int) State { return State(1 + i%2) }
	for name, one := range map[string]func(c *Collector, f *LineSet, i int) error{
		"each line is a range": func(_ *Collector, f *LineSet, i int) error { return f.Set(1+i%MaxLine, state(i)) },
		"branches that were missed": func(_ *Collector, f *LineSet, i int) error {
			return errors.Join(f.Set(1+i%MaxLine, Hit), f.Branch(1+i%MaxLine, []byte{byte(i), byte(i >> 8)}, false),
				f.Branch(1+i%MaxLine, []byte{'x'}, true))
		},
		"many branches of a line": func(_ *Collector, f *LineSet, i int) error {
			return errors.Join(f.Set(1, Hit),
				f.Branch(1, binary.LittleEndian.AppendUint32(nil, uint32(i)), i%2 == 0)) //nolint:gosec // bounded
		},
		"branches that were counted": func(_ *Collector, f *LineSet, i int) error {
			return errors.Join(f.Set(1+i%MaxLine, Hit), f.Missed(1+i%MaxLine, 2, []string{"a"}))
		},
		"evidence": func(_ *Collector, f *LineSet, i int) error {
			f.Width(1+i%MaxLine, 80)
			f.Digest(1+i%MaxLine, uint32(i)) //nolint:gosec // bounded
			return f.Set(1+i%MaxLine, state(i))
		},
		"names": func(c *Collector, _ *LineSet, i int) error {
			_, err := c.File(fmt.Sprintf("%s%d", strings.Repeat("x", MaxName-20), i))
			return err
		},
		"files": func(c *Collector, _ *LineSet, i int) error {
			if i >= maxFiles-1 {
				return nil
			}
			f, err := c.File(fmt.Sprint(i))
			return errors.Join(err, f.SetRange(1, 1000, Hit))
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := live()
			c := NewCollector()
			c.limit = limit
			var err error
			i := 0
			for file := 0; err == nil && file < 3; file++ {
				var f *LineSet
				if f, err = c.File(fmt.Sprintf("f%d", file)); err != nil {
					break
				}
				for n := 0; n < MaxLine && err == nil; n++ {
					err = one(c, f, i)
					i++
				}
			}
			reading := live() - before
			got, tooMuch := c.Finish()
			read := live() - before
			t.Logf("%d steps, %d MiB while it is read, %d MiB when it is read; %v, %v", i, reading>>20, read>>20, err, tooMuch)
			if reading > limit*5/4 || read > limit*5/4 {
				t.Errorf("%d MiB and %d MiB", reading>>20, read>>20)
			}
			if name != "files" && err == nil && tooMuch == nil || err != nil && !strings.Contains(err.Error(), "64 MiB") ||
				tooMuch != nil && len(got.Files) > 0 {
				t.Errorf("%v, %v", err, tooMuch)
			}
			runtime.KeepAlive(got)
		})
	}
}

// live is how many bytes are in use.
func live() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc) //nolint:gosec // of a test
}
