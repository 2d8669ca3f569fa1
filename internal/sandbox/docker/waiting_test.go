package docker_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
)

// waitingBackend lets so many containers wait on a played engine.
func waitingBackend(t *testing.T, most int, idle time.Duration) (b *docker.Backend, engine *shells, folder string) {
	t.Helper()
	b, engine, folder, _ = loggingBackend(t, most, idle)
	return b, engine, folder
}

// logged is a log that several write.
type logged struct {
	mu sync.Mutex
	strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.String()
}

func loggingBackend(t *testing.T, most int, idle time.Duration) (b *docker.Backend, engine *shells, folder string, log *logged) {
	t.Helper()
	engine, folder, log = played(t), filepath.Join(t.TempDir(), "waiting.d"), &logged{}
	if err := os.MkdirAll(filepath.Join(folder, "of a crash"), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := docker.New(t.Context(), docker.Options{
		Host: engine.host, AllowTags: true, Wait: docker.Wait{Most: most, Folder: folder, Idle: idle},
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, engine, folder, log
}

func jobOn(tree string) sandbox.Job {
	return sandbox.Job{Image: "tool:1", Argv: []string{"lint", "a b", "it's\n$(id)"}, Tree: tree, Limits: sandbox.DefaultLimits()}
}

// ran runs a job and says what its container saw.
func ran(t *testing.T, b *docker.Backend, job sandbox.Job) string {
	t.Helper()
	r := b.Run(t.Context(), job)
	if r.Ended != sandbox.Finished || r.Exit != 0 {
		t.Errorf("ended %s (%s), exit %d", r.Ended, r.Why, r.Exit)
	}
	return string(r.Stdout)
}

// waits waits until so many containers wait.
func waits(t *testing.T, b *docker.Backend, n int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); b.Waiting() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d containers wait, want %d", b.Waiting(), n)
		}
	}
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
}

// TestAContainerThatWaitsIsHeldAsANewOne compares the orders: they differ in the tree's folder and in standard input alone.
func TestAContainerThatWaitsIsHeldAsANewOne(t *testing.T) {
	t.Parallel()
	b, engine, folder := waitingBackend(t, 2, time.Hour)
	job := jobOn(treeOf(t, "x", "-rf"))
	job.Env = map[string]string{"RULES": "strict 'ly'"}
	want(t, ran(t, b, job), `c1 sees ["-rf" "x"]`)
	waits(t, b, 1)
	want(t, ran(t, b, job), `c2 sees ["-rf" "x"]`)
	fresh, waited := engine.get("c1"), engine.get("c2")
	<-fresh.gone
	<-waited.gone
	source := waited.held.Mounts[0].Source
	if at, err := os.Stat(source); err == nil || filepath.Dir(source) != folder {
		t.Errorf("its tree was %s, and it is there: %v", source, at)
	}
	waited.held.Mounts[0].Source = job.Tree
	if !reflect.DeepEqual(fresh.held, waited.held) {
		t.Errorf("a new one is held by\n%+v, one that waits by\n%+v", fresh.held, waited.held)
	}
	if c := waited.config; !c.OpenStdin || !c.StdinOnce || !c.NetworkDisabled || c.User != fresh.config.User || c.Image != "tool:1" ||
		!slices.Equal(c.Env, sandbox.Job{}.Environment()) || !slices.Equal(c.Entrypoint, []string{"/bin/sh", "-s"}) {
		t.Errorf("%+v", c)
	}
	told := strings.Join(waited.told, "\n")
	for _, line := range []string{`[ -e '/tree/x' ] || [ -L '/tree/x' ] || exit 1`,
		`export RULES='strict '\''ly'\'''`, "'' '0' '0' '0' 'lint' 'a b' 'it'\\''s\n$(id)'\nexec 3>&1\n"} {
		if !strings.Contains(told, line) {
			t.Errorf("it was not told %s:\n%s", line, told)
		}
	}
	waits(t, b, 1) // the next one, which knows nothing of it
	left, err := filepath.Glob(engine.get("c3").held.Mounts[0].Source + "/*")
	if err != nil || len(left) > 0 {
		t.Errorf("the next one sees %q, %v", left, err)
	}
	if all, err := os.ReadDir(folder); err != nil || len(all) != 1 {
		t.Errorf("the folder has %v, %v", all, err)
	}
}

// TestAContainerThatWaitsTakesOneJob runs two jobs at once where one waits.
//
// Attack by the code that a check runs on: Meet another job in a container that waited for its job: each takes one job,
// is told nothing more, and is removed. Also `internal/sandbox/docker/podman_test.go` `TestAttacksOnWaitingContainers`.
func TestAContainerThatWaitsTakesOneJob(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	first, second := jobOn(treeOf(t, "first")), jobOn(treeOf(t, "second"))
	b.LetWait(first)
	hold := make(chan struct{})
	engine.mu.Lock()
	engine.hold = hold
	engine.mu.Unlock()
	said := make(chan string, 2)
	for _, job := range []sandbox.Job{first, second} {
		go func() { said <- string(b.Run(context.WithoutCancel(t.Context()), job).Stdout) }()
	}
	for engine.made() < 2 { // the second has begun
		time.Sleep(time.Millisecond)
	}
	close(hold)
	got := []string{<-said, <-said}
	slices.Sort(got)
	ways := [][]string{{`c1 sees ["first"]`, `c2 sees ["second"]`}, {`c1 sees ["second"]`, `c2 sees ["first"]`}}
	if !slices.ContainsFunc(ways, func(way []string) bool { return slices.Equal(way, got) }) {
		t.Errorf("%q", got)
	}
	if told := strings.Count(strings.Join(engine.get("c1").told, "\n"), "set -- "); told != 1 {
		t.Errorf("it was told %d jobs", told)
	}
}

// TestADeadContainerLosesNoJob: the job runs in a new one, and none is made ahead for a while where one failed its job.
func TestADeadContainerLosesNoJob(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	job := jobOn(treeOf(t, "x"))
	b.LetWait(job)
	engine.dies(engine.get("c1"))
	waits(t, b, 0)
	<-engine.get("c1").gone
	want(t, ran(t, b, job), `c2 sees ["x"]`)
	waits(t, b, 1)

	engine.mu.Lock()
	engine.mortal = true
	engine.mu.Unlock()
	want(t, ran(t, b, job), `c4 sees ["x"]`)
	<-engine.get("c3").gone
	want(t, ran(t, b, job), `c5 sees ["x"]`)
	if b.Waiting() != 0 || engine.made() != 5 || !b.Failed() {
		t.Errorf("%d wait, %d were made", b.Waiting(), engine.made())
	}
}

// TestOneFailureCostsOneWait: where one that waits failed its job, the job tries no other.
func TestOneFailureCostsOneWait(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 2, time.Hour)
	job := jobOn(treeOf(t, "x"))
	b.LetWait(job)
	b.LetWait(job)
	engine.mu.Lock()
	engine.mortal = true
	engine.mu.Unlock()
	want(t, ran(t, b, job), `c3 sees ["x"]`)
	if b.Waiting() != 1 {
		t.Errorf("%d wait", b.Waiting())
	}
}

// TestAnEngineWithoutInputIsNotAskedAgain: where a container does not prove that it reads, jobs run in new ones.
func TestAnEngineWithoutInputIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	b, engine, folder := waitingBackend(t, 1, time.Hour)
	engine.deaf = true
	job := jobOn(treeOf(t, "x"))
	b.LetWait(job)
	<-engine.get("c1").gone
	want(t, ran(t, b, job), `c2 sees ["x"]`)
	if err := b.Close(); err != nil || engine.made() != 2 {
		t.Errorf("%d containers were made, %v", engine.made(), err)
	}
	if all, err := os.ReadDir(folder); err != nil || len(all) != 0 {
		t.Errorf("the folder has %v, %v", all, err)
	}
}

// TestWhyContainersDoNotWaitIsSaid: once for each cause.
func TestWhyContainersDoNotWaitIsSaid(t *testing.T) {
	t.Parallel()
	b, engine, _, log := loggingBackend(t, 2, time.Hour)
	job := jobOn(treeOf(t, "x"))
	set := func(mortal, deaf bool) {
		engine.mu.Lock()
		defer engine.mu.Unlock()
		engine.mortal, engine.deaf = mortal, deaf
	}
	for range 2 {
		set(false, false)
		b.LetWait(job)
		set(true, false)
		ran(t, b, job)
		set(false, true)
		b.LetWait(job)
		set(false, false)
		b.LetWait(job)
		engine.dies(engine.get(fmt.Sprintf("c%d", engine.made())))
		waits(t, b, 0)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"it was told its job: it ended before it began", "wait for the container: it ended",
		"wait for a check: the container ended", "remedy="} {
		if n := strings.Count(log.String(), want); n != 1 && want != "remedy=" || n != 3 && want == "remedy=" {
			t.Errorf("%q is said %d times:\n%s", want, n, log)
		}
	}
}

// TestAMuteContainerTakesNoTimeOfItsJob: however short that is, the job has its whole time in a new one.
func TestAMuteContainerTakesNoTimeOfItsJob(t *testing.T) {
	t.Parallel()
	b, engine, _, log := loggingBackend(t, 1, time.Hour)
	job := jobOn(treeOf(t, "x"))
	job.Limits.Deadline = time.Second
	b.LetWait(job)
	engine.mute = true
	r := b.Run(t.Context(), job)
	<-engine.get("c1").gone
	if engine.made() != 2 || !strings.Contains(log.String(), "it was told its job: it is mute") {
		t.Errorf("%d containers were made, ended %s: %s\n%s", engine.made(), r.Ended, r.Why, log)
	}
}

// TestAJobInAContainerThatWaitedHasAnEnd: its time begins with its tool.
func TestAJobInAContainerThatWaitedHasAnEnd(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	job := jobOn(treeOf(t, "x"))
	job.Limits.Deadline = time.Second
	b.LetWait(job)
	engine.mu.Lock()
	engine.hold = make(chan struct{})
	engine.mu.Unlock()
	if r := b.Run(t.Context(), job); r.Ended != sandbox.Deadline {
		t.Errorf("ended %s: %s", r.Ended, r.Why)
	}
}

// TestAHungEngineDoesNotHoldTheEnd: what waits there is left to it.
func TestAHungEngineDoesNotHoldTheEnd(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	b.LetWait(jobOn(treeOf(t, "x")))
	engine.mu.Lock()
	engine.hung = true
	engine.mu.Unlock()
	if err := b.Close(); err == nil || !strings.Contains(err.Error(), "did not answer within") {
		t.Error(err)
	}
}

// TestOthersWaitForOthers: another image and other limits are another container's, and the bound holds for all together.
func TestOthersWaitForOthers(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	job := jobOn(treeOf(t, "x"))
	b.LetWait(job)
	other := job
	other.Limits.Memory++
	want(t, ran(t, b, other), `c2 sees ["x"]`)
	<-engine.get("c1").gone // made room for one of the other's
	for engine.made() < 3 {
		time.Sleep(time.Millisecond)
	}
	waits(t, b, 1)
	other.Image = "tool:2"
	want(t, ran(t, b, other), `c4 sees ["x"]`)
}

// TestContainersDoNotWaitForEver: they end after a time, and when the backend is closed, which jobs outlive.
func TestContainersDoNotWaitForEver(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Nanosecond)
	job := jobOn(treeOf(t, "x"))
	b.LetWait(job)
	<-engine.get("c1").gone

	b, engine, _ = waitingBackend(t, 1, time.Hour)
	b.LetWait(job)
	if err := b.Close(); err != nil || b.Waiting() != 0 {
		t.Errorf("%d wait, %v", b.Waiting(), err)
	}
	<-engine.get("c1").gone
	want(t, ran(t, b, job), `c2 sees ["x"]`)
	if engine.made() != 2 {
		t.Errorf("%d containers were made", engine.made())
	}
}

// TestJobsThatNoContainerWaitsFor run in new ones, and let none wait.
func TestJobsThatNoContainerWaitsFor(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 4, time.Hour)
	fits := jobOn(treeOf(t, "x"))
	large := make([]string, 1000)
	for i := range large {
		large[i] = strconv.Itoa(i)
	}
	for name, change := range map[string]func(*sandbox.Job){
		"a variable that a shell cannot set":   func(j *sandbox.Job) { j.Env = map[string]string{"a.b": "c"} },
		"a variable that rules the shell":      func(j *sandbox.Job) { j.Env = map[string]string{"IFS": "x"} },
		"a tree of too many files and folders": func(j *sandbox.Job) { j.Tree = treeOf(t, large...) },
		"no tree":                              func(j *sandbox.Job) { j.Tree = "/nonexistent" },
	} {
		job := fits
		if change(&job); docker.Fits(job) {
			t.Errorf("%s: a container would wait", name)
		}
		made := engine.made()
		ran(t, b, job)
		if err := b.Close(); err != nil || engine.made() != made+1 {
			t.Errorf("%s: %d containers were made, %v", name, engine.made()-made, err)
		}
	}
	if !docker.Fits(fits) {
		t.Error("no container would wait for a plain job")
	}
}

// TestTheEndIsHeardByTheOutput: an engine that reports ends late is asked when the output has ended, again and again.
func TestTheEndIsHeardByTheOutput(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	engine.silent = true
	job := jobOn(treeOf(t, "x"))
	for i, busy := range []int{0, 3} {
		engine.busy = busy
		want(t, ran(t, b, job), fmt.Sprintf(`c%d sees ["x"]`, i+1))
		waits(t, b, 1)
	}
	if engine.busy != -1 {
		t.Errorf("it was asked %d times less than it takes", engine.busy+1)
	}
}

// TestAClosedOutputIsNoEnd: where the container runs on, the engine's report counts, and the time of the job.
func TestAClosedOutputIsNoEnd(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 0, 0)
	engine.silent, engine.busy = true, 1<<30
	job := jobOn(treeOf(t, "x"))
	job.Limits.Deadline = time.Second
	if r := b.Run(t.Context(), job); r.Ended != sandbox.Deadline {
		t.Errorf("ended %s: %s", r.Ended, r.Why)
	}
	engine.silent = false
	job.Limits = sandbox.DefaultLimits()
	want(t, ran(t, b, job), `c2 sees ["x"]`)
}

// TestAnotherFileSystem: a tree that cannot be linked is shown to a new container.
func TestAnotherFileSystem(t *testing.T) {
	t.Parallel()
	b, engine, _ := waitingBackend(t, 1, time.Hour)
	tree := treeOf(t, "x")
	job := jobOn(tree)
	b.LetWait(job)
	// A name that is taken stands for everything that makes a link fail.
	if err := os.WriteFile(filepath.Join(engine.get("c1").held.Mounts[0].Source, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, ran(t, b, job), `c2 sees ["x"]`)
	<-engine.get("c1").gone
}

// TestWhereContainersWait: only in an absolute folder.
func TestWhereContainersWait(t *testing.T) {
	t.Parallel()
	_, err := docker.New(t.Context(), docker.Options{Host: "unix:///nonexistent", Wait: docker.Wait{Most: 1, Folder: "trees"}})
	if err == nil || !strings.Contains(err.Error(), "is not absolute") {
		t.Error(err)
	}
}

// TestNoneWaitsAnyMore: what a Lintel that was killed left goes, too, where the setting says since that none waits.
func TestNoneWaitsAnyMore(t *testing.T) {
	t.Parallel()
	_, _, folder := waitingBackend(t, 0, time.Hour)
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder of waiting containers is left: %v", err)
	}
}
