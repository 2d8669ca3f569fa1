//go:build amd64 || arm64

package bwrap

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTheIDOfADeadLintelMayBeAnothersNow sweeps where this process has the id of one that died. A fork bomb goes
// through all ids within a second, so that is no rare case beside hostile jobs.
func TestTheIDOfADeadLintelMayBeAnothersNow(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	if started(os.Getpid()) == 0 {
		t.Fatal("this process began at no time")
	}
	dead := filepath.Join(folder, leftover(namespace(), os.Getpid(), started(os.Getpid())-1)+"7")
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

// TestAnotherNamespaceIsNotThisOnes sweeps where a container beside this one shares the folder: none of its processes can be
// seen from here, and all of them may run.
func TestAnotherNamespaceIsNotThisOnes(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	if namespace() == 0 {
		t.Fatal("this process is in no PID namespace")
	}
	running := filepath.Join(folder, leftover(namespace()+1, os.Getpid(), started(os.Getpid())-1)+"7")
	dead := filepath.Join(folder, leftover(namespace()+1, os.Getpid(), started(os.Getpid())-1)+"8")
	for _, f := range []string{running, dead} {
		if err := os.MkdirAll(filepath.Join(f, "tree"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * foreign)
	if err := os.Chtimes(dead, long, long); err != nil {
		t.Fatal(err)
	}
	(&backend{}).sweep()
	if _, err := os.Stat(filepath.Join(running, "tree")); err != nil {
		t.Errorf("the folder of another container is gone: %v", err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("what a container left two hours ago is there: %v", err)
	}
}
