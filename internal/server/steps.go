package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

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
