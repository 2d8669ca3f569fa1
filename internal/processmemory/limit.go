// Package processmemory keeps the memory of a serving process small: it obeys the container's limit, and gives back
// what only the start needed.
package processmemory

import (
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the part of a container's memory that the heap may take; stacks, the program itself and SQLite's pages need the rest.
const memoryShare = 0.85

// Limit lets the garbage collector know the limit of the container (cgroup) that the process runs in. Without it the
// heap may double before it is collected, and the kernel ends the process at a limit that it never heard of. GOMEMLIMIT
// in the environment wins; AUTOMEMLIMIT=off leaves all as it is.
func Limit(log *slog.Logger) {
	limit, err := memlimit.Set(memlimit.WithProvider(memlimit.FromCgroup), memlimit.WithRatio(memoryShare))
	if err != nil {
		log.Info("the container's memory limit is not known, so none is set; GOMEMLIMIT sets one", "reason", err.Error())
		return
	}
	log.Debug("memory is limited", "bytes", limit)
}
