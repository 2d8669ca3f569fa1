package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/tooljobs"
)

// backlog is checks that wait, in memory, and the folder of their files.
type backlog struct {
	mu     sync.Mutex
	runs   map[string]checkrun.Run
	wanted checkrun.Run
	folder string
	files  []checkplan.Input
	failed []string
}

func (q *backlog) CheckRun(context.Context, int64) (checkrun.Run, error) { return q.wanted, nil }

func (q *backlog) QueueRun(_ context.Context, _ int64, key string, document []byte) (bool, error) {
	run := q.wanted
	run.State, run.Key, run.Job = checkrun.Queued, key, document
	q.runs[key] = run
	return false, nil
}

func (q *backlog) EndRun(_ context.Context, _ int64, r checkrun.Result) error {
	return errors.New(r.Report.Problem)
}

func (q *backlog) QueuedRun(_ context.Context, key string) (checkrun.Run, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	run, ok := q.runs[key]
	if !ok {
		return run, change.ErrNotFound
	}
	return run, nil
}

func (q *backlog) CountTry(context.Context, string, int) (int, error) { return 1, nil }

func (q *backlog) EndRuns(_ context.Context, key string, r checkrun.Result) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.runs, key)
	if r.Report.Problem != "" {
		q.failed = append(q.failed, r.Report.Problem)
	}
	return nil
}

func (q *backlog) HeadRuns(context.Context, change.Key, string) ([]checkrun.Answer, error) {
	return nil, nil
}

func (q *backlog) Reusable(context.Context, []string) (map[string]checkrun.Result, error) {
	return nil, nil
}

func (q *backlog) List(context.Context, change.Ref, checkrun.Commit) ([]checkplan.Input, error) {
	return q.files, nil
}

func (q *backlog) Get(context.Context, checkrun.Run, checkrun.Commit, []string) (string, func(), error) {
	return q.folder, func() {}, nil
}

// queuedChecks runs checks that wait on two cores, and the same programs by GNU parallel, or xargs where that is missing.
func (b *bench) queuedChecks(ctx context.Context) error {
	const cores = 2
	n := b.size(100, 12)
	q, names, err := b.backlog(ctx, n)
	if err != nil {
		return err
	}
	backend, err := bwrap.New(bwrap.Options{})
	if err != nil {
		return err
	}
	gofmt, err := exec.LookPath("gofmt")
	if err != nil {
		return err
	}
	digest := func(context.Context, string, string) (string, error) { return "bench", nil }
	runner, err := tooljobs.NewRunner(tooljobs.RunOptions{
		Store: q, Trees: q, Backend: backend, Places: map[string]tooljobs.Place{"gofmt": {Program: gofmt}}, Digest: digest,
		By: checkplan.Laptop(
			"bwrap",
		), Limits: sandbox.DefaultLimits(), Secrets: &redact.Detector{}, Parallel: cores, Now: time.Now,
	})
	if err != nil {
		return err
	}
	keys := make([]string, 0, n)
	for key := range q.runs {
		keys = append(keys, key)
	}
	how := []string{"parallel", "-j2", "gofmt", "-d", ":::"}
	if _, err := exec.LookPath(how[0]); err != nil {
		how = []string{"xargs", "-P2", "-n1", "gofmt", "-d"}
	}
	bare := exec.CommandContext(ctx, how[0], how[1:]...)
	if bare.Dir = q.folder; how[0] == "xargs" {
		bare.Stdin = strings.NewReader(strings.Join(names, "\n"))
	} else {
		bare.Args = append(bare.Args, names...)
	}
	start := time.Now()
	if out, err := bare.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		return fmt.Errorf("run gofmt by %s: %w\n%.300s", how[0], err, out)
	}
	peer := time.Since(start)
	start = time.Now()
	errs := make([]error, n)
	var running sync.WaitGroup
	for i, key := range keys {
		running.Go(func() { errs[i] = runner.Run(ctx, job.RunCheck{Key: key}, job.Attempt{Last: true}) })
	}
	running.Wait()
	took := time.Since(start)
	if err := errors.Join(errs...); err != nil || len(q.failed) > 0 || len(q.runs) > 0 {
		return fmt.Errorf("run %d checks: %w, %d are left, and %q", n, err, len(q.runs), q.failed)
	}
	lost := 100 * (took.Seconds() - peer.Seconds()) / took.Seconds()
	b.table.add(row{
		What:     fmt.Sprintf("%d queued checks on %d cores, in sandboxes", n, cores),
		Measured: fmt.Sprintf("%s, %.0f %% less throughput than bare", ms(took), lost),
		Bar:      "<= 10 % less",
		Peer:     how[0] + " " + ms(peer),
		Verdict:  judge(lost <= 10),
		Values:   map[string]float64{"lost_percent": lost, "ms": inMS(took), "peer_ms": inMS(peer)},
		Notes:    []string{fmt.Sprintf("gofmt of 1.5 MB each, %s a run on a core of its own", ms(peer*cores/time.Duration(n)))},
	})
	return nil
}

// backlog prepares a check for each of so many files of its own.
func (b *bench) backlog(ctx context.Context, n int) (q *backlog, names []string, err error) {
	q = &backlog{runs: map[string]checkrun.Run{}}
	if q.folder, err = os.MkdirTemp(b.dir, "queued-"); err == nil {
		err = os.Chmod(q.folder, 0o755) //nolint:gosec // jobs run as other users
	}
	if err != nil {
		return nil, nil, err
	}
	body := "package a\n\n" + strings.Repeat("func _() {\n\tvar x = compute(1, 2)\n\t_ = x\n}\n\n", 30_000)
	set, problems := settings.Parse("bench", []byte("version: 1\nchecks:\n- {name: format, tool: gofmt}\n"), nil)
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("read the settings: %v", problems)
	}
	wanter, err := tooljobs.NewWanter(tooljobs.WanterOptions{Results: q, By: checkplan.Laptop("bwrap")})
	if err != nil {
		return nil, nil, err
	}
	preparer, err := tooljobs.NewPreparer(tooljobs.PrepareOptions{Store: q, Trees: q,
		Digest: func(context.Context, string, string) (string, error) { return "bench", nil }})
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		name := fmt.Sprintf("f%03d.go", i)
		//nolint:gosec // as above
		if err := os.WriteFile(filepath.Join(q.folder, name), []byte(strings.TrimSuffix(body, "\n")), 0o644); err != nil {
			return nil, nil, err
		}
		names, q.files = append(names, name), []checkplan.Input{{Path: name, Blob: fmt.Sprint(i)}}
		wants, err := wanter.Add(ctx, change.Record{}, &change.Snapshot{
			Kind: change.Request, Head: change.Rev{SHA: "head"}, FilesTotal: 1,
			Files: []diff.File{{Path: name, Status: diff.Modified, Mode: "100644"}},
		}, set, false)
		if err != nil {
			return nil, nil, err
		}
		q.wanted = checkrun.Run{ID: int64(i + 1), State: checkrun.Wanted, Check: "format", Spec: wants[0].Spec}
		if err := preparer.Prepare(ctx, job.PrepareCheck{Run: q.wanted.ID}, job.Attempt{}); err != nil {
			return nil, nil, err
		}
	}
	return q, names, nil
}
