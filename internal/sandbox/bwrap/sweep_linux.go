//go:build linux && (amd64 || arm64)

package bwrap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// leftover begins the names of what a Lintel with that process id makes outside sandboxes, and would leave if it died.
func leftover(pid int) string { return fmt.Sprintf("lintel-sandbox-%d-", pid) }

// sweep removes the cgroups and mount points of processes that are gone. All of them are empty, and only empty ones go.
func (b *backend) sweep() {
	folders := []string{os.TempDir()}
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
			_ = syscall.Rmdir(f)
		}
	}
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
