package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

type lookArgs struct {
	Key string `json:"key"`
}

func (lookArgs) Kind() string { return "look" }

type scanArgs struct {
	Forge        string `json:"forge"`
	Installation int64  `json:"installation"`
	RepoID       int64  `json:"repo_id"`
	Branch       string `json:"branch"`
	Why          string `json:"why" river:"-"`
}

func (scanArgs) Kind() string { return "scan" }

type sweepArgs struct {
	Name string `json:"name"`
}

func (sweepArgs) Kind() string { return "sweep" }

type lookWorker struct {
	river.WorkerDefaults[lookArgs]
	q *Queue
}

// Work looks at one change, and again for as long as it was raised meanwhile, by fresh jobs.
func (w *lookWorker) Work(ctx context.Context, job *river.Job[lookArgs]) error {
	q := w.q
	key, err := change.ParseKey(job.Args.Key)
	if err != nil {
		return river.JobCancel(err)
	}
	record, err := q.Record.Record(ctx, key)
	if err != nil {
		return err
	}
	if err := q.gather(ctx, key); err != nil {
		return err
	}
	release, err := q.fair.acquire(ctx, record.Installation)
	if err != nil {
		return err
	}
	defer release()
	start := q.Now()
	q.begin(key, start)
	// Read after the wait: everything that was raised until now is covered by this look.
	if record, err = q.Record.Record(ctx, key); err != nil {
		return err
	}
	ended := Ended{Key: key, Attempt: job.Attempt, Waited: start.Sub(job.ScheduledAt), Outcome: "done"}
	defer func() {
		ended.Took = q.Now().Sub(start)
		if q.Observe != nil {
			q.Observe(ended)
		}
	}()
	if record.Generation > record.Evaluated {
		if err := w.look(ctx, job, record); err != nil {
			ended.Outcome, err = w.settle(ctx, job, record, err)
			return err
		}
	}
	again, err := w.finish(ctx, job, record)
	if again {
		ended.Outcome = "again"
		q.Ring()
	}
	return err
}

func (w *lookWorker) look(ctx context.Context, job *river.Job[lookArgs], record change.Record) error {
	ctx, cancel := context.WithTimeout(ctx, w.q.LookTimeout)
	defer cancel()
	return w.q.Handler.Look(ctx, record, Attempt{Number: job.Attempt, Last: job.Attempt >= job.MaxAttempts})
}

// settle turns a failed look into what the queue shall do with it.
func (w *lookWorker) settle(ctx context.Context, job *river.Job[lookArgs], record change.Record, err error) (string, error) {
	log := w.q.Log.With("change", record.Ref.String(), "attempt", job.Attempt)
	var limited *change.Limited
	if errors.As(err, &limited) {
		wait := max(limited.Until.Sub(w.q.Now()), w.q.Pace)
		// Spread the work that waits for the same moment, or it runs into the limit again at once.
		wait += rand.N(min(wait/4, 30*time.Second) + time.Millisecond)
		if left := record.RaisedAt.Add(w.q.GroupDeadline).Sub(w.q.Now()); record.Group != nil && w.q.GroupDeadline > 0 && left > 0 {
			wait = min(wait, left+time.Millisecond)
		}
		if err := w.q.Record.Hold(ctx, record.Forge, record.Installation, limited.Until); err != nil {
			return "limited", err
		}
		log.Info("the forge limits our requests", "kind", limited.Kind, "until", limited.Until)
		return "limited", river.JobSnooze(wait)
	}
	var refused *change.Refused
	if errors.As(err, &refused) {
		log.Error("the forge refused; not tried again before the next event or sweep", "error", err.Error(), "remedy", refused.Remedy)
		return "refused", river.JobCancel(err)
	}
	log.Warn("look failed and will be tried again", "error", err.Error())
	return "retry", told{err}
}

// finish completes the job and, if the change was raised while it was looked at, inserts a fresh job, in one transaction.
func (w *lookWorker) finish(ctx context.Context, job *river.Job[lookArgs], record change.Record) (again bool, err error) {
	q := w.q
	tx, err := q.DB.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("finish job: %w", err)
	}
	defer tx.Rollback() // after a commit there is nothing to roll back, and before it the error that led here is the one to tell
	now, err := q.Record.GenerationTx(ctx, tx, record.Key)
	if err != nil {
		return false, err
	}
	// River does not fence by attempt: a job that was rescued and started again elsewhere is no longer ours to complete.
	var attempt int
	if err := tx.QueryRowContext(ctx, `SELECT attempt FROM river_job WHERE id = $1`, job.ID).Scan(&attempt); err != nil {
		return false, fmt.Errorf("finish job: %w", err)
	}
	if attempt != job.Attempt {
		return false, nil
	}
	if err := q.Record.EvaluatedTx(ctx, tx, record.Key, record.Generation); err != nil {
		return false, err
	}
	if _, err := river.JobCompleteTx[*riverdatabasesql.Driver](ctx, tx, job); err != nil {
		if errors.Is(err, rivertype.ErrNotFound) {
			return false, nil
		}
		return false, fmt.Errorf("complete job: %w", err)
	}
	if now != record.Generation {
		if err := q.LookTx(ctx, tx, record.Key, delivery.Lane(job.Priority), 0, false); err != nil {
			return false, err
		}
		again = true
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("finish job: %w", err)
	}
	return again, nil
}

// gather waits until Window has passed since the last look at the change began: the first event is looked at once, those that follow it together.
func (q *Queue) gather(ctx context.Context, key change.Key) error {
	q.mu.Lock()
	began, ok := q.began[key]
	q.mu.Unlock()
	if !ok {
		return nil
	}
	wait := q.Window - q.Now().Sub(began)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue) begin(key change.Key, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.began) > 10000 {
		for k, t := range q.began {
			if at.Sub(t) > q.Window {
				delete(q.began, k)
			}
		}
	}
	q.began[key] = at
}

// told is an error that the log has already.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// faults writes what the workers did not write themselves; River's own lines about failed jobs are left out, or each fault would be there twice.
type faults struct{ log *slog.Logger }

func (f faults) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	var known told
	if !errors.As(err, &known) && !errors.Is(err, context.Canceled) {
		f.log.Warn("a job failed", "kind", job.Kind, "attempt", job.Attempt, "args", string(job.EncodedArgs), "error", err.Error())
	}
	return nil
}

func (f faults) HandlePanic(_ context.Context, job *rivertype.JobRow, p any, trace string) *river.ErrorHandlerResult {
	f.log.Error("a job panicked", "kind", job.Kind, "attempt", job.Attempt, "args", string(job.EncodedArgs), "error", fmt.Sprint(p), "trace", trace)
	return nil
}

type scanWorker struct {
	river.WorkerDefaults[scanArgs]
	q *Queue
}

func (w *scanWorker) Work(ctx context.Context, job *river.Job[scanArgs]) error {
	a := job.Args
	err := w.q.Handler.Scan(ctx, delivery.Scan{Forge: change.Forge(a.Forge), Installation: a.Installation, RepoID: a.RepoID, Branch: a.Branch, Why: a.Why})
	var limited *change.Limited
	if errors.As(err, &limited) {
		return river.JobSnooze(max(limited.Until.Sub(w.q.Now()), w.q.Pace))
	}
	var refused *change.Refused
	if errors.As(err, &refused) {
		w.q.Log.Error("scan refused", "installation", a.Installation, "repository", a.RepoID, "error", err.Error())
		return river.JobCancel(err)
	}
	return err
}

type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	q *Queue
}

func (w *sweepWorker) Work(ctx context.Context, job *river.Job[sweepArgs]) error {
	for _, s := range w.q.Sweeps {
		if s.Name != job.Args.Name {
			continue
		}
		if err := s.Run(ctx); err != nil {
			w.q.Log.Warn("sweep failed; it runs again by the clock", "sweep", s.Name, "error", err.Error())
			return river.JobCancel(err)
		}
		return nil
	}
	return river.JobCancel(fmt.Errorf("no sweep is called %q", job.Args.Name))
}

// backoff waits 1, 2, 4 ... times pace, at most sixty times, each lengthened by up to a half at random.
type backoff struct {
	now  func() time.Time
	pace time.Duration
}

func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	wait := min(b.pace<<min(job.Attempt-1, 6), 60*b.pace)
	return b.now().UTC().Add(wait + rand.N(wait/2))
}

// jobErrored are River's lines about jobs that failed: faults tells of those.
var jobErrored = []string{": Job errored", ": Job errored; retrying", ": Job panicked", ": panic recovery; possible bug with Worker"}

// quiet lets only River's warnings through: it tells of each job at lower levels.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelAtLeast{log.Handler(), slog.LevelWarn})
}

type levelAtLeast struct {
	slog.Handler
	least slog.Level
}

func (h levelAtLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

// Handle leaves out what River says of its own stop: a sweep that is interrupted runs again at the next start. What is left is trouble of the queue's
// upkeep, which River tries again by itself: it is said in our words, with River's beside.
func (h levelAtLeast) Handle(ctx context.Context, r slog.Record) error {
	if slices.ContainsFunc(jobErrored, func(end string) bool { return strings.HasSuffix(r.Message, end) }) {
		return nil
	}
	interrupted := false
	ours := slog.NewRecord(r.Time, r.Level, "the queue's upkeep is in trouble and tries again; if it stays so, look at the database and its disk", r.PC)
	ours.AddAttrs(slog.String("what", r.Message))
	r.Attrs(func(a slog.Attr) bool {
		interrupted = interrupted || strings.Contains(a.Value.String(), context.Canceled.Error())
		ours.AddAttrs(a)
		return !interrupted
	})
	if interrupted {
		return nil
	}
	return h.Handler.Handle(ctx, ours)
}

func (h levelAtLeast) WithAttrs(a []slog.Attr) slog.Handler {
	return levelAtLeast{h.Handler.WithAttrs(a), h.least}
}

func (h levelAtLeast) WithGroup(name string) slog.Handler {
	return levelAtLeast{h.Handler.WithGroup(name), h.least}
}
