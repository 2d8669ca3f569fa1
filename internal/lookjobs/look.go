package lookjobs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
)

// Look looks at one change, and again for as long as it was raised meanwhile, by fresh jobs.
func (w *Worker) Look(ctx context.Context, args job.Look, run Run) error {
	o := w.options
	key, err := change.ParseKey(args.Key)
	if err != nil {
		return &job.GivenUp{Err: err}
	}
	record, room, err := o.Record.LookRecord(ctx, key)
	if err != nil {
		return err
	}
	if err := w.leaves(record, room, run); err != nil {
		return err
	}
	debounced, err := w.starts.wait(ctx, key)
	if err != nil {
		return err
	}
	release, queued, err := w.places.Acquire(ctx, record.Connection)
	if err != nil {
		return err
	}
	defer release()
	start := o.Now()
	w.starts.set(key, start)
	if debounced || queued {
		// Read after the wait: everything that was raised until now is covered by this look. Without a wait the record is
		// as new as it can be, and what is raised from now on makes a fresh job, as ever.
		if record, room, err = o.Record.LookRecord(ctx, key); err != nil {
			return err
		}
		if err := w.leaves(record, room, run); err != nil {
			return err
		}
	}
	attempt := run.Attempt()
	ended := Ended{Key: key, Attempt: attempt.Number, Waited: start.Sub(attempt.Due), Outcome: "done"}
	defer func() {
		ended.Took = o.Now().Sub(start)
		if o.Observe != nil {
			o.Observe(ended)
		}
	}()
	if record.Generation > record.Evaluated {
		if err := w.try(ctx, record, attempt); err != nil {
			if ended.Outcome, err = w.settle(ctx, record, attempt, err); err != nil {
				return err
			}
			_, err := w.end(ctx, record, run, w.giveUp)
			return err
		}
	}
	again, err := w.end(ctx, record, run, w.complete)
	if again {
		ended.Outcome = "again"
	}
	return err
}

func (w *Worker) try(ctx context.Context, record change.Record, a job.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	return w.options.Handler.Look(ctx, record, a)
}

// settle turns a failed look into what the queue shall do with it. No answer means that the job is to be given up, as
// another try would change nothing or is not left.
func (w *Worker) settle(ctx context.Context, record change.Record, a job.Attempt, err error) (outcome string, answer error) {
	log := w.options.Log.With("change", record.Ref.String(), "attempt", a.Number)
	if limited, ok := errors.AsType[*change.Limited](err); ok {
		if err := w.options.Record.Hold(ctx, record.Forge, record.Connection, limited.Until); err != nil {
			return "limited", err
		}
		log.InfoContext(ctx, "the forge limits our requests", "kind", limited.Kind, "until", limited.Until)
		return "limited", &job.Later{After: w.wait(record, limited.Until)}
	}
	if later, ok := errors.AsType[*job.Later](err); ok {
		return "left", later
	}
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		log.ErrorContext(ctx, "the forge refused; not tried again before the next event or sweep", "error", err.Error(),
			"refusal", string(refused.Kind), "remedy", refused.Remedy)
		return "refused", nil
	}
	if a.Last {
		log.ErrorContext(ctx, "look failed at its last try; not tried again before the next event or sweep", "error",
			err.Error())
		return "retry", nil
	}
	log.WarnContext(ctx, "look failed and will be tried again", "error", err.Error())
	return "retry", &job.Logged{Err: err}
}

// leaves postpones a look that the forge would not answer, as some process knows: each request meanwhile lengthens the
// pause. Work that nobody waits for leaves the last fifth of a limit to people. A merge group that waited for too long is
// looked at all the same, since its queue needs an end, and so is a change that waited for longer than any limit lasts.
func (w *Worker) leaves(record change.Record, room change.Room, run Run) error {
	attempt, now, until := run.Attempt(), w.options.Now(), room.Paused
	if until.IsZero() && attempt.Lane >= delivery.Backfill {
		until = room.Low
	}
	overdue := record.Group != nil && w.options.GroupDeadline > 0 && now.Sub(record.RaisedAt) >= w.options.GroupDeadline ||
		!record.WaitingSince.IsZero() && now.Sub(record.WaitingSince) >= change.LongestLimit
	if until.IsZero() || overdue || record.Generation == record.Evaluated || (&change.Limited{Until: until}).Over(now) {
		return nil
	}
	if o := w.options.Observe; o != nil {
		o(Ended{Key: record.Key, Attempt: attempt.Number, Waited: now.Sub(attempt.Due), Outcome: "limited"})
	}
	return &job.Later{After: w.wait(record, until)}
}

// wait is how long a look at the change waits for a forge that limits requests until then.
func (w *Worker) wait(record change.Record, until time.Time) time.Duration {
	now := w.options.Now()
	wait := max((&change.Limited{Until: until}).Wait(now), w.options.LeastWait)
	// Spread the work that waits for the same moment, or it runs into the limit again at once.
	wait += rand.N(min(wait/4, 30*time.Second) + time.Millisecond)
	deadline := w.options.GroupDeadline
	if left := record.RaisedAt.Add(deadline).Sub(now); record.Group != nil && deadline > 0 && left > 0 {
		wait = min(wait, left+time.Millisecond)
	}
	return wait
}

// ending ends a job in the transaction that compares generations. It is false when the job is no longer this try's.
type ending func(ctx context.Context, tx *sql.Tx, record change.Record, run Run) (mine bool, err error)

// complete ends a look that was done.
func (w *Worker) complete(ctx context.Context, tx *sql.Tx, record change.Record, run Run) (bool, error) {
	if mine, err := run.CompleteTx(ctx, tx); err != nil || !mine {
		return mine, err
	}
	return true, w.options.Record.EvaluatedTx(ctx, tx, record.Key, record.Generation)
}

// giveUp ends a look that the forge refused.
func (w *Worker) giveUp(ctx context.Context, tx *sql.Tx, _ change.Record, run Run) (bool, error) {
	return run.GiveUpTx(ctx, tx)
}

// errNotMine ends a transaction in which the job turned out to be another try's.
var errNotMine = errors.New("the job is no longer this try's")

// end ends the job and, if the change was raised while it was looked at, inserts a fresh job, in one transaction.
func (w *Worker) end(ctx context.Context, record change.Record, run Run, how ending) (again bool, err error) {
	o := w.options
	err = o.Record.InChange(ctx, record.Key, "finish job", func(tx *sql.Tx) error {
		again = false
		now, err := o.Record.GenerationTx(ctx, tx, record.Key)
		if err != nil {
			return err
		}
		if mine, err := how(ctx, tx, record, run); err != nil || !mine {
			return cmp.Or(err, errNotMine)
		}
		if again = now != record.Generation; !again {
			return nil
		}
		return o.Jobs.InsertTx(ctx, tx, job.Look{Key: record.Key.String()}, job.When{Lane: run.Attempt().Lane})
	})
	if errors.Is(err, errNotMine) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if again {
		o.Jobs.Ring()
	}
	return again, nil
}
