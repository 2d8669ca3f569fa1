//go:build podman

package docker_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

// open opens the engine and names the image with a shell, which scripts/sandbox.sh starts and builds: this file is compiled
// only with the tag podman, by make sandbox-podman.
func open(t testing.TB, wait docker.Wait) (b *docker.Backend, image string) {
	t.Helper()
	host, image := os.Getenv("TEST_SANDBOX_DOCKER"), os.Getenv("TEST_SANDBOX_IMAGE")
	if host == "" || image == "" {
		t.Fatal("the attacks need an engine and an image: make sandbox-podman")
	}
	b, err := docker.New(t.Context(), docker.Options{Host: host, Wait: wait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, image
}

// TestAttacks attacks new containers.
func TestAttacks(t *testing.T) {
	b, image := open(t, docker.Wait{})
	sandboxtest.Attack(t, sandboxtest.Backend{Backend: b, Image: image, MayTrace: true, Files: 5_000})
}

// ahead runs each job in a container that waited for it.
type ahead struct {
	t *testing.T
	// missed counts jobs that ran in a new one after all.
	ran, missed atomic.Int32
}

func (a *ahead) Name() string { return "docker" }

func (a *ahead) Run(ctx context.Context, job sandbox.Job) sandbox.Result {
	b, _ := open(a.t, docker.Wait{Most: 1, Folder: filepath.Join(a.t.TempDir(), "waiting"), Idle: time.Hour})
	b.LetWait(job)
	if b.Waiting() != 1 || !docker.Fits(job) {
		a.t.Errorf("%d containers wait, and one can take the job: %v", b.Waiting(), docker.Fits(job))
	}
	out := b.Run(ctx, job)
	a.ran.Add(1)
	if b.Failed() {
		a.missed.Add(1)
	}
	if err := b.Close(); err != nil {
		a.t.Error(err)
	}
	return out
}

// TestAttacksOnWaitingContainers attacks containers that waited for their job.
func TestAttacksOnWaitingContainers(t *testing.T) {
	_, image := open(t, docker.Wait{})
	a := &ahead{t: t}
	sandboxtest.Attack(t, sandboxtest.Backend{Backend: a, Image: image, MayTrace: true, Files: 900})
	if a.missed.Load() > 0 || a.ran.Load() == 0 {
		t.Errorf("%d jobs ran, and %d of them in a new container", a.ran.Load(), a.missed.Load())
	}
}

// TestMain lets the test program stand in for a Lintel that somebody kills while a container waits.
func TestMain(m *testing.M) {
	folder := os.Getenv("SANDBOX_WAITING")
	if folder == "" {
		os.Exit(m.Run())
	}
	b, err := docker.New(context.Background(), docker.Options{
		Host: os.Getenv("TEST_SANDBOX_DOCKER"), Wait: docker.Wait{Most: 1, Folder: folder, Idle: time.Hour},
	})
	if err != nil {
		panic(err)
	}
	b.LetWait(sandbox.Job{Image: os.Getenv("TEST_SANDBOX_IMAGE"), Limits: sandbox.DefaultLimits()})
	fmt.Println(b.Waiting())
	select {}
}

// waitingShells are the shells on this machine that wait in a container, by the folder that is their tree.
func waitingShells(t *testing.T, folder string) (pids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		mounts, _ := os.ReadFile(name)                                          //nolint:gosec // of a process, which may be gone
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline")) //nolint:gosec // as above
		if strings.Contains(string(mounts), folder) && strings.HasPrefix(string(command), "/bin/sh\x00-s") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name))) // by the pattern
			pids = append(pids, pid)
		}
	}
	return pids
}

// until waits for something on this machine.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not %s within a minute", what)
		}
	}
}

// TestNothingWaitsForADeadLintel kills the process for which a container waits: its input ends, and so does it.
func TestNothingWaitsForADeadLintel(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "waiting")
	lintel := exec.Command(os.Args[0]) //nolint:gosec // this test program
	lintel.Env = append(os.Environ(), "SANDBOX_WAITING="+folder)
	said, err := lintel.StdoutPipe()
	if err == nil {
		err = lintel.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(said).ReadString('\n')
	if line != "1\n" || len(waitingShells(t, folder)) != 1 {
		t.Errorf("%q wait, and the shells are %v", line, waitingShells(t, folder))
	}
	if err := lintel.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = lintel.Wait() // killed
	until(t, "end", func() bool { return len(waitingShells(t, folder)) == 0 })
}

// TestAShellThatDiedLosesNoJob kills what waits, and asks at once.
func TestAShellThatDiedLosesNoJob(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "waiting")
	b, image := open(t, docker.Wait{Most: 1, Folder: folder, Idle: time.Hour})
	tree := sandboxtest.Tree(t)
	job := sandbox.Job{Image: image, Argv: []string{"/tree/attacker", "exit", "3"}, Tree: tree, Limits: sandbox.DefaultLimits()}
	for range 3 {
		b.LetWait(job)
		for _, pid := range waitingShells(t, folder) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
		if r := b.Run(t.Context(), job); r.Ended != sandbox.Finished || r.Exit != 3 {
			t.Errorf("%+v", r)
		}
	}
}
