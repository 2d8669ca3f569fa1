package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
)

// askTimeout bounds a step that asks a model, forgeTimeout one that asks the forge. Both must be shorter than what River takes for a stuck job.
const (
	askTimeout   = 8 * time.Minute
	forgeTimeout = time.Minute
)

// stepArgs name a consult by its id: the record says which head it is about, and whether it is still wanted.
type stepArgs struct {
	Step history.Step `json:"step"`
	ID   int64        `json:"id"`
}

func (stepArgs) Kind() string { return "consult" }

func queueOf(s history.Step) string {
	if s == history.Ask {
		return askQueue
	}
	return stepQueue
}

// StepTx makes sure that a job for a consult's step waits or runs, for a new one no sooner than at.
func (q *Queue) StepTx(ctx context.Context, tx *sql.Tx, step history.Step, id int64, at time.Time) error {
	opts := &river.InsertOpts{Queue: queueOf(step), Priority: int(delivery.Interactive), UniqueOpts: unique}
	if at.After(q.Now()) {
		// Only then: River looks at what is scheduled every few seconds.
		opts.ScheduledAt = at
	}
	_, err := q.client.InsertTx(ctx, tx, stepArgs{Step: step, ID: id}, opts)
	if err != nil {
		return fmt.Errorf("insert step %s of consult %d: %w", step, id, err)
	}
	return nil
}

type stepWorker struct {
	river.WorkerDefaults[stepArgs]
	q *Queue
}

func (w *stepWorker) Work(ctx context.Context, job *river.Job[stepArgs]) error {
	do := w.q.Steps[job.Args.Step]
	if do == nil {
		// Another process does it; this one should not have been given it.
		return river.JobSnooze(w.q.Poll)
	}
	limit := forgeTimeout
	if job.Args.Step == history.Ask {
		limit = askTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again, err := do(ctx, job.Args.ID)
	if err != nil {
		w.q.Log.Warn("a step of advice failed and will be tried again", "step", string(job.Args.Step), "consult", job.Args.ID, "attempt", job.Attempt, "error", err.Error())
		return told{err}
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}
