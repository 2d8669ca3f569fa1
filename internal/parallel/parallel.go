// Package parallel runs independent pieces of work side by side, on as many goroutines as there are processors. More
// would only add what a goroutine costs: evaluating a policy grows a fresh stack four times, and each time it is copied.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f with 0 to n-1, each once, and returns when all have ended. The caller's goroutine works, too. f must not panic.
func Each(n int, f func(i int)) {
	var next atomic.Int64
	work := func() {
		room()
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			f(int(i))
		}
	}
	var others sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// deep is the stack that an evaluation of policies needs, in bytes.
const deep = 64 << 10

// room grows the goroutine's stack at once, while little of it has to be copied.
//
//go:noinline
func room() byte {
	var stack [deep]byte
	return stack[runtime.GOMAXPROCS(0)]
}
