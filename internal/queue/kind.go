package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/trace"
)

// Kind is one sort of job that a process works on. Its owner makes it with Do.
type Kind struct {
	name, queue string
	workers     int
	shared      bool
	// register tells River of the sort, once for each name; do works on one job of this queue.
	register func(*river.Workers, *Queue)
	do       func(ctx context.Context, run *Run, args any) error
}

// Do makes the kind of the jobs T that wait in one queue. At most workers of that queue are taken at once. Work answers
// with an error: a *change.Limited or *job.Later postpones the job, a *change.Refused or *job.GivenUp ends it, any
// other is tried again at the queue's pace.
func Do[T job.Args](queue string, workers int, work func(ctx context.Context, args T, run *Run) error) Kind {
	var zero T
	return Kind{
		name:     zero.Kind(),
		queue:    queue,
		workers:  workers,
		register: func(all *river.Workers, q *Queue) { river.AddWorker(all, &worker[T]{q: q}) },
		do: func(ctx context.Context, run *Run, args any) error {
			return work(ctx, args.(T), run)
		},
	}
}

// Shared says that other processes work on this queue at the same time. Then a job that a killed process left running
// is not taken back at the start, but when others see that the process is over.
func (k Kind) Shared() Kind {
	k.shared = true
	return k
}

// Queue names where the jobs of the kind wait.
func (k Kind) Queue() string { return k.queue }

// Run is one job while it is worked on.
type Run struct {
	row *rivertype.JobRow
	// completed is true when the last transaction that tried to complete the job did; whether it was committed, the
	// worker's answer says.
	completed bool
	// lost is true when the job is no longer this try's.
	lost bool
	// lock keeps the job's row for the transaction that completes it, where others may take it.
	lock string
}

// Attempt says which try it is.
func (r *Run) Attempt() job.Attempt {
	return job.Attempt{
		Number: r.row.Attempt,
		Last:   r.row.Attempt >= r.row.MaxAttempts,
		Lane:   delivery.Lane(r.row.Priority),
		Due:    r.row.ScheduledAt,
	}
}

// CompleteTx completes the job in the caller's transaction. It is false when the job is no longer this try's: it was
// rescued and started again elsewhere, so the caller must roll back.
func (r *Run) CompleteTx(ctx context.Context, tx *sql.Tx) (mine bool, err error) {
	r.completed = false
	// River does not fence by attempt.
	var attempt int
	if err := tx.QueryRowContext(ctx, `SELECT attempt FROM river_job WHERE id = $1`+r.lock, r.row.ID).Scan(&attempt); err != nil {
		return false, fmt.Errorf("finish job: %w", err)
	}
	if attempt != r.row.Attempt {
		r.lost = true
		return false, nil
	}
	_, err = river.JobCompleteTx[*riverdatabasesql.Driver](ctx, tx, &river.Job[anyArgs]{JobRow: r.row})
	if errors.Is(err, rivertype.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("complete job: %w", err)
	}
	r.completed = true
	return true, nil
}

// GiveUpTx ends the job without its work being done, in the caller's transaction, where GivenUp counts it. It is false as
// CompleteTx is. A job.GivenUp ends it too, but only after the worker has returned: what is inserted in between finds the
// job still running, counts as its double, and is lost.
func (r *Run) GiveUpTx(ctx context.Context, tx *sql.Tx) (mine bool, err error) {
	if mine, err = r.CompleteTx(ctx, tx); err != nil || !mine {
		return mine, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'cancelled' WHERE id = $1`, r.row.ID); err != nil {
		return false, fmt.Errorf("give up job: %w", err)
	}
	return true, nil
}

// anyArgs stand for the arguments of a job where River asks for its type and reads nothing of it.
type anyArgs struct{}

func (anyArgs) Kind() string { return "any" }

// worker hands jobs of one sort to the kind that is registered for their queue.
type worker[T job.Args] struct {
	river.WorkerDefaults[T]
	q *Queue
}

func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	defer w.q.lost.running.begin(j.ID)()
	for _, k := range w.q.kinds {
		if k.name == j.Kind && k.queue == j.Queue {
			run := &Run{row: j.JobRow}
			if w.q.member != "" {
				run.lock = " FOR UPDATE"
			}
			ctx, end := trace.Resume(ctx, w.q.traces, carriedBy(j.JobRow), w.q.clock().Sub(j.ScheduledAt),
				trace.Word(trace.Job, j.Kind), trace.Int(trace.Attempt, j.Attempt))
			err := w.q.measured(k.queue, func() error { return k.do(ctx, run, j.Args) })
			if postponed(err) {
				trace.Note(ctx, trace.Word(trace.Outcome, "postponed"))
				end(nil)
			} else {
				end(err)
			}
			if err == nil && (run.completed || run.lost) {
				w.q.done.add(j.ID)
			}
			return w.q.settle(ctx, j.JobRow, err)
		}
	}
	// Another process does it; this one should not have been given it.
	return river.JobSnooze(w.q.poll)
}

// postponed reports whether a try only says that it is too early: nothing failed.
func postponed(err error) bool {
	_, later := errors.AsType[*job.Later](err)
	_, limited := errors.AsType[*change.Limited](err)
	return later || limited
}

// settle turns the answer of a try into River's.
func (q *Queue) settle(ctx context.Context, row *rivertype.JobRow, err error) error {
	if later, ok := errors.AsType[*job.Later](err); ok {
		return river.JobSnooze(later.After)
	}
	if limited, ok := errors.AsType[*change.Limited](err); ok {
		return river.JobSnooze(max(limited.Wait(q.now()), q.pace))
	}
	if given, ok := errors.AsType[*job.GivenUp](err); ok {
		return river.JobCancel(given.Err)
	}
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		q.log.ErrorContext(ctx, "a job was refused", "kind", row.Kind, "args", string(row.EncodedArgs), "error", err.Error(),
			"refusal", string(refused.Kind), "remedy", refused.Remedy)
		return river.JobCancel(err)
	}
	return err
}
