package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Survey is what the queue holds at a moment.
type Survey struct {
	// At is the moment, by the database's clock.
	At time.Time `json:"at"`
	// Leader names the process that does the queue's upkeep and rings the clock; empty when there is none.
	Leader string    `json:"leader"`
	Queues []Waiting `json:"queues"`
	// Failing are the jobs that failed and are tried again or were given up, newest first, a hundred at the most.
	Failing []Failing `json:"failing"`
}

// Waiting counts the jobs of one queue.
type Waiting struct {
	Queue string `json:"queue"`
	// Ready may start now, Later wait for their time, GivenUp are not tried again and kept for a week.
	Ready   int `json:"ready"`
	Running int `json:"running"`
	Later   int `json:"later"`
	GivenUp int `json:"given_up"`
	// OldestSeconds is how long the oldest one that is ready has been so.
	OldestSeconds int64 `json:"oldest_ready_seconds"`
}

// Failing is a job that failed.
type Failing struct {
	ID      int64  `json:"id"`
	Queue   string `json:"queue"`
	Kind    string `json:"kind"`
	Args    string `json:"args"`
	State   string `json:"state"`
	Attempt int    `json:"attempt"`
	// Error is what the last try said.
	Error string `json:"error"`
}

// NewSurvey looks at the queue of a database. It changes nothing.
func NewSurvey(ctx context.Context, db *sql.DB) (s Survey, err error) {
	s = Survey{At: time.Now().UTC(), Queues: []Waiting{}, Failing: []Failing{}}
	if sqldb.EngineOf(db) == sqldb.Postgres {
		if err = db.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&s.At); err != nil {
			return s, fmt.Errorf("read the database's clock: %w", err)
		}
	}
	now := s.At
	const leads = `SELECT leader_id FROM river_leader WHERE expires_at > $1`
	if err = db.QueryRowContext(ctx, leads, stamp(now)).Scan(&s.Leader); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("read who leads the queue: %w", err)
	}
	if s.Queues, err = waiting(ctx, db, now); err != nil {
		return s, fmt.Errorf("count jobs: %w", err)
	}
	if s.Failing, err = failing(ctx, db); err != nil {
		return s, fmt.Errorf("list failing jobs: %w", err)
	}
	return s, nil
}

func waiting(ctx context.Context, db *sql.DB, now time.Time) ([]Waiting, error) {
	rows, err := db.QueryContext(ctx, `SELECT queue, state, scheduled_at > $1 AS later, COUNT(*), MIN(scheduled_at) FROM river_job
		WHERE state <> 'completed' GROUP BY queue, state, scheduled_at > $1 ORDER BY queue`, stamp(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Waiting{}
	for rows.Next() {
		var queue, state, oldest string
		var later bool
		var n int
		if err := rows.Scan(&queue, &state, &later, &n, &oldest); err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].Queue != queue {
			all = append(all, Waiting{Queue: queue})
		}
		w := &all[len(all)-1]
		switch {
		case state == "running":
			w.Running += n
		case state == "discarded" || state == "cancelled":
			w.GivenUp += n
		case state == "available" && !later:
			w.Ready += n
			since, err := parseStamp(oldest)
			if err != nil {
				return nil, err
			}
			w.OldestSeconds = int64(max(0, now.Sub(since)).Seconds())
		default:
			w.Later += n
		}
	}
	return all, rows.Err()
}

func failing(ctx context.Context, db *sql.DB) ([]Failing, error) {
	args, last := `args::text`, `errors[array_upper(errors, 1)] ->> 'error'`
	if sqldb.EngineOf(db) == sqldb.SQLite {
		args, last = `json(args)`, `json_extract(errors, '$[#-1].error')`
	}
	rows, err := db.QueryContext(ctx, `SELECT id, queue, kind, `+args+`, state, attempt, COALESCE(`+last+`, '') FROM river_job
		WHERE state IN ('discarded', 'cancelled', 'retryable') OR state = 'available' AND errors IS NOT NULL ORDER BY id DESC LIMIT 100`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Failing{}
	for rows.Next() {
		var f Failing
		if err := rows.Scan(&f.ID, &f.Queue, &f.Kind, &f.Args, &f.State, &f.Attempt, &f.Error); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

// RetryTx has a job that failed run again now, in the caller's transaction. It is change.ErrNotFound when the job is not
// there any more, runs, is done, or an equal one that was asked for since stands for it. It says what the job was.
func (j *Jobs) RetryTx(ctx context.Context, tx *sql.Tx, id int64) (Failing, error) {
	row, err := j.failed(ctx, tx, id)
	if err == nil {
		var equal int
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job WHERE unique_key = $1 AND id <> $2
			AND state NOT IN ('completed', 'cancelled', 'discarded')`, row.UniqueKey, id).Scan(&equal)
		if err == nil && equal > 0 {
			err = rivertype.ErrNotFound
		}
	}
	if err == nil {
		_, err = j.client.JobRetryTx(ctx, tx, id)
	}
	return acted("retry", row, err)
}

// DiscardTx gives a job up that failed, or forgets one that was given up, in the caller's transaction. It is
// change.ErrNotFound when the job is not there any more, runs, or is done. It says what the job was.
func (j *Jobs) DiscardTx(ctx context.Context, tx *sql.Tx, id int64) (Failing, error) {
	row, err := j.failed(ctx, tx, id)
	if err == nil {
		_, err = j.client.JobDeleteTx(ctx, tx, id)
	}
	return acted("discard", row, err)
}

// failed reads a job, and does not find one that runs or is done.
func (j *Jobs) failed(ctx context.Context, tx *sql.Tx, id int64) (*rivertype.JobRow, error) {
	row, err := j.client.JobGetTx(ctx, tx, id)
	if err == nil && (row.State == rivertype.JobStateRunning || row.State == rivertype.JobStateCompleted) {
		err = rivertype.ErrNotFound
	}
	return row, err
}

func acted(what string, row *rivertype.JobRow, err error) (Failing, error) {
	if errors.Is(err, rivertype.ErrNotFound) || errors.Is(err, rivertype.ErrJobRunning) {
		err = change.ErrNotFound
	}
	if err != nil {
		return Failing{}, fmt.Errorf("%s a job: %w", what, err)
	}
	return Failing{
		ID:      row.ID,
		Queue:   row.Queue,
		Kind:    row.Kind,
		Args:    string(row.EncodedArgs),
		State:   string(row.State),
		Attempt: row.Attempt,
	}, nil
}
