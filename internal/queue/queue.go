// Package queue runs the jobs that other rooms register, and works by the clock. It is the only door to River.
// The record in the database is the truth and the queue its doorbell: a job carries no state, and losing every job loses nothing.
//
// A process makes Jobs first, which insert; then the record, which inserts with its own transactions; then a Queue of
// the kinds that this process works on. Queue names no kind itself, but the sweeps.
//
// States of a job: available -> running -> completed; -> retryable (a fault: backoff with jitter, at most sixty times
// the pace) -> available; -> scheduled (not yet, or a rate limit: until the forge answers again) -> available; ->
// discarded or cancelled (visible; a sweep of the record asks again).
package queue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/trace"
)

// Options configures a Queue. Every field is needed, but those that say otherwise.
type Options struct {
	// Jobs are those that the record inserts with: they ring this queue.
	Jobs *Jobs
	// DB is the pool that writes: on SQLite one connection.
	DB *sql.DB
	// Reads counts what the queue holds, beside the one connection that writes, which a lock may hold up (nil: DB).
	Reads *sql.DB
	Log   *slog.Logger
	Now   func() time.Time
	// Kinds are the jobs that this process works on. Others wait for another process.
	Kinds []Kind
	// Sweeps are the works of the clock (nil: none). Whichever process leads rings them.
	Sweeps []Sweep
	// Rings leaves the works of the clock to other processes: this one only rings them when it leads.
	Rings bool
	// Beside makes a queue that works beside a server's: it changes no tables, never leads, and takes back only jobs of its own kinds.
	Beside bool
	// Client names this process in the jobs that it works on, where several work on one database; whoever calls
	// TakeBack takes back those of a process that is over. Empty: this process is the only one of its kinds, so Start
	// takes back what was left running.
	Client string
	// Left reports whether this process leaves the jobs of a queue to other processes for now (nil: none). It must not block.
	Left func(queue string) bool
	// Clock is the database's clock (nil: the machine's). Several machines differ.
	Clock func() time.Time
	// Pace is the first wait before a failed job is tried again (0: one second); each further one is twice as long, up
	// to sixty times Pace. It is also the shortest wait for a forge that limits requests. Tests shorten it.
	Pace time.Duration
	// Poll is how often the queue looks for jobs that became due by the clock, such as one whose retry came (0: one
	// second). Jobs that this process inserts start at once. Tests shorten it.
	Poll time.Duration
	// Traces follow a delivery into its jobs (nil: only their log lines name it).
	Traces trace.Tracer
	// Measure is called when a try of a job begins, and its answer when it ends, with one of five words (nil: nothing is).
	Measure func(queue string) (ended func(outcome string))
}

// check says which needed field is missing.
func (o Options) check() error {
	switch {
	case o.Jobs == nil:
		return errors.New("make queue: no jobs")
	case o.DB == nil:
		return errors.New("make queue: no database")
	case o.Log == nil || o.Now == nil:
		return errors.New("make queue: no log or no clock")
	}
	return nil
}

// maxAttempts bounds the tries of one job, about five minutes of faults; then the record's sweep takes over.
const maxAttempts = 10

// Queue is safe for concurrent use.
type Queue struct {
	client     *river.Client[*sql.Tx]
	db, reads  *sql.DB
	log        *slog.Logger
	now        func() time.Time
	clock      func() time.Time
	member     string
	kinds      []Kind
	sweeps     []Sweep
	pace, poll time.Duration
	beside     bool
	traces     trace.Tracer
	measure    func(string) func(string)
	// done are the jobs that their workers completed.
	done *completed
	// bell is rung when jobs were committed; hushed ends that other processes hear of it (nil: none do).
	bell   *bell
	hushed func()
	lost   lost
}

// New prepares the queue's tables and the queue. Nothing runs before Start; jobs may be inserted before.
func New(ctx context.Context, o Options) (*Queue, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	q := &Queue{
		db: o.DB, reads: cmp.Or(o.Reads, o.DB), log: o.Log, now: o.Now, kinds: o.Kinds, sweeps: o.Sweeps,
		pace: cmp.Or(o.Pace, time.Second), poll: cmp.Or(o.Poll, time.Second), beside: o.Beside,
		clock: o.Clock, member: o.Client, traces: o.Traces, measure: o.Measure,
	}
	if q.clock == nil {
		q.clock = time.Now
	}
	if !o.Beside {
		q.sweeps = append(q.sweeps[:len(q.sweeps):len(q.sweeps)], q.clockSweep())
		if !o.Rings {
			q.kinds = append(q.kinds[:len(q.kinds):len(q.kinds)], q.sweeper())
		}
		if err := Migrate(ctx, o.DB, o.Log); err != nil {
			return nil, err
		}
	}
	d, err := o.Jobs.newDriver(o.DB, o.Beside)
	if err != nil {
		return nil, err
	}
	d.member, d.clock = o.Client, q.clock
	d.left = o.Left
	q.done = d.done
	q.bell = o.Jobs.bell
	q.client, err = river.NewClient[*sql.Tx](d, &river.Config{
		ID:                          cmp.Or(o.Client, alone()),
		Test:                        river.TestConfig{Time: clock(q.clock)},
		Queues:                      q.queues(),
		Workers:                     q.workers(),
		PeriodicJobs:                q.periodic(),
		Logger:                      quiet(o.Log),
		MaxAttempts:                 maxAttempts,
		FetchCooldown:               5 * time.Millisecond,
		FetchPollInterval:           q.poll,
		JobTimeout:                  -1,
		RescueStuckJobsAfter:        10 * time.Minute,
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: 7 * 24 * time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
		RetryPolicy:                 backoff{q.pace, q.clock},
		ErrorHandler:                faults{o.Log},
		SkipUnknownJobCheck:         true,
		// Jobs of a later version's kinds wait for one of its processes.
		FetchOnlyKnownKinds: true,
	})
	if err != nil {
		return nil, fmt.Errorf("make queue: %w", err)
	}
	return q, nil
}

// queues are those that this process takes jobs from. Kinds that share one share its workers.
func (q *Queue) queues() map[string]river.QueueConfig {
	all := map[string]river.QueueConfig{}
	for _, k := range q.kinds {
		all[k.queue] = river.QueueConfig{MaxWorkers: max(k.workers, all[k.queue].MaxWorkers, 1)}
	}
	return all
}

// workers are River's, one for each name of a kind.
func (q *Queue) workers() *river.Workers {
	all, known := river.NewWorkers(), map[string]bool{}
	for _, k := range q.kinds {
		if !known[k.name] {
			known[k.name] = true
			k.register(all, q)
		}
	}
	return all
}

// Start takes back the jobs that a killed process left running, then begins to work. A queue without a Client must be
// the only one of its database, or be beside a server: else the jobs of a living process would be taken too. Jobs of
// shared kinds may be another process's: on SQLite they are taken back here and once a minute if that process is over.
func (q *Queue) Start(ctx context.Context) error {
	if !q.beside {
		if err := errors.Join(q.depose(ctx), q.correct(ctx)); err != nil {
			return err
		}
	}
	now := stamp(q.clock())
	taken := int64(0)
	for _, k := range q.kinds {
		if k.shared || q.member != "" {
			continue
		}
		res, err := q.db.ExecContext(ctx,
			`UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state = 'running' AND queue = $2 AND kind = $3`,
			now, k.queue, k.name)
		if err != nil {
			return fmt.Errorf("take back running jobs: %w", err)
		}
		if n, err := res.RowsAffected(); err == nil {
			taken += n
		}
	}
	if taken > 0 {
		q.log.InfoContext(ctx, "took back jobs of a process that did not stop in order", "jobs", taken)
	}
	if len(q.kinds) > 0 { // else it only inserts, and River starts nothing for that
		if sqldb.EngineOf(q.db) == sqldb.SQLite {
			if err := q.mark(ctx); err != nil {
				return err
			}
		}
		if err := q.client.Start(ctx); err != nil {
			return fmt.Errorf("start queue: %w", err)
		}
		q.watchLost(ctx)
	}
	if sqldb.EngineOf(q.db) == sqldb.Postgres {
		q.tell(context.WithoutCancel(ctx))
	}
	return nil
}

// TakeBack takes back the jobs that ran in processes that are over, whoever does it first.
func (q *Queue) TakeBack(ctx context.Context, clients []string) error {
	var marks []string
	args := []any{stamp(q.clock())}
	for _, c := range clients {
		args = append(args, c)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	if len(marks) == 0 {
		return nil
	}
	res, err := q.db.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state = 'running'
		AND `+q.holder()+` IN (`+strings.Join(marks, ",")+`)`, args...)
	if err != nil {
		return fmt.Errorf("take back running jobs: %w", err)
	}
	if n, err := res.RowsAffected(); err == nil && n > 0 {
		q.log.InfoContext(ctx, "took back jobs of a process that did not stop in order", "jobs", n)
		return q.notify(ctx, slices.Sorted(maps.Keys(q.queues())))
	}
	return nil
}

// holder is the process that works on a job.
const holder = `attempted_by[array_upper(attempted_by, 1)]`

// notify wakes all processes, as an insert does. On SQLite the next poll finds the jobs.
func (q *Queue) notify(ctx context.Context, queues []string) error {
	if sqldb.EngineOf(q.db) == sqldb.SQLite {
		return nil
	}
	for _, name := range queues {
		if _, err := q.db.ExecContext(ctx, `SELECT pg_notify($1, json_build_object('queue', $2::text)::text)`,
			prefix+"river_insert", name); err != nil {
			return fmt.Errorf("wake the queue %s: %w", name, err)
		}
	}
	return nil
}

// Stop takes no more jobs and waits for those that run; when the context ends first they are cancelled, and run again at the next start.
func (q *Queue) Stop(ctx context.Context) error {
	if q.hushed != nil {
		defer q.hushed()
	}
	if len(q.kinds) == 0 {
		return nil
	}
	started := q.stopLost()
	stopped := q.client.Stop(ctx)
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if stopped != nil {
		if err := q.client.StopAndCancel(hard); err != nil {
			return fmt.Errorf("stop queue: %w", err)
		}
	}
	if !started {
		return nil
	}
	// No worker runs any more. Once this process has taken leave, nobody asks for what the database still says it runs.
	err := q.TakeBack(hard, []string{q.client.ID()})
	if q.lost.mark == nil {
		return err
	}
	if err != nil {
		q.log.WarnContext(ctx, "the next process takes back the jobs that this one leaves", "error", err.Error())
	}
	mark := q.lost.mark
	q.lost.mark = nil
	return mark.Close(err == nil)
}

// GivenUp counts the jobs that were given up and not yet forgotten.
func (q *Queue) GivenUp(ctx context.Context) (int, error) {
	var n int
	if err := q.reads.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM river_job WHERE state IN ('discarded', 'cancelled')`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count jobs given up: %w", err)
	}
	return n, nil
}
