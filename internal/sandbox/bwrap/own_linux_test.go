//go:build amd64 || arm64

package bwrap

import (
	"context"
	"maps"
	"os/exec"
	"sync"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// TestAStartBesideJobsFindsLintelsOwnGroups opens sandboxes while jobs start: a thread that starts a job is in the job's
// groups for a moment, and those must not be taken for Lintel's.
func TestAStartBesideJobsFindsLintelsOwnGroups(t *testing.T) {
	t.Parallel()
	first := findGroups("")
	if first == nil || first.unified != "" {
		t.Log("no cgroups of version 1 may be made here, and in version 2 no thread moves: nothing is shown")
		return
	}
	var jobs sync.WaitGroup
	for range 4 {
		jobs.Go(func() {
			for range 40 {
				made, err := first.make(sandbox.DefaultLimits())
				if err != nil {
					t.Error(err)
					return
				}
				command := exec.CommandContext(context.Background(), "true")
				if err := made.start(command); err != nil {
					t.Error(err)
				}
				_ = command.Wait()
				made.remove()
			}
		})
	}
	over := make(chan struct{})
	go func() { jobs.Wait(); close(over) }()
	for {
		if now := ours(); now["memory"] != first.memory || now["pids"] != first.pids {
			t.Errorf("a start beside jobs takes %v for its own, want %v", maps.Clone(now), first)
		}
		select {
		case <-over:
			return
		default:
		}
	}
}
