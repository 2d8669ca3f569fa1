package advicejobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/job"
)

// Steps are the steps that a process runs.
type Steps map[consult.Step]Step

// Run runs one job. It leaves a step that another process runs to that one.
func (all Steps) Run(ctx context.Context, log *slog.Logger, args job.Advise, a job.Attempt) error {
	do := all[args.Step]
	if do == nil {
		return &job.Later{After: time.Second}
	}
	return do.run(ctx, log, args, a)
}

// askTimeout bounds a step that asks the model, forgeTimeout one that uses the forge. Both must be shorter than the time
// after which the queue considers a job stuck.
const (
	askTimeout   = 8 * time.Minute
	forgeTimeout = time.Minute
)

// Step runs one step of a consult. With again above 0 it is retried after that time. An error is a fault of the server,
// such as a full disk, and the queue retries it. A failure of the model or the forge is no error here.
type Step func(ctx context.Context, id int64) (again time.Duration, err error)

func (do Step) run(ctx context.Context, log *slog.Logger, args job.Advise, a job.Attempt) error {
	limit := forgeTimeout
	if args.Step == consult.Ask {
		limit = askTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again, err := do(ctx, args.ID)
	if err != nil {
		log.WarnContext(ctx, "a step of advice failed and will be tried again", "step", string(args.Step), "consult",
			args.ID, "attempt", a.Number,
			"error", err.Error())
		return &job.Logged{Err: err}
	}
	if again > 0 {
		return &job.Later{After: again}
	}
	return nil
}
