//go:build linux && (amd64 || arm64)

package bwrap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// sweeping bounds how long a start waits for what dies just now.
const sweeping = 5 * time.Second

// leftover begins the names of what a Lintel with that process id makes outside sandboxes, and would leave if it died.
func leftover(pid int) string { return fmt.Sprintf("lintel-sandbox-%d-", pid) }

// sweep removes the cgroups and mount points of processes that are gone. All of them are empty, or become so
// as their processes end, and only empty ones go. It takes at most sweeping.
func (b *backend) sweep() {
	folders, until := []string{os.TempDir()}, time.Now().Add(sweeping)
	if b.groups != nil {
		folders = append(folders, b.groups.folders()...)
	}
	for _, folder := range folders {
		found, _ := filepath.Glob(filepath.Join(folder, "lintel-sandbox-*")) // the pattern is well formed
		for _, f := range found {
			var pid int
			if _, err := fmt.Sscanf(filepath.Base(f), "lintel-sandbox-%d-", &pid); err != nil || alive(pid) {
				continue
			}
			_ = syscall.Rmdir(filepath.Join(f, "tree"))
			// A cgroup is busy until the last of its processes is reaped, which is left to the system.
			for errors.Is(syscall.Rmdir(f), syscall.EBUSY) && time.Now().Before(until) {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
