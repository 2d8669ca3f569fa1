//go:build linux && (amd64 || arm64)

package bwrap

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// watch measures the memory of a job that has no cgroup and kills it above its limit. It ends when the channel is closed.
func (r *run) watch() chan struct{} {
	done := make(chan struct{})
	if r.backend.groups != nil {
		return done
	}
	go func() {
		tick := time.NewTicker(25 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			used := resident(r.command.Process.Pid)
			r.peakRSS.Store(max(used, r.peakRSS.Load()))
			if used > r.job.Limits.Memory {
				r.kill(sandbox.Memory)
				return
			}
		}
	}()
	return done
}

// resident is the memory of a process and all below it.
func resident(pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	total := int64(0)
	if fields := strings.Fields(string(content)); len(fields) > 2 {
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		shared, _ := strconv.ParseInt(fields[2], 10, 64)
		total = (pages - shared) * int64(os.Getpagesize())
	}
	for _, child := range children(pid) {
		total += resident(child)
	}
	return total
}

// children are the processes that a process started, as far as they live.
func children(pid int) (out []int) {
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // a process that is gone has no children
	for _, thread := range threads {
		content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		for _, f := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(f); err == nil {
				out = append(out, child)
			}
		}
	}
	return out
}
