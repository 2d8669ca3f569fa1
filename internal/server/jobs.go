package server

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/queue"
)

// kinds are the jobs that this server works on: looks, scans, and the steps of advice that it does. alone says that no other process asks a model.
func (s *Server) kinds(steps map[advice.Step]step, alone bool) ([]queue.Kind, error) {
	c, o := s.config, s.options
	worker, err := lookjobs.New(lookjobs.Options{
		DB:              s.store.Writer(),
		Record:          s.store,
		Jobs:            s.jobs,
		Handler:         handler{s},
		Log:             o.Log,
		Now:             o.Now,
		Workers:         c.Workers.Total,
		PerInstallation: c.Workers.PerInstallation,
		Debounce:        c.Workers.Gather.Span(),
		GroupDeadline:   cmp.Or(o.GroupDeadline, groupDeadline),
		Timeout:         60 * time.Second,
		LeastWait:       o.Pace,
		Observe:         s.ended,
	})
	if err != nil {
		return nil, err
	}
	look := func(ctx context.Context, args job.Look, run *queue.Run) error { return worker.Look(ctx, args, run) }
	scan := func(ctx context.Context, args job.Scan, _ *queue.Run) error { return worker.Scan(ctx, args) }
	kinds := []queue.Kind{
		// More jobs are taken than may run: the worker decides among those taken which runs next.
		queue.Do(job.Look{}.Queue(), 4*c.Workers.Total, look),
		queue.Do(job.SweepQueue, 4, scan),
	}
	if len(steps) == 0 {
		return kinds, nil
	}
	kinds = append(kinds, queue.Do(job.StepQueue, 4, runSteps(steps, o.Log)))
	if ask := steps[advice.Ask]; ask != nil {
		kinds = append(kinds, askKind(ask, c.Advice.Askers, alone, o.Log))
	}
	return kinds, nil
}

// askKind is the kind of the jobs that ask a model.
func askKind(ask step, askers int, alone bool, log *slog.Logger) queue.Kind {
	kind := queue.Do(job.AskQueue, askers, runSteps(map[advice.Step]step{advice.Ask: ask}, log))
	if alone {
		return kind
	}
	return kind.Shared()
}

// runSteps works on jobs of the steps.
func runSteps(steps map[advice.Step]step, log *slog.Logger) func(context.Context, job.Advise, *queue.Run) error {
	return func(ctx context.Context, args job.Advise, run *queue.Run) error {
		do := steps[args.Step]
		if do == nil {
			return &job.Later{After: time.Second} // another process does it
		}
		return do.run(ctx, log, args, run.Attempt())
	}
}

// askTimeout bounds a step that asks a model, forgeTimeout one that asks the forge. Both must be shorter than what the queue takes for a stuck job.
const (
	askTimeout   = 8 * time.Minute
	forgeTimeout = time.Minute
)

// step does one step of a consult. With again above 0 it is tried again after that time; an error is a fault of ours, such as a full disk, and is tried
// again at the queue's pace. What a model or a forge does wrong is no error here.
type step func(ctx context.Context, id int64) (again time.Duration, err error)

func (do step) run(ctx context.Context, log *slog.Logger, args job.Advise, a job.Attempt) error {
	limit := forgeTimeout
	if args.Step == advice.Ask {
		limit = askTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again, err := do(ctx, args.ID)
	if err != nil {
		log.Warn("a step of advice failed and will be tried again", "step", string(args.Step), "consult", args.ID, "attempt", a.Number, "error", err.Error())
		return &job.Logged{Err: err}
	}
	if again > 0 {
		return &job.Later{After: again}
	}
	return nil
}
