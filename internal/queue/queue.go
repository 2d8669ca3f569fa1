// Package queue runs the jobs: look at a change again, scan a repository, sweep. It is the only door to River.
// The record in the database is the truth and the queue its doorbell: a job carries no commit, and losing every job loses nothing.
//
// A change row carries a generation that every event raises. A job reads it, judges the change, and finishes in one transaction that
// locks the row, compares the generation, completes the job and, if it was raised meanwhile, inserts a fresh one. So at most one
// job waits for a change, one runs, and the newest state is always looked at last.
//
// States of a look: available -> running -> completed; -> retryable (a fault: backoff with jitter, at most a minute) -> available;
// -> scheduled (a rate limit: until the forge answers again) -> available; -> discarded or cancelled (visible; the record's sweep asks again later).
package queue

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
)

// Record is what the queue needs of the database that it shares transactions with.
type Record interface {
	Record(ctx context.Context, key change.Key) (change.Record, error)
	// GenerationTx locks the change until the transaction ends.
	GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error)
	EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error
	Hold(ctx context.Context, forge change.Forge, installation int64, until time.Time) error
}

// Attempt tells a handler how often this look was tried.
type Attempt struct {
	// Number counts from 1.
	Number int
	// Last is true when a failure now is final until the next event or sweep.
	Last bool
}

// Handler does the work. A *change.Limited error postpones it, a *change.Refused error ends it, any other is tried again. Kinds count, never texts.
type Handler interface {
	Look(ctx context.Context, r change.Record, a Attempt) error
	Scan(ctx context.Context, s delivery.Scan) error
}

// Sweep is work done by the clock.
type Sweep struct {
	Name  string
	Every time.Duration
	// AtStart runs it once as soon as the queue starts, too.
	AtStart bool
	Run     func(ctx context.Context) error
}

// Options configures a Queue. Every field is needed, but those that say otherwise.
type Options struct {
	// DB is the one connection that writes.
	DB *sql.DB
	// Reads counts what the queue holds, beside the one connection that writes, which a lock may hold up (nil: DB).
	Reads   *sql.DB
	Record  Record
	Handler Handler
	Sweeps  []Sweep
	Log     *slog.Logger
	Now     func() time.Time
	// Workers is how many looks run at once in all, PerInstallation how many of one installation.
	Workers, PerInstallation int
	// Pace is the first wait before a failed job is tried again (0: one second); each further one is twice as long, up to sixty times Pace. It is also the
	// shortest wait for a forge that limits requests. Tests shorten it.
	Pace time.Duration
	// Poll is how often the queue looks for jobs that became due by the clock, such as one whose retry came (0: one second). Jobs that this process inserts
	// start at once. Tests shorten it.
	Poll time.Duration
	// Window gathers the events that follow a look: the next look at the same change starts no sooner than this after the last one started.
	Window time.Duration
	// GroupDeadline is how long after its last event a merge group's look is postponed at most (0: no bound): a merge queue does not wait for a rate limit.
	GroupDeadline time.Duration
	// LookTimeout bounds one look.
	LookTimeout time.Duration
	// Observe is told of each look that ended (nil: nobody). It must not block.
	Observe func(Ended)
	// Steps are the steps of consults that this process does; those it does not do wait for another. Nil does none.
	Steps map[history.Step]Step
	// Askers is how many models are asked at once (0: one).
	Askers int
	// StepsAlone makes a queue that does nothing but Steps, beside a server that does the rest: it changes no tables, never leads, and takes
	// back only jobs of its own. Handler and Sweeps are not needed then.
	StepsAlone bool
	// Alone is true when no other process does steps that ask a model: then such jobs that a killed process left are taken back at the start.
	Alone bool
}

// Step does one step of a consult. With again above 0 it is tried again after that time; an error is a fault of ours, such as a full disk, and is tried again
// at the queue's pace. What a model or a forge does wrong is no error here.
type Step func(ctx context.Context, id int64) (again time.Duration, err error)

// Ended is one look that ended.
type Ended struct {
	Key     change.Key
	Attempt int
	// Waited is from the commit of the job to its start, Took from there to the end.
	Waited, Took time.Duration
	// Outcome is "done", "again" (raised meanwhile), "retry", "limited" or "refused".
	Outcome string
}

const (
	lookQueue  = "look"
	sweepQueue = "sweep"
	// stepQueue holds the steps of consults that need the forge, askQueue those that need a model: a process that does these alone needs no forge.
	stepQueue = "consult"
	askQueue  = "advise"
	// maxAttempts bounds the tries of one job, about five minutes of faults; then the record's sweep takes over.
	maxAttempts = 10
)

// Queue is safe for concurrent use.
type Queue struct {
	Options
	client *river.Client[*sql.Tx]
	bell   *bell
	fair   *fair
	mu     sync.Mutex
	began  map[change.Key]time.Time
}

// New prepares the queue's tables and the queue. Nothing runs before Start; jobs may be inserted before.
func New(ctx context.Context, o Options) (*Queue, error) {
	o.Pace, o.Poll = cmp.Or(o.Pace, time.Second), cmp.Or(o.Poll, time.Second)
	q := &Queue{Options: o, bell: newBell(), fair: newFair(o.Workers, o.PerInstallation), began: map[change.Key]time.Time{}}
	driver := newDriver(o.DB, q.bell, o.StepsAlone)
	if !o.StepsAlone {
		if err := migrate(ctx, driver, o.Log); err != nil {
			return nil, err
		}
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &lookWorker{q: q})
	river.AddWorker(workers, &scanWorker{q: q})
	river.AddWorker(workers, &sweepWorker{q: q})
	river.AddWorker(workers, &stepWorker{q: q})
	var err error
	q.client, err = river.NewClient[*sql.Tx](driver, &river.Config{
		Queues:  q.queues(),
		Workers: workers, PeriodicJobs: q.periodic(), Logger: quiet(o.Log), MaxAttempts: maxAttempts,
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: o.Poll,
		JobTimeout: -1, RescueStuckJobsAfter: 10 * time.Minute, CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: 7 * 24 * time.Hour, DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
		RetryPolicy: backoff{now: o.Now, pace: o.Pace}, ErrorHandler: faults{o.Log}, SkipUnknownJobCheck: true,
	})
	if err != nil {
		return nil, fmt.Errorf("make queue: %w", err)
	}
	return q, nil
}

func migrate(ctx context.Context, d *driver, log *slog.Logger) error {
	migrator, err := rivermigrate.New[*sql.Tx](d, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("prepare queue tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate queue tables: %w", err)
	}
	return nil
}

// queues are those that this process takes jobs from.
func (q *Queue) queues() map[string]river.QueueConfig {
	all := map[string]river.QueueConfig{}
	if !q.StepsAlone {
		// More jobs are taken than may run: the fair gate decides among those taken which runs next.
		all[lookQueue], all[sweepQueue] = river.QueueConfig{MaxWorkers: 4 * q.Workers}, river.QueueConfig{MaxWorkers: 4}
	}
	for step := range q.Steps {
		if queueOf(step) == askQueue {
			all[askQueue] = river.QueueConfig{MaxWorkers: max(q.Askers, 1)}
		} else {
			all[stepQueue] = river.QueueConfig{MaxWorkers: 4}
		}
	}
	return all
}

func (q *Queue) periodic() []*river.PeriodicJob {
	var all []*river.PeriodicJob
	for _, s := range q.Sweeps {
		all = append(all, river.NewPeriodicJob(river.PeriodicInterval(s.Every), func() (river.JobArgs, *river.InsertOpts) {
			return sweepArgs{Name: s.Name}, &river.InsertOpts{Queue: sweepQueue, MaxAttempts: 1, UniqueOpts: unique}
		}, &river.PeriodicJobOpts{RunOnStart: s.AtStart}))
	}
	return all
}

// Start takes back the jobs that a killed process left running, then begins to work. The caller must hold the database's process lock, or StepsAlone:
// without it the jobs of a living process would be taken too. Jobs that ask a model may be another process's; they are taken back when Alone says so,
// and otherwise by the queue's upkeep, ten minutes after they began.
func (q *Queue) Start(ctx context.Context) error {
	now := q.Now().UTC().Format("2006-01-02 15:04:05.000")
	res, err := q.DB.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state = 'running' AND ((queue <> $2 AND $3 = 0) OR (queue = $2 AND $4 = 1))`,
		now, askQueue, number(q.StepsAlone), number(q.Alone))
	if err != nil {
		return fmt.Errorf("take back running jobs: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n > 0 {
		q.Log.Info("took back jobs of a process that did not stop in order", "jobs", n)
	}
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	return nil
}

// Stop takes no more jobs and waits for those that run; when the context ends first they are cancelled, and run again at the next start.
func (q *Queue) Stop(ctx context.Context) error {
	if err := q.client.Stop(ctx); err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := q.client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("stop queue: %w", err)
	}
	return nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Ring tells this process's workers that jobs were committed.
func (q *Queue) Ring() {
	for _, name := range []string{lookQueue, sweepQueue, stepQueue, askQueue} {
		q.bell.ring(name)
	}
}

var unique = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}}

// LookTx makes sure that a job for the change waits or runs. An equal job that waits in a worse lane is moved up, and with wake one that waits for a retry is pulled to now.
func (q *Queue) LookTx(ctx context.Context, tx *sql.Tx, key change.Key, lane delivery.Lane, after time.Duration, wake bool) error {
	opts := &river.InsertOpts{Queue: lookQueue, Priority: int(lane), UniqueOpts: unique}
	if after > 0 {
		opts.ScheduledAt = q.Now().Add(after)
	}
	res, err := q.client.InsertTx(ctx, tx, lookArgs{Key: key.String()}, opts)
	if err != nil {
		return fmt.Errorf("insert job: %w", err)
	}
	if !res.UniqueSkippedAsDuplicate || res.Job.State == rivertype.JobStateRunning {
		return nil
	}
	if res.Job.Priority > int(lane) {
		if _, err := tx.ExecContext(ctx, `UPDATE river_job SET priority = $1 WHERE id = $2`, int(lane), res.Job.ID); err != nil {
			return fmt.Errorf("move job up: %w", err)
		}
	}
	// River keeps a job whose retry is only seconds away as available with a later time.
	waits := res.Job.State != rivertype.JobStateAvailable || res.Job.ScheduledAt.After(q.Now())
	if wake && waits {
		if _, err := q.client.JobRetryTx(ctx, tx, res.Job.ID); err != nil {
			return fmt.Errorf("wake job: %w", err)
		}
	}
	return nil
}

// ScanTx queues a listing of open changes; an equal one that waits is enough.
func (q *Queue) ScanTx(ctx context.Context, tx *sql.Tx, s delivery.Scan) error {
	_, err := q.client.InsertTx(ctx, tx, scanArgs{Forge: string(s.Forge), Installation: s.Installation, RepoID: s.RepoID, Branch: s.Branch, Why: s.Why}, &river.InsertOpts{Queue: sweepQueue, Priority: int(delivery.Busy), UniqueOpts: unique})
	if err != nil {
		return fmt.Errorf("insert scan: %w", err)
	}
	return nil
}

// GivenUp counts the jobs that were given up and not yet forgotten.
func (q *Queue) GivenUp(ctx context.Context) (int, error) {
	var n int
	if err := cmp.Or(q.Reads, q.DB).QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job WHERE state IN ('discarded', 'cancelled')`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count jobs given up: %w", err)
	}
	return n, nil
}
