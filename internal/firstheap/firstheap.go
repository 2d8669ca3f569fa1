// Package firstheap lets short commands collect no garbage: compiling the policies would run the collector six times,
// for a quarter of the processor time of "lintel check", and what packages make before main begins would run it twice.
// It waits until the heap is larger than most commands ever need, and then works as usual.
//
// Callers may rely on: it is enough to import it; Go initialises packages in the order of their paths, once what they
// import is ready, so this comes before what is large. A process that stays is left alone: what it keeps would lie
// scattered among the garbage of its start, 11 MB in pages of 22. GOGC in the environment decides instead where it is set.
package firstheap

import (
	"os"
	"runtime"
	"runtime/debug"
	"slices"
)

// stays are the commands that run until they are stopped.
var stays = []string{"serve", "worker", "demo"}

const (
	// firstHeap is how large the heap is, in MiB, when the garbage collector first runs.
	firstHeap = 64
	// smallestHeap is where it would run first, in MiB: the runtime begins at 4 MiB for a GOGC of 100.
	smallestHeap = 4
	standard     = 100
)

var _ = hold(os.Args[1:])

// hold reports whether the collector waits.
func hold(args []string) bool {
	if _, set := os.LookupEnv("GOGC"); set || len(args) > 0 && slices.Contains(stays, args[0]) {
		return false
	}
	debug.SetGCPercent(firstHeap / smallestHeap * standard)
	// The first collection finds that nobody holds this.
	sentinel := new([64]byte)
	runtime.AddCleanup(sentinel, func(percent int) { debug.SetGCPercent(percent) }, standard)
	return true
}
