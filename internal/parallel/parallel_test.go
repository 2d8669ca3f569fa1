package parallel_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/lintel-review/lintel/internal/parallel"
)

func TestEachIsCalledOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 100} {
		calls := make([]atomic.Int64, n)
		parallel.Each(n, func(i int) { calls[i].Add(1) })
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("%d of %d was called %d times", i, n, got)
			}
		}
	}
}

func TestEachRunsSideBySide(t *testing.T) {
	processors := runtime.GOMAXPROCS(2)
	t.Cleanup(func() { runtime.GOMAXPROCS(processors) })
	meet := make(chan struct{})
	parallel.Each(2, func(i int) {
		if i == 0 {
			meet <- struct{}{}
		} else {
			<-meet
		}
	})
}
