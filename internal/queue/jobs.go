package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/trace"
)

// Jobs inserts jobs, and works on none. It needs no database of its own, only the caller's transactions: so it is made
// first, then the record that inserts with it, then the queue that works. It is safe for concurrent use.
type Jobs struct {
	client  *river.Client[*sql.Tx]
	bell    *bell
	address sqldb.Address
	now     func() time.Time
}

// NewJobs makes it for a SQLite database.
func NewJobs(now func() time.Time) (*Jobs, error) { return NewJobsFor("sqlite://any", now) }

// NewJobsFor makes it for the database at an address. It connects to nothing.
func NewJobsFor(address string, now func() time.Time) (*Jobs, error) {
	if now == nil {
		return nil, errors.New("make jobs: no clock")
	}
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	j := &Jobs{bell: newBell(), address: a, now: now}
	config := &river.Config{Logger: quiet(slog.New(slog.DiscardHandler)), MaxAttempts: maxAttempts, SkipUnknownJobCheck: true}
	d, err := j.newDriver(nil, false)
	if err != nil {
		return nil, err
	}
	if j.client, err = river.NewClient[*sql.Tx](d, config); err != nil {
		return nil, fmt.Errorf("make jobs: %w", err)
	}
	return j, nil
}

var unique = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
	rivertype.JobStateScheduled,
}}

// InsertTx makes sure that a job waits or runs, for a new one no sooner than when says. An equal job that waits in a
// worse lane is moved up, and with Wake one that waits for a retry is pulled to now.
func (j *Jobs) InsertTx(ctx context.Context, tx *sql.Tx, args job.Args, when job.When) error {
	j.bell.know(args.Queue())
	opts := &river.InsertOpts{Queue: args.Queue(), Priority: int(when.Lane), UniqueOpts: unique, Metadata: carry(ctx)}
	if after := when.At.Sub(j.now()); after > 0 {
		// Only then: River looks at what is scheduled every few seconds.
		now, err := j.machine(ctx, tx)
		if err != nil {
			return fmt.Errorf("insert %s: %w", args.Kind(), err)
		}
		opts.ScheduledAt = now.Add(after)
	}
	res, err := j.client.InsertTx(ctx, tx, args, opts)
	if err != nil {
		return fmt.Errorf("insert %s: %w", args.Kind(), err)
	}
	if !res.UniqueSkippedAsDuplicate {
		return nil
	}
	trace.Join(ctx, carriedBy(res.Job))
	if res.Job.State == rivertype.JobStateRunning {
		return nil
	}
	if res.Job.Priority > int(when.Lane) {
		if _, err := tx.ExecContext(ctx, `UPDATE river_job SET priority = $1 WHERE id = $2`, int(when.Lane), res.Job.ID); err != nil {
			return fmt.Errorf("move %s up: %w", args.Kind(), err)
		}
	}
	// River keeps a job whose retry is only seconds away as available with a later time.
	waits := res.Job.State != rivertype.JobStateAvailable || res.Job.ScheduledAt.After(j.now())
	if when.Wake && waits {
		if _, err := j.client.JobRetryTx(ctx, tx, res.Job.ID); err != nil {
			return fmt.Errorf("wake %s: %w", args.Kind(), err)
		}
	}
	return nil
}

// traceOf is where a job's row holds the trace that asked for it.
type traceOf struct {
	Trace json.RawMessage `json:"lintel_trace,omitempty"`
}

func carry(ctx context.Context) []byte {
	text := trace.Carry(ctx)
	if text == "" {
		return nil
	}
	return []byte(`{"lintel_trace": ` + text + `}`)
}

// carriedBy is what carry wrote; empty where there is none.
func carriedBy(row *rivertype.JobRow) string {
	var t traceOf
	if json.Unmarshal(row.Metadata, &t) != nil {
		return "" // a trace decides nothing
	}
	return string(t.Trace)
}

// machine is the time by the clock that the queue goes by: PostgreSQL's, since those of several machines differ.
func (j *Jobs) machine(ctx context.Context, tx *sql.Tx) (now time.Time, err error) {
	if j.address.Engine == sqldb.SQLite {
		return time.Now(), nil
	}
	err = tx.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&now)
	return now, err
}

// Ring tells the workers of this process that jobs were committed, and on PostgreSQL a queue that was started tells those
// of all processes. It never blocks.
func (j *Jobs) Ring() { j.bell.ringAll() }

// Migrate prepares the queue's tables, or brings those of an older version up to date. New does it too; a command that
// only inserts jobs beside a server needs it alone. Processes that start at once wait for each other.
func Migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	engine := sqldb.EngineOf(db)
	if engine == sqldb.Postgres {
		free, err := sqldb.Hold(ctx, db, "queue tables")
		if err != nil {
			return fmt.Errorf("prepare queue tables: %w", err)
		}
		defer free()
	}
	migrator, err := rivermigrate.New[*sql.Tx](newDriver(engine, db), &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("prepare queue tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate queue tables: %w", err)
	}
	return nil
}
