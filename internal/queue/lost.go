package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/processlock"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// lostEvery is how often a process looks for jobs that it holds and does not run. River notes how a job ended by
// three tries in half a minute, and begins anew when they failed: a job may be worked on once more then.
const lostEvery = time.Minute

// running are the jobs that this process works on, with how many tries of each it runs: one that was taken back may still run.
type running struct {
	mu    sync.Mutex
	tries map[int64]int
}

func (r *running) begin(id int64) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries == nil {
		r.tries = map[int64]int{}
	}
	r.tries[id]++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.tries[id]--; r.tries[id] == 0 {
			delete(r.tries, id)
		}
	}
}

func (r *running) has(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries[id] > 0
}

// try is one try of a job, as the database has it.
type try struct {
	id      int64
	attempt int
	begunAt string
}

// lost finds the jobs that the database gave to this process and that no worker of it runs: the answer was lost with its
// connection, or how a job ended could not be noted. Without it each waits ten minutes for the queue's upkeep.
type lost struct {
	running running
	// missed were seen at the last look. No clock decides: a job is lost that is missed at two looks in a row.
	missed map[try]bool
	stop   context.CancelFunc
	ended  chan struct{}
	// mark is how others see on SQLite that this process lives, and bury looks for those that do not.
	mark *processlock.Mark
	bury func(ctx context.Context) error
}

// alone names a process that has a SQLite database with nobody but those beside it, and there is no table of them.
func alone() string { return "alone-" + rand.Text() }

// mark shows the others that this process lives, and takes back what those left that do not. Where that cannot be seen of
// one, as its mark is another user's, this process works all the same.
func (q *Queue) mark(ctx context.Context) (err error) {
	var path string
	if err := q.db.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		return fmt.Errorf("look where the database is: %w", err)
	}
	if q.lost.mark, err = processlock.Leave(path, q.client.ID()); err != nil {
		return err
	}
	q.lost.bury = func(ctx context.Context) error {
		return processlock.Bury(path, func(names []string) error { return q.TakeBack(ctx, names) })
	}
	if err := q.lost.bury(ctx); err != nil {
		q.log.WarnContext(ctx, blind, "error", err.Error())
	}
	return nil
}

const blind = "this process cannot look for lost jobs; it looks again in a minute"

// watchLost looks for lost jobs until the queue stops.
func (q *Queue) watchLost(ctx context.Context) {
	ctx, q.lost.stop = context.WithCancel(context.WithoutCancel(ctx))
	q.lost.ended = make(chan struct{})
	go func() {
		defer close(q.lost.ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lostEvery):
			}
			if err := q.takeBackLost(ctx); err != nil && ctx.Err() == nil {
				q.log.WarnContext(ctx, blind, "error", err.Error())
			}
		}
	}()
}

// takeBackLost is one look: at processes that are over, and at this one.
func (q *Queue) takeBackLost(ctx context.Context) (err error) {
	if q.lost.bury != nil {
		err = q.lost.bury(ctx)
	}
	return errors.Join(err, q.takeBackOwn(ctx))
}

func (q *Queue) takeBackOwn(ctx context.Context) error {
	all, err := q.held(ctx)
	if err != nil {
		return fmt.Errorf("look for lost jobs: %w", err)
	}
	missed, taken := map[try]bool{}, int64(0)
	for _, t := range all {
		if q.lost.running.has(t.id) {
			continue
		}
		if !q.lost.missed[t] {
			missed[t] = true
			continue
		}
		n, err := q.takeBackTry(ctx, t)
		if err != nil {
			return err
		}
		taken += n
	}
	q.lost.missed = missed
	if taken == 0 {
		return nil
	}
	q.log.WarnContext(ctx, "took back jobs that the database had given to this process and that it does not run", "jobs", taken)
	return q.notify(ctx, slices.Sorted(maps.Keys(q.queues())))
}

// takeBackTry takes a job back, unless it is another try by now. The number does not tell tries apart: one that was
// postponed does not count.
func (q *Queue) takeBackTry(ctx context.Context, t try) (taken int64, err error) {
	res, err := q.db.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE id = $2 AND attempt = $3
		AND state = 'running' AND `+q.holder()+` = $4 AND CAST(attempted_at AS TEXT) = $5`,
		stamp(q.clock()), t.id, t.attempt, q.client.ID(), t.begunAt)
	if err != nil {
		return 0, fmt.Errorf("take back lost job %d: %w", t.id, err)
	}
	return res.RowsAffected()
}

// held lists the tries that are this process's by the database.
func (q *Queue) held(ctx context.Context) (all []try, err error) {
	rows, err := q.reads.QueryContext(ctx,
		`SELECT id, attempt, CAST(attempted_at AS TEXT) FROM river_job WHERE state = 'running' AND `+q.holder()+` = $1`, q.client.ID())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t try
		if err := rows.Scan(&t.id, &t.attempt, &t.begunAt); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// holder is the process that works on a job, in SQL.
func (q *Queue) holder() string {
	if sqldb.EngineOf(q.db) == sqldb.SQLite {
		return `json_extract(attempted_by, '$[#-1]')`
	}
	return holder
}

// stopLost ends the looks. started is false when there were none.
func (q *Queue) stopLost() (started bool) {
	if q.lost.stop == nil {
		return false
	}
	q.lost.stop()
	<-q.lost.ended
	return true
}
