package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// slack is how far times in the tables may lie ahead without the clock being wrong: other processes write them too.
const slack = 5 * time.Second

// clockEvery is how late the times are corrected at the most when the clock is set back.
const clockEvery = 15 * time.Second

// stamp writes a time as River has it in SQLite, which compares times as texts.
func stamp(at time.Time) string { return at.UTC().Format(stampLayout) }

const stampLayout = "2006-01-02 15:04:05.000"

// clock is River's clock. What the database can stamp itself, it does.
type clock func() time.Time

func (c clock) Now() time.Time { return c() }

// NowOrNil is nil: the database's own time is taken.
func (clock) NowOrNil() *time.Time { return nil }

// clockSweep corrects the times of jobs while the queue runs.
func (q *Queue) clockSweep() Sweep { return Sweep{Name: "clock", Every: clockEvery, Run: q.correct} }

// begun is when a job was last begun or, before that, inserted: its wait counts from there.
const begun = `CASE WHEN attempted_at > created_at THEN attempted_at ELSE created_at END`

// late is a job that was noted by a clock ahead of today's, and how long it was meant to wait.
type late struct {
	id   int64
	wait time.Duration
}

// correct lets jobs that were noted before the clock was set back wait for as long as they were meant to, from now on.
// Without it each would wait for the clock to reach the old time once more.
func (q *Queue) correct(ctx context.Context) error {
	now := q.clock()
	all, err := q.late(ctx, now)
	if err != nil {
		return fmt.Errorf("correct the times of jobs: %w", err)
	}
	if len(all) == 0 {
		return nil
	}
	for _, l := range all {
		if _, err := q.db.ExecContext(ctx, `UPDATE river_job SET scheduled_at = $1,
			created_at = CASE WHEN created_at > $2 THEN $2 ELSE created_at END,
			attempted_at = CASE WHEN attempted_at > $2 THEN $2 ELSE attempted_at END WHERE id = $3 AND finalized_at IS NULL`,
			stamp(now.Add(l.wait)), stamp(now), l.id); err != nil {
			return fmt.Errorf("correct the time of job %d: %w", l.id, err)
		}
	}
	q.log.WarnContext(ctx, "the clock was set back: jobs wait from now on for as long as they were meant to", "jobs", len(all))
	return nil
}

// late lists the jobs of a clock that was ahead.
func (q *Queue) late(ctx context.Context, now time.Time) (all []late, err error) {
	rows, err := q.db.QueryContext(ctx, `SELECT id, scheduled_at, `+begun+` FROM river_job
		WHERE finalized_at IS NULL AND `+begun+` > $1`, stamp(now.Add(slack)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var scheduled, from string
		if err := rows.Scan(&id, &scheduled, &from); err != nil {
			return nil, err
		}
		due, err1 := parseStamp(scheduled)
		since, err2 := parseStamp(from)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("job %d: %w", id, err)
		}
		all = append(all, late{id, max(0, due.Sub(since))})
	}
	return all, rows.Err()
}

// depose ends the lead of a process that was killed before the clock was set back: nobody would ring the clock until it
// comes to where it was. The caller holds the lock on the database.
func (q *Queue) depose(ctx context.Context) error {
	_, err := q.db.ExecContext(ctx, `DELETE FROM river_leader WHERE elected_at > $1`, stamp(q.clock().Add(slack)))
	if err != nil {
		return fmt.Errorf("correct who leads the queue: %w", err)
	}
	return nil
}

// parseStamp reads a time as SQLite or its driver gives it.
func parseStamp(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
