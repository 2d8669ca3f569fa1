package tooljobs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/sandbox"
)

// TestLost: a check that is lost three times ends and says so, whichever process lost it, and also where its result could
// not be kept at once; faults of the forge in between are no losses.
func TestLost(t *testing.T) {
	t.Parallel()
	r, f := queued(t, gofmt), &forest{}
	b := &box{result: sandbox.Result{Ended: sandbox.Lost, Why: "the end of its output is missing"}}
	for number, fault := range []error{errors.New("502"), nil, errors.New("502"), nil, errors.New("502"), nil, nil} {
		f.err, r.broken = fault, nil
		if number == 5 {
			r.broken = errors.New("the disk is full")
		}
		err := runner(t, r, f, b).Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{Number: number + 1})
		if over := number == 6; (err == nil) != over || (r.result != nil) != over {
			t.Fatalf("try %d: %v, %+v", number+1, err, r.result)
		}
	}
	why := r.result.Report.Problem
	if r.result.Reusable || !strings.Contains(why, "or lost it; ask for a re-check") || len(b.jobs) != 3 {
		t.Errorf("after %d runs: %+v", len(b.jobs), r.result)
	}
}

// TestDrainsAreNoLosses: a check during which processes stop in order is begun again however often that is, also where they
// are over before the sandbox is cleared.
func TestDrainsAreNoLosses(t *testing.T) {
	r, f := queued(t, gofmt), &forest{}
	synctest.Test(t, func(t *testing.T) {
		for n := range 2 * lostTries {
			ctx, stop := context.WithCancel(t.Context())
			b := &box{during: func(context.Context) {
				stop()
				synctest.Wait()
				if n%2 == 0 {
					runtime.Goexit() // nothing of the process comes after it
				}
			}}
			over := make(chan struct{})
			go func() {
				defer close(over)
				if err := runner(t, r, f, b).Run(ctx, job.RunCheck{Key: r.run.Key}, job.Attempt{Number: 1}); err == nil {
					t.Error("a check that was stopped is done")
				}
			}()
			<-over
			if len(b.jobs) != 1 || r.result != nil || r.tries != 0 {
				t.Fatalf("stop %d: %d runs, %d tries, %+v", n+1, len(b.jobs), r.tries, r.result)
			}
		}
	})
}

// TestRunsLong: a check that runs says so each minute, so that no other process begins it.
func TestRunsLong(t *testing.T) {
	r, f := queued(t, gofmt), &forest{}
	synctest.Test(t, func(t *testing.T) {
		b := &box{during: func(context.Context) { time.Sleep(10*time.Minute + time.Second) }}
		x := runner(t, r, f, b)
		x.o.Watch = time.Second
		err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{Number: 1})
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || r.told != 10 || r.tries != 1 {
			t.Errorf("it said %d times in ten minutes that it runs, %d tries: %v", r.told, r.tries, err)
		}
	})
}

// TestEndsItsProcess: a check with which three processes end is not begun a fourth time, and says so.
func TestEndsItsProcess(t *testing.T) {
	t.Parallel()
	r, f := queued(t, gofmt), &forest{}
	for range lostTries {
		b := &box{during: func(context.Context) { runtime.Goexit() }} // nothing of the process comes after it
		over := make(chan struct{})
		go func() {
			defer close(over)
			_ = runner(t, r, f, b).Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{Number: 1})
		}()
		<-over
		if len(b.jobs) != 1 || r.result != nil {
			t.Fatalf("%d runs, %+v", len(b.jobs), r.result)
		}
	}
	b := &box{}
	err := runner(t, r, f, b).Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{Number: 1})
	if err != nil || len(b.jobs) != 0 || r.result == nil || !strings.Contains(r.result.Report.Problem,
		"it began 3 times, and each time Lintel ended or was killed while it ran, or lost it; ask for a re-check") {
		t.Errorf("%v, %d runs, %+v", err, len(b.jobs), r.result)
	}
}

// crowd are runs of several connections that wait.
type crowd struct {
	record
	of map[string]int64
}

func (c *crowd) QueuedRun(_ context.Context, key string) (checkrun.Run, error) {
	run := c.run
	run.Key, run.Ref.Connection = key, c.of[key]
	return run, nil
}

func (c *crowd) CountTry(context.Context, string, int) (int, error) { return 1, nil }

func (c *crowd) EndRuns(context.Context, string, checkrun.Result) error { return nil }

// gate is a sandbox whose jobs run until they are let go, one by one. Trees tell it whose they are.
type gate struct {
	mu      sync.Mutex
	running int
	most    int
	begun   []int64
	end     chan struct{}
}

func (g *gate) List(context.Context, change.Ref, checkrun.Commit) ([]checkplan.Input, error) {
	return nil, nil
}

func (g *gate) Get(_ context.Context, run checkrun.Run, _ checkrun.Commit, _ []string) (string, func(), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.begun = append(g.begun, run.Ref.Connection)
	return "/srv/tree", func() {}, nil
}

func (g *gate) Name() string { return "gate" }

func (g *gate) Run(context.Context, sandbox.Job) sandbox.Result {
	g.mu.Lock()
	g.running++
	g.most = max(g.most, g.running)
	g.mu.Unlock()
	<-g.end
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	return sandbox.Result{Ended: sandbox.Finished}
}

// TestTurns: as many checks run at once as there are places, and connections take turns: the single check of one is the next
// that begins, however many of another one wait for longer.
func TestTurns(t *testing.T) {
	r := queued(t, gofmt)
	synctest.Test(t, func(t *testing.T) {
		const places, flood = 2, 12
		c, g := &crowd{of: map[string]int64{}}, &gate{end: make(chan struct{})}
		c.run = r.run
		x, err := NewRunner(RunOptions{Store: c, Trees: g, Backend: g, Digest: digest, Limits: sandbox.DefaultLimits(),
			Secrets: &redact.Detector{}, Parallel: places, Now: time.Now, Watch: time.Hour,
			Places: map[string]Place{"gofmt": {Program: "/usr/bin/gofmt"}}})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		run := func(key string) {
			all.Go(func() {
				if err := x.Run(t.Context(), job.RunCheck{Key: key}, job.Attempt{Number: 1}); err != nil {
					t.Error(err)
				}
			})
		}
		for n := range flood {
			c.of[fmt.Sprint(n)] = 1
		}
		c.of["single"] = 2
		for n := range flood {
			run(fmt.Sprint(n))
		}
		synctest.Wait()
		run("single")
		synctest.Wait()
		for range flood + 1 {
			g.end <- struct{}{}
			synctest.Wait()
		}
		all.Wait()
		if g.most != places || len(g.begun) != flood+1 {
			t.Errorf("%d of %d checks ran at once, want %d", g.most, len(g.begun), places)
		}
		// One of those that waited before may be handed the place that was free first.
		if g.begun[places] != 2 && g.begun[places+1] != 2 {
			t.Errorf("they began in the order of the connections %v", g.begun)
		}
	})
}
