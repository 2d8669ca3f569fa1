//go:build linux && (amd64 || arm64)

package bwrap_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

// open gives the backend. CI promises it by TEST_SANDBOX; elsewhere a machine that cannot run it, as one without user
// namespaces, says what is missing.
func open(t *testing.T, options bwrap.Options) sandbox.Backend {
	t.Helper()
	b, err := bwrap.New(options)
	if err != nil {
		if os.Getenv("TEST_SANDBOX") == "" {
			t.Skipf("nothing is proven about bwrap here: %v (scripts/sandbox.sh install brings bubblewrap)", err)
		}
		t.Fatal(err)
	}
	return b
}

// TestAttacks tries what an attacker would.
//
// Attack by the code that a check runs on: Use up time, memory, processes, disk, output; survive as a daemon:
// limits of the kernel, and the end of the whole tree. Also `internal/sandbox/bwrap/attack_test.go`
// `TestAttacksWithoutCgroups`; `internal/sandbox/bwrap/death_test.go` `TestNothingOutlivesLintel`;
// `internal/sandbox/docker/podman_test.go` `TestAttacks`.
//
// Attack by the code that a check runs on: Reach the network, the machine's files and processes, other jobs,
// Lintel's keys: namespaces, a read-only root, an environment that is written out, a user of its own. Also
// `internal/sandbox/bwrap/attack_test.go` `TestJobsHaveAUserOfTheirOwn`; `internal/sandbox/sandbox_test.go`
// `TestEnvironmentHoldsOnlyWhatTheJobNames`.
func TestAttacks(t *testing.T) {
	sandboxtest.Attack(t, sandboxtest.Backend{Backend: open(t, bwrap.Options{}), Counts: true, Files: 5_000})
}

// TestAttacksWithoutCgroups runs as it does where no cgroup may be made: process limits and a watch hold the memory.
func TestAttacksWithoutCgroups(t *testing.T) {
	b := open(t, bwrap.Options{Cgroup: t.TempDir()})
	sandboxtest.AttackLimits(t, sandboxtest.Backend{Backend: b, Counts: true})
	r := b.Run(t.Context(), job(t, "true"))
	if len(r.Unheld) < 3 || !strings.HasPrefix(r.Unheld[0], "memory: ") {
		t.Errorf("the result is silent about limits that do not hold: %q", r.Unheld)
	}
}

func job(t *testing.T, argv ...string) sandbox.Job {
	t.Helper()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // jobs run as other users
		t.Fatal(err)
	}
	return sandbox.Job{Argv: argv, Tree: folder, Limits: sandbox.DefaultLimits()}
}

func TestResultsSayWhatKeptAJobFromRunning(t *testing.T) {
	t.Parallel()
	b := open(t, bwrap.Options{Images: map[string]string{"gone": "/nonexistent"}})
	for name, c := range map[string]struct {
		change func(*sandbox.Job)
		why    string
	}{
		"no program":     {func(j *sandbox.Job) { j.Argv[0] = "no-such-linter" }, "there is no such program"},
		"no image":       {func(j *sandbox.Job) { j.Image = "docker.example/x:latest" }, "the operator listed no folder"},
		"no folder":      {func(j *sandbox.Job) { j.Image = "gone" }, "no such file"},
		"no tree":        {func(j *sandbox.Job) { j.Tree = "/nonexistent" }, "it is no folder"},
		"a tree by link": {func(j *sandbox.Job) { j.Tree = linkTo(t, j.Tree) }, "it is no folder"},
		"no limit":       {func(j *sandbox.Job) { j.Limits.Memory = 0 }, "every limit"},
	} {
		j := job(t, "true")
		c.change(&j)
		if r := b.Run(t.Context(), j); r.Ended != sandbox.Unstartable || !strings.Contains(r.Why, c.why) || r.Exit != -1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	closed := job(t, "ls")
	if err := os.Chmod(closed.Tree, 0o700); err != nil { //nolint:gosec // the case
		t.Fatal(err)
	}
	if r := b.Run(t.Context(), closed); os.Geteuid() == 0 && !strings.Contains(r.Why, "chmod o+rx") {
		t.Errorf("a closed tree: %+v", r)
	}
}

func linkTo(t *testing.T, folder string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// TestJobsHaveAUserOfTheirOwn reads from outside who the sandboxed process is.
func TestJobsHaveAUserOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := open(t, bwrap.Options{})
	j := job(t, "sleep", "54321")
	done := make(chan sandbox.Result, 1)
	j.Limits.Deadline = 10 * time.Minute
	// It ends when it was seen, however long that takes.
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go func() { done <- b.Run(ctx, j) }()
	seen := false
	for r := (sandbox.Result{}); r.Ended == ""; {
		select {
		case r = <-done:
		default:
			files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, f := range files {
				content, _ := os.ReadFile(f) //nolint:gosec // a process may be gone meanwhile
				if info, err := os.Stat(filepath.Dir(f)); err == nil && string(content) == "sleep\x0054321\x00" {
					seen = true
					end()
					if uid := info.Sys().(*syscall.Stat_t).Uid; os.Geteuid() == 0 && (uid < 61200 || uid >= 61500) {
						t.Errorf("the job runs as user %d", uid)
					}
				}
			}
		}
	}
	if !seen {
		t.Error("nobody saw the job's process")
	}
}

// TestAnImageIsAFolder runs a tool of an unpacked root file system, which holds nothing of the machine.
func TestAnImageIsAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for link, target := range map[string]string{"lib": "usr/lib", "lib64": "usr/lib64"} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(folder, "etc"), 0o755); err != nil { //nolint:gosec // jobs run as other users
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "etc", "passwd"), []byte("of-the-image"), 0o644); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	for path := folder; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
	}
	b := open(t, bwrap.Options{Images: map[string]string{"mine": folder}, Shown: []string{"/usr", "/bin"}})
	j := job(t, "cat", "/etc/passwd")
	j.Image = "mine"
	if r := b.Run(t.Context(), j); string(r.Stdout) != "of-the-image" {
		t.Errorf("%+v\n%s", r, r.Stderr)
	}
}

// BenchmarkRun is what a sandbox costs beside the bare tool, which is BenchmarkBare.
func BenchmarkRun(b *testing.B) {
	backend, err := bwrap.New(bwrap.Options{Cgroup: os.Getenv("BENCH_CGROUP")})
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // jobs run as other users
		b.Fatal(err)
	}
	for b.Loop() {
		r := backend.Run(b.Context(), sandbox.Job{Argv: []string{"true"}, Tree: folder, Limits: sandbox.DefaultLimits()})
		if r.Ended != sandbox.Finished {
			b.Fatal(r.Ended, r.Why)
		}
	}
}

func BenchmarkBare(b *testing.B) {
	for b.Loop() {
		if err := exec.Command("true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
