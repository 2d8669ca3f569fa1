package tooljobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/settings"
)

// record keeps one run.
type record struct {
	mu     sync.Mutex
	run    checkrun.Run
	cached bool
	result *checkrun.Result
	kept   []checkrun.Answer
	tries  int
	told   int // how often it was said that it runs
	// broken is what EndRuns says instead of keeping a result.
	broken error
}

func (r *record) CheckRun(context.Context, int64) (checkrun.Run, error) {
	if r.run.ID == 0 {
		return r.run, change.ErrNotFound
	}
	return r.run, nil
}

func (r *record) QueuedRun(context.Context, string) (checkrun.Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run.State != checkrun.Queued {
		return checkrun.Run{}, fmt.Errorf("read: %w", change.ErrNotFound)
	}
	return r.run, nil
}

func (r *record) QueueRun(_ context.Context, _ int64, key string, document []byte) (bool, error) {
	r.run.State, r.run.Key, r.run.Job = checkrun.Queued, key, document
	return r.cached, nil
}

func (r *record) EndRun(_ context.Context, _ int64, x checkrun.Result) error {
	r.result = &x
	return nil
}

func (r *record) CountTry(_ context.Context, _ string, by int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries += by; by == 0 {
		r.told++
	}
	return r.tries, nil
}

func (r *record) EndRuns(_ context.Context, _ string, x checkrun.Result) error {
	if r.broken != nil {
		return r.broken
	}
	r.result = &x
	return nil
}

func (r *record) HeadRuns(context.Context, change.Key, string) ([]checkrun.Answer, error) {
	return r.kept, nil
}

func (r *record) Reusable(context.Context, []string) (map[string]checkrun.Result, error) {
	return nil, nil
}

func (r *record) stale() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.State = checkrun.Stale
}

// forest gives trees: by default of three files, in no folder that is there.
type forest struct {
	err    error
	files  []checkplan.Input
	folder string
	names  []string
	open   int
}

func (f *forest) List(context.Context, change.Ref, checkrun.Commit) ([]checkplan.Input, error) {
	if f.files != nil {
		return f.files, f.err
	}
	return []checkplan.Input{{Path: "a.go", Blob: "1"}, {Path: "b.go", Blob: "2"}, {Path: "README.md", Blob: "3"}}, f.err
}

func (f *forest) Get(_ context.Context, _ checkrun.Run, _ checkrun.Commit, names []string) (string, func(), error) {
	if f.err != nil {
		return "", nil, f.err
	}
	f.names, f.open = names, f.open+1
	return cmp.Or(f.folder, "/srv/tree"), func() { f.open-- }, nil
}

// box is a sandbox.
type box struct {
	jobs   []sandbox.Job
	result sandbox.Result
	during func(ctx context.Context)
}

func (b *box) Name() string { return "box" }

func (b *box) Run(ctx context.Context, j sandbox.Job) sandbox.Result {
	b.jobs = append(b.jobs, j)
	if b.during != nil {
		b.during(ctx)
	}
	if ctx.Err() != nil {
		return sandbox.Result{Ended: sandbox.Killed, Why: "the caller gave up", Exit: -1}
	}
	return b.result
}

func set(t *testing.T, text string) settings.Settings {
	t.Helper()
	s, problems := settings.Parse("f", []byte("version: 1\nchecks:\n"+text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

func snapshot() *change.Snapshot {
	return &change.Snapshot{
		Kind: change.Request, Head: change.Rev{SHA: "head"}, Base: change.Rev{SHA: "base"}, MergeBase: "fork", FilesTotal: 1,
		Files: []diff.File{{Path: "a.go", Status: diff.Modified, Mode: "100644", Blob: "1"}},
	}
}

func digest(context.Context, string, string) (string, error) { return "sha256:gofmt", nil }

// wants are the checks that a look wants.
func wants(t *testing.T, r *record, text string, snap *change.Snapshot, by checkplan.Permissions) []checkrun.Want {
	t.Helper()
	w, err := NewWanter(WanterOptions{Results: r, By: by})
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.Add(t.Context(), change.Record{}, snap, set(t, text), false)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// queued is a record with a run that was prepared.
func queued(t *testing.T, text string) *record {
	t.Helper()
	r := &record{}
	all := wants(t, r, text, snapshot(), checkplan.Laptop("bwrap"))
	r.run = checkrun.Run{ID: 1, State: checkrun.Wanted, Check: all[0].Check, Spec: all[0].Spec}
	p, err := NewPreparer(PrepareOptions{Store: r, Trees: &forest{}, Digest: digest})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{}); err != nil || r.result != nil {
		t.Fatal(err, r.result)
	}
	return r
}

func runner(t *testing.T, r *record, f *forest, b *box) *Runner {
	t.Helper()
	x, err := NewRunner(RunOptions{
		Store: r, Trees: f, Backend: b, Digest: digest, Limits: sandbox.DefaultLimits(), Secrets: &redact.Detector{}, Parallel: 1,
		Now: time.Now, Watch: time.Millisecond,
		Places: map[string]Place{"gofmt": {Program: "/usr/bin/gofmt", Path: []string{"/opt"}, Env: map[string]string{"A": "b"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

const gofmt = "- {name: format, tool: gofmt}\n"

// TestRun: the sandbox is given the tool, its files and nothing else; what the tool did is a result, and what the machine
// did is tried again and never silence.
func TestRun(t *testing.T) {
	t.Parallel()
	token := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	for name, c := range map[string]struct {
		result   sandbox.Result
		tree     error
		number   int
		last     bool
		err      bool
		reusable bool
		says     string
	}{
		"clean":            {result: sandbox.Result{Ended: sandbox.Finished}, reusable: true},
		"a crash":          {result: sandbox.Result{Ended: sandbox.Finished, Exit: 2, Stderr: []byte("x\nkey " + token)}, says: "status 2"},
		"too slow":         {result: sandbox.Result{Ended: sandbox.Deadline, Why: "it ran out of time"}, says: "ran out of time"},
		"no sandbox":       {result: sandbox.Refuse("no bwrap"), err: true},
		"no sandbox, last": {result: sandbox.Refuse("no bwrap"), err: true, last: true, says: "no bwrap"},
		"lost":             {result: sandbox.Result{Ended: sandbox.Lost, Why: "its node is gone"}, err: true},
		"lost, last": {result: sandbox.Result{Ended: sandbox.Lost, Why: "its node is gone"}, err: true,
			last: true, says: "node is gone"},
		"lost at a late try":      {result: sandbox.Result{Ended: sandbox.Lost, Why: "its node is gone"}, err: true, number: 7},
		"no sandbox, three times": {result: sandbox.Refuse("no bwrap"), err: true, number: 3},
		"no tree":                 {tree: errors.New("502"), err: true},
		"no tree, last":           {tree: errors.New("502"), err: true, last: true, says: "502"},
		"too large":               {tree: &checkrun.Refused{Why: "it has 9 GiB"}, says: "9 GiB"},
	} {
		r, f, b := queued(t, gofmt), &forest{err: c.tree}, &box{result: c.result}
		err := runner(t, r, f, b).Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{Number: c.number, Last: c.last})
		if (err != nil) != c.err || f.open != 0 {
			t.Errorf("%s: %v, %d trees are not released", name, err, f.open)
		}
		if (r.result == nil) != (c.err && !c.last) {
			t.Errorf("%s: the result is %v", name, r.result)
			continue
		}
		if r.result == nil {
			continue
		}
		problem := r.result.Report.Problem
		if r.result.Reusable != c.reusable || (problem == "") != (c.says == "") || !strings.Contains(problem, c.says) ||
			strings.Contains(problem, token) || r.result.Report.Kind != report.LintKind {
			t.Errorf("%s: %+v", name, r.result)
		}
		if c.tree == nil {
			j := b.jobs[0]
			if !slices.Equal(j.Argv, []string{"/usr/bin/gofmt", "-d", "./a.go"}) || j.Tree != "/srv/tree" || len(j.Env) != 2 ||
				j.Env["A"] != "b" || !strings.HasPrefix(j.Env["PATH"], "/opt:") || !slices.Equal(f.names, []string{"a.go"}) {
				t.Errorf("%s: %+v, of the files %q", name, j, f.names)
			}
		}
	}
}

// TestUnwanted: a check for which nobody waits any more is killed, and has no result; the same key never runs twice at once.
func TestUnwanted(t *testing.T) {
	t.Parallel()
	r, f := queued(t, gofmt), &forest{}
	b := &box{}
	x := runner(t, r, f, b)
	b.during = func(ctx context.Context) {
		var later *job.Later
		if err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{}); !errors.As(err, &later) {
			t.Errorf("it runs twice at once: %v", err)
		}
		r.stale()
		<-ctx.Done()
	}
	if err := x.Run(t.Context(), job.RunCheck{Key: r.run.Key}, job.Attempt{}); err != nil || r.result != nil {
		t.Errorf("%v, %v", err, r.result)
	}
	if err := x.Run(t.Context(), job.RunCheck{Key: "k"}, job.Attempt{}); err != nil || len(b.jobs) != 1 {
		t.Errorf("what nobody waits for runs: %v", err)
	}
	r = queued(t, gofmt)
	x = runner(t, r, f, b)
	ctx, stop := context.WithCancel(t.Context())
	b.during = func(context.Context) { stop() }
	if err := x.Run(ctx, job.RunCheck{Key: "k"}, job.Attempt{}); err == nil || r.result != nil {
		t.Errorf("a server that stops makes a result: %v, %v", err, r.result)
	}
}

// TestPrepare: what cannot be run says why, and what passes is tried again.
func TestPrepare(t *testing.T) {
	t.Parallel()
	all := wants(t, &record{}, gofmt, snapshot(), checkplan.Laptop("bwrap"))
	for name, c := range map[string]struct {
		err   error
		last  bool
		spec  string
		state checkrun.State
		says  string
	}{
		"well":            {},
		"too large":       {err: &checkrun.Refused{Why: "it has 9 GiB"}, says: "9 GiB"},
		"denied":          {err: &change.Refused{What: "no permission"}, says: "no permission"},
		"down":            {err: errors.New("502")},
		"down, last":      {err: errors.New("502"), last: true, says: "re-check"},
		"another version": {spec: "{}", says: "another version"},
		"stale":           {err: errors.New("502"), state: checkrun.Stale},
	} {
		r := &record{run: checkrun.Run{ID: 1, State: checkrun.Wanted, Spec: all[0].Spec}}
		if c.spec != "" {
			r.run.Spec = []byte(c.spec)
		}
		if c.state != "" {
			r.run.State = c.state
		}
		p, err := NewPreparer(PrepareOptions{Store: r, Trees: &forest{err: c.err}, Digest: digest})
		if err != nil {
			t.Fatal(err)
		}
		err = p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{Last: c.last})
		said := ""
		if r.result != nil {
			said = r.result.Report.Problem
		}
		if retry := c.err != nil && c.says == "" && c.state == "" || c.last; (err != nil) != retry ||
			!strings.Contains(said, c.says) ||
			(said == "") != (c.says == "") {
			t.Errorf("%s: %v, %q", name, err, said)
		}
	}
}

// TestAdd: results are added to the snapshot that they are for, what may not run says why, and a fork waits for somebody
// who may push.
func TestAdd(t *testing.T) {
	t.Parallel()
	r := &record{}
	first := wants(t, r, gofmt, snapshot(), checkplan.Laptop("bwrap"))
	if again := wants(t, r, gofmt, snapshot(), checkplan.Laptop("bwrap")); len(first) != 1 || again[0].Scope != first[0].Scope {
		t.Errorf("%v, %v", first, again)
	}
	mild := wants(t, r, "- {name: format, tool: gofmt, mode: warn, required: true}\n", snapshot(), checkplan.Laptop("bwrap"))
	moved := snapshot()
	moved.Files[0].Blob = "2"
	if mild[0].Scope != first[0].Scope || wants(t, r, gofmt, moved, checkplan.Laptop("bwrap"))[0].Scope == first[0].Scope {
		t.Error("the scope is that of what runs, and of nothing else")
	}
	r.kept = []checkrun.Answer{{
		Run:    checkrun.Run{Check: "format", Scope: first[0].Scope, Cached: true},
		Result: &checkrun.Result{Reusable: true, Report: report.Report{Kind: report.LintKind, Check: "another"}},
	}}
	snap := snapshot()
	wants(t, r, gofmt, snap, checkplan.Laptop("bwrap"))
	if len(snap.Reports) != 1 || snap.Reports[0].Check != "format" || !snap.Reports[0].Cached {
		t.Errorf("%+v", snap.Reports)
	}
	if wants(t, r, gofmt, moved, checkplan.Laptop("bwrap")); len(moved.Reports) != 0 {
		t.Errorf("other files have the result %+v", moved.Reports)
	}
	group := snapshot()
	group.Group = &change.Group{Number: 7, Head: "merged"}
	if all := wants(t, r, gofmt, group, checkplan.Laptop("bwrap")); all != nil || len(group.Reports) != 1 {
		t.Errorf("a merge group wants %v and has %+v", all, group.Reports)
	}
	off := snapshot()
	if all := wants(t, r, gofmt, off, checkplan.Permissions{}); len(all) != 0 || len(off.Reports) != 1 ||
		off.Reports[0].Problem == "" {
		t.Errorf("%v, %+v", all, off.Reports)
	}
	w, err := NewWanter(WanterOptions{Results: r})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := w.Add(t.Context(), change.Record{}, snapshot(), settings.Settings{}, false); all != nil || err != nil {
		t.Error(all, err)
	}
	by := checkplan.Laptop("bwrap")
	by.Forks = checkplan.Approved
	yes, no := true, false
	for name, c := range map[string]struct {
		reviews []change.Review
		want    int
	}{
		"nobody":                {},
		"a stranger":            {reviews: []change.Review{{State: change.Approved, Commit: "head", CanWrite: &no}}},
		"somebody who may push": {reviews: []change.Review{{State: change.Approved, Commit: "head", CanWrite: &yes}}, want: 1},
		"an older head":         {reviews: []change.Review{{State: change.Approved, Commit: "old", CanWrite: &yes}}},
		"taken back": {reviews: []change.Review{
			{State: change.Approved, Commit: "head", CanWrite: &yes}, {State: change.ChangesRequested, CanWrite: &yes},
		}},
		"a comment changes nothing": {reviews: []change.Review{{State: change.Approved, Commit: "head", CanWrite: &yes},
			{State: change.Commented, CanWrite: &yes}}, want: 1},
	} {
		snap := snapshot()
		snap.Fork, snap.Reviews = true, c.reviews
		if all := wants(t, r, gofmt, snap, by); len(all) != c.want {
			t.Errorf("%s: %v", name, all)
		}
	}
	let := snapshot()
	let.Fork = true
	asked, err := NewWanter(WanterOptions{Results: r, By: by})
	if err != nil {
		t.Fatal(err)
	}
	for _, pressed := range []bool{false, true} {
		let.Unapproved = nil
		all, err := asked.Add(t.Context(), change.Record{}, let, set(t, gofmt), pressed)
		if err != nil || (len(all) == 1) != pressed || (len(let.Unapproved) == 1) == pressed {
			t.Errorf("the button is pressed: %v; %v, waiting %v, %v", pressed, all, let.Unapproved, err)
		}
	}
	var s spec
	if err := json.Unmarshal(wants(t, r, "- {name: all, tool: go vet, inputs: merged}\n", snapshot(), checkplan.Laptop("bwrap"))[0].Spec,
		&s); err != nil ||
		s.Commit != (checkrun.Commit{Head: "head", Base: "base", MergeBase: "fork"}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPartsAreChecked: each constructor names what is missing.
func TestPartsAreChecked(t *testing.T) {
	t.Parallel()
	_, wanter := NewWanter(WanterOptions{})
	_, preparer := NewPreparer(PrepareOptions{Store: &record{}})
	_, run := NewRunner(RunOptions{Store: &record{}, Trees: &forest{}})
	for want, err := range map[string]error{"Results": wanter, "Trees": preparer, "Backend": run} {
		if err == nil || !strings.Contains(err.Error(), "it has no "+want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
