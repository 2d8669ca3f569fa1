package advicejobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/job"
)

// Steps are those that a process does.
type Steps map[advice.Step]Step

// Run works on one job. A step that another process does is left to it.
func (all Steps) Run(ctx context.Context, log *slog.Logger, args job.Advise, a job.Attempt) error {
	do := all[args.Step]
	if do == nil {
		return &job.Later{After: time.Second}
	}
	return do.run(ctx, log, args, a)
}

// askTimeout bounds a step that asks a model, forgeTimeout one that asks the forge. Both must be shorter than what the
// queue takes for a stuck job.
const (
	askTimeout   = 8 * time.Minute
	forgeTimeout = time.Minute
)

// Step does one step of a consult. With again above 0 it is tried again after that time; an error is a fault of ours,
// such as a full disk, and is tried again at the queue's pace. What a model or a forge does wrong is no error here.
type Step func(ctx context.Context, id int64) (again time.Duration, err error)

func (do Step) run(ctx context.Context, log *slog.Logger, args job.Advise, a job.Attempt) error {
	limit := forgeTimeout
	if args.Step == advice.Ask {
		limit = askTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again, err := do(ctx, args.ID)
	if err != nil {
		log.Warn("a step of advice failed and will be tried again", "step", string(args.Step), "consult", args.ID, "attempt", a.Number,
			"error", err.Error())
		return &job.Logged{Err: err}
	}
	if again > 0 {
		return &job.Later{After: again}
	}
	return nil
}
