//go:build linux && (amd64 || arm64)

package bwrap_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

// TestMain lets the test program stand in for a Lintel that somebody kills.
func TestMain(m *testing.M) {
	tree := os.Getenv("SANDBOX_TREE")
	if tree == "" {
		os.Exit(m.Run())
	}
	b, err := bwrap.New(bwrap.Options{})
	if err != nil {
		panic(err)
	}
	b.Run(context.Background(), sandbox.Job{Argv: []string{"/tree/attacker", "hold"}, Tree: tree, Limits: sandbox.DefaultLimits()})
}

// TestNothingOutlivesLintel kills the process that runs a job: the kernel ends the job.
func TestNothingOutlivesLintel(t *testing.T) {
	t.Parallel()
	open(t, bwrap.Options{})
	tree := sandboxtest.Tree(t)
	lintel := exec.Command(os.Args[0]) //nolint:gosec // this test program
	lintel.Env = append(os.Environ(), "SANDBOX_TREE="+tree)
	if err := lintel.Start(); err != nil {
		t.Fatal(err)
	}
	wait := func(what string, until func(alive int) bool) {
		for end := time.Now().Add(20 * time.Second); !until(len(sandboxtest.Survivors(t, tree))); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the job did not %s within 20 seconds", what)
			}
		}
	}
	wait("start", func(alive int) bool { return alive > 0 })
	if err := lintel.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = lintel.Wait() // killed
	wait("end", func(alive int) bool { return alive == 0 })
	open(t, bwrap.Options{}) // the next start
	name := fmt.Sprintf("lintel-sandbox-*-%d-*", lintel.Process.Pid)
	for _, folder := range []string{os.TempDir(), "/sys/fs/cgroup/*", "/sys/fs/cgroup/*/*/*"} {
		if left, err := filepath.Glob(filepath.Join(folder, name)); err != nil || len(left) > 0 {
			t.Errorf("the next start left %q, %v", left, err)
		}
	}
}
