package tooljobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/toolcall"
	"github.com/lintel-review/lintel/internal/turns"
)

// RunStore keeps runs that are queued.
type RunStore interface {
	QueuedRun(ctx context.Context, key string) (checkrun.Run, error)
	// CountTry adds to the tries of the runs that wait for a key, and returns the most that one of them has then. Runs that
	// are counted, be it by 0, do not stand still.
	CountTry(ctx context.Context, key string, by int) (tries int, err error)
	EndRuns(ctx context.Context, key string, r checkrun.Result) error
}

// Place is where a tool of this machine lies.
type Place struct {
	Program string
	Path    []string
	Env     map[string]string
}

// RunOptions are what a Runner needs. Every field but Files and Observe is required.
type RunOptions struct {
	Store RunStore
	// Files keeps results by file (nil: every file is looked at anew).
	Files   FileStore
	Trees   Trees
	Backend sandbox.Backend
	// Places are the tools of this machine, for checks without an image.
	Places map[string]Place
	// Digest is as in PrepareOptions.
	Digest func(ctx context.Context, tool, image string) (string, error)
	// By is what this machine allows and has, whoever else allowed a check.
	By checkplan.Permissions
	// Limits hold every check; its own time, processors and memory come from the settings.
	Limits  sandbox.Limits
	Secrets *redact.Detector
	// Parallel is how many checks run at once.
	Parallel int
	Now      func() time.Time
	// Watch is how often it is asked whether anybody still waits for a check that runs (0: a second).
	Watch time.Duration
	// Observe is called after each run (nil: nobody is).
	Observe func(context.Context, Ended)
}

// Runner runs checks in a sandbox. It has the record, the trees and the sandbox, and nothing else that reaches a forge.
type Runner struct {
	o     RunOptions
	turns *turns.Turns
	mu    sync.Mutex
	runs  map[string]bool
}

// NewRunner checks that nothing is missing.
func NewRunner(o RunOptions) (*Runner, error) {
	if o.Watch == 0 {
		o.Watch = time.Second
	}
	return &Runner{o: o, turns: turns.New(o.Parallel, o.Parallel), runs: map[string]bool{}}, check("runner",
		need{"Store", o.Store != nil}, need{"Trees", o.Trees != nil}, need{"Backend", o.Backend != nil},
		need{"Digest", o.Digest != nil},
		need{"Secrets", o.Secrets != nil}, need{"Parallel", o.Parallel > 0}, need{"Now", o.Now != nil})
}

// busy is how long a job waits that the queue started twice, because its check runs for longer than the queue expects.
const busy = time.Minute

// lostTries is how many tries a check has that are lost: code in a pod can bring that about, and so may code that ends the
// process which runs it. It would keep places busy, and machines ending. Faults of the forge or the machine do not count.
const lostTries = 3

// lostError is an end that the sandbox's machine brought about, or the tool under its name.
type lostError struct{ check, why string }

func (e *lostError) Error() string { return fmt.Sprintf("run %s to its end: %s", e.check, e.why) }

// errUnwanted ends a check for which nobody waits any more.
var errUnwanted = errors.New("nobody waits for the check any more")

// Run runs the check of a key. Only what the machine or the forge did wrong is retried; what the tool did is a result.
func (r *Runner) Run(ctx context.Context, args job.RunCheck, attempt job.Attempt) error {
	if !r.begin(args.Key) {
		return &job.Later{After: busy}
	}
	defer r.end(args.Key)
	run, o, err := r.order(ctx, args.Key)
	if err != nil || run.ID == 0 {
		return err
	}
	if known, err := r.known(ctx, run, o); err != nil || known {
		return err
	}
	release, _, err := r.turns.Acquire(ctx, run.Ref.Connection)
	if err != nil {
		return err
	}
	defer release()
	// What was wanted may have changed while others had their turns.
	run, o, err = r.order(ctx, args.Key)
	if err != nil || run.ID == 0 {
		return err
	}
	// It is written down before it begins: a machine that ends with it says nothing afterwards.
	tries, err := r.o.Store.CountTry(ctx, args.Key, 1)
	if err != nil {
		return err
	}
	// Neither is what this process ends a loss: it is taken back at once, since it may be over before the sandbox is cleared.
	takeBack := sync.OnceValue(func() error {
		_, err := r.o.Store.CountTry(context.WithoutCancel(ctx), args.Key, -1)
		return err
	})
	running := context.AfterFunc(ctx, func() { _ = takeBack() })
	start := r.o.Now()
	result, err := r.try(ctx, run, o, tries)
	cancelled := !running()
	ended := Ended{Run: run, Outcome: "ran", Took: r.o.Now().Sub(start)}
	gone, lost := errors.AsType[*lostError](err)
	if lost && tries >= lostTries {
		result, err = failed(o.Check, string(sandbox.Lost), gone.Error()+"; ask for a re-check"), nil
	}
	switch {
	case errors.Is(err, errUnwanted):
		ended.Outcome, err = "stale", nil
	case err != nil && !attempt.Last:
		ended.Outcome = "retry"
	case err != nil:
		ended.Outcome = "failed"
		end := r.o.Store.EndRuns(context.WithoutCancel(ctx), args.Key, failed(o.Check, "unstartable",
			"the machine could not run it ("+err.Error()+"); ask for a re-check"))
		err = errors.Join(err, end)
	default:
		if result.Report.Problem != "" {
			ended.Outcome = "failed"
		}
		err = r.o.Store.EndRuns(ctx, args.Key, result)
	}
	if cancelled || err != nil && !lost {
		err = errors.Join(err, takeBack())
	}
	if r.o.Observe != nil {
		r.o.Observe(ctx, ended)
	}
	return err
}

// known ends a run of which every file's part is known: it takes no turn and starts nothing.
func (r *Runner) known(ctx context.Context, run checkrun.Run, o order) (bool, error) {
	item, err := o.item()
	if err != nil {
		return false, nil //nolint:nilerr // try says so in its turn
	}
	files, err := r.files(ctx, item, o)
	if err != nil || files == nil || len(files.missing()) > 0 {
		return false, err
	}
	result := checkrun.Result{Ended: string(sandbox.Finished), Tool: o.Tool, Reusable: true}
	var ok bool
	if result.Report, ok = files.report(item, files.known); !ok {
		return false, nil
	}
	if err := r.o.Store.EndRuns(ctx, run.Key, result); err != nil {
		return false, err
	}
	if r.o.Observe != nil {
		r.o.Observe(ctx, Ended{Run: run, Outcome: "cached"})
	}
	return true, nil
}

func (r *Runner) begin(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs[key] {
		return false
	}
	r.runs[key] = true
	return true
}

func (r *Runner) end(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.runs, key)
}

// order reads what is to be run. The run is zero when nobody waits for it, or its order cannot be read and that was said.
func (r *Runner) order(ctx context.Context, key string) (checkrun.Run, order, error) {
	run, err := r.o.Store.QueuedRun(ctx, key)
	if errors.Is(err, change.ErrNotFound) {
		return checkrun.Run{}, order{}, nil
	}
	if err != nil {
		return run, order{}, err
	}
	o, ok := read[order](run.Job)
	if !ok {
		return checkrun.Run{}, o, r.o.Store.EndRuns(ctx, key, failed(o.Check, "unstartable",
			"it was prepared by another version of Lintel; ask for a re-check"))
	}
	return run, o, nil
}

// try runs a check once, if it was not lost too often. Its error is the machine's or the forge's; errUnwanted ends it
// without a result.
func (r *Runner) try(ctx context.Context, run checkrun.Run, o order, tries int) (checkrun.Result, error) {
	if tries > lostTries {
		return checkrun.Result{}, &lostError{o.Check.Name,
			fmt.Sprintf("it began %d times, and each time Lintel ended or was killed while it ran, or lost it", lostTries)}
	}
	item, err := o.item()
	if err != nil {
		return failed(o.Check, "unstartable", err.Error()), nil
	}
	item, refused := r.o.By.Hold(item)
	if refused != "" {
		return failed(o.Check, "unallowed", refused), nil
	}
	call, refused := r.call(item, o)
	if refused != "" {
		return failed(o.Check, "unallowed", refused), nil
	}
	files, err := r.files(ctx, item, o)
	if err != nil {
		return checkrun.Result{}, err
	}
	result, again, err := r.once(ctx, run, item, o, call, files)
	if again {
		// What it said of the missing files cannot be put together with what is known.
		files.known = map[string][]report.LintFinding{}
		result, _, err = r.once(ctx, run, item, o, call, files)
	}
	return result, err
}

// once runs the call on the files of which nothing is known; again says that it has to be run on all.
func (r *Runner) once(ctx context.Context, run checkrun.Run, item checkplan.Item, o order, call toolcall.Call, files *byFile) (
	result checkrun.Result, again bool, err error) {
	names := o.Names
	if files != nil {
		names, call.Files = files.names(o), files.missing()
	}
	folder, release, err := r.o.Trees.Get(ctx, run, o.Commit, names)
	if final, ok := errors.AsType[*checkrun.Refused](err); ok {
		return failed(o.Check, "unallowed", final.Why), false, nil
	}
	if err != nil {
		return checkrun.Result{}, false, err
	}
	defer release()
	call.Tree = folder
	watched, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.watch(watched, run.Key, stop)
	}()
	got := r.o.Backend.Run(watched, call.Job())
	err = context.Cause(watched)
	// Nobody asks the record of a run that is over.
	stop(nil)
	<-ended
	if err != nil {
		return checkrun.Result{}, false, err
	}
	switch got.Ended {
	case sandbox.Unstartable:
		return checkrun.Result{}, false, fmt.Errorf("start the sandbox of %s: %s", o.Check.Name, got.Why)
	case sandbox.Lost:
		return checkrun.Result{}, false, &lostError{o.Check.Name, got.Why}
	}
	result = checkrun.Result{Ended: string(got.Ended), Tool: o.Tool, Took: got.Wall, Report: toolcall.Result(item, got, r.o.Secrets)}
	result.Reusable = got.Ended == sandbox.Finished && result.Report.Problem == ""
	if !result.Reusable {
		return result, false, nil
	}
	// Another tool than the one in the key may have run, where it was upgraded meanwhile.
	digest, err := r.o.Digest(ctx, item.Check.Tool, item.Image)
	result.Reusable = err == nil && digest == o.Tool
	if files == nil {
		return result, false, nil
	}
	whole, parts, ok := files.join(item, result.Report.Lint)
	if !ok {
		return result, len(files.known) > 0, nil
	}
	result.Report = whole
	if result.Reusable {
		err = r.keep(ctx, item, o, folder, files, parts)
	}
	return result, false, err
}

// call is the call of an order, without its tree; refused says why this machine cannot make it.
func (r *Runner) call(item checkplan.Item, o order) (call toolcall.Call, refused string) {
	call = toolcall.Of(item, "", o.Tree, r.o.Limits)
	if item.Image != "" {
		return call, ""
	}
	place, ok := r.o.Places[item.Check.Tool]
	if !ok {
		return call, fmt.Sprintf("the machine that runs checks does not have %s", item.Check.Tool)
	}
	call.Tool.Argv[0], call.Path, call.Env = place.Program, place.Path, place.Env
	return call, ""
}

// watch stops a check when nobody waits for it any more, and says each minute that it runs: else it is queued again after some
// time, and each process that begins it then counts as a try. A record that cannot be read stops nothing.
func (r *Runner) watch(ctx context.Context, key string, stop context.CancelCauseFunc) {
	told := r.o.Now()
	tick := time.NewTicker(r.o.Watch)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := r.o.Store.QueuedRun(ctx, key); errors.Is(err, change.ErrNotFound) {
			stop(errUnwanted)
			return
		}
		if now := r.o.Now(); now.Sub(told) >= busy {
			told = now
			_, _ = r.o.Store.CountTry(ctx, key, 0) // the next minute says it again
		}
	}
}
