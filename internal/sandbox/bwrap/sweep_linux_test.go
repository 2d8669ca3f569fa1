//go:build amd64 || arm64

package bwrap

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheIDOfADeadLintelMayBeAnothersNow sweeps where this process has the id of one that died. A fork bomb goes
// through all ids within a second, so that is no rare case beside hostile jobs.
func TestTheIDOfADeadLintelMayBeAnothersNow(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	if started(os.Getpid()) == 0 {
		t.Fatal("this process began at no time")
	}
	dead := filepath.Join(folder, leftover(os.Getpid(), started(os.Getpid())-1)+"7")
	running := filepath.Join(folder, mine()+"7")
	for _, f := range []string{dead, running} {
		if err := os.MkdirAll(filepath.Join(f, "tree"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	(&backend{}).sweep()
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the folder of the dead is left: %v", err)
	}
	if _, err := os.Stat(filepath.Join(running, "tree")); err != nil {
		t.Errorf("the folder of a running Lintel is gone: %v", err)
	}
}
