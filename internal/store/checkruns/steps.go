package checkruns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// WantTx makes sure that the checks which a look wants on a head are run, and ends what waits or runs for another head,
// another scope, or is not wanted any more. It reports whether it queued a job.
func (s *Store) WantTx(
	ctx context.Context,
	tx *sql.Tx,
	key change.Key,
	head string,
	wants []checkrun.Want,
) (queued bool, err error) {
	standing, err := s.standing(ctx, tx, key, head)
	if err != nil {
		return false, err
	}
	now := sqldb.Millis(s.db.Now())
	var stays []any
	for _, w := range wants {
		if have, ok := standing[w.Check]; ok && have.scope == w.Scope && !(w.Again && have.failed) {
			stays = append(stays, have.id)
			continue
		}
		id, err := s.db.NextID(ctx, tx)
		if err != nil {
			return false, err
		}
		answered, err := s.answered(ctx, tx, key, head, id, w, now)
		if err != nil {
			return false, err
		}
		if answered {
			stays = append(stays, id)
			continue
		}
		spec, err := sqldb.Compress(w.Spec)
		if err != nil {
			return false, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO check_run (id, change_id, head, name, scope, state, run_key, spec, job, result, `+
			`cached, made_at, changed_at, ended_at) VALUES ($1,$2,$3,$4,$5,$6,'',$7,$8,0,0,$9,$9,0)`,
			id, key.String(), head, w.Check, w.Scope, checkrun.Wanted, spec, []byte{}, now); err != nil {
			return false, fmt.Errorf("want check %s: %w", w.Check, err)
		}
		if err := s.insert(ctx, tx, job.PrepareCheck{Run: id}); err != nil {
			return false, err
		}
		stays, queued = append(stays, id), true
	}
	query, args := `UPDATE check_run SET state = $1, ended_at = $2, changed_at = $2 WHERE change_id = $3 AND ended_at = 0`,
		[]any{checkrun.Stale, now, key.String()}
	for i, id := range stays {
		query += fmt.Sprintf(" AND id <> $%d", i+4)
		args = append(args, id)
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return false, fmt.Errorf("end stale runs of %s: %w", key, err)
	}
	return queued, nil
}

// answered records a check that the look had a result for, unless that is gone: then a run makes it anew.
func (s *Store) answered(
	ctx context.Context,
	tx *sql.Tx,
	key change.Key,
	head string,
	id int64,
	w checkrun.Want,
	now int64,
) (bool, error) {
	if w.Result == 0 {
		return false, nil
	}
	res, err := tx.ExecContext(
		ctx,
		`UPDATE check_result SET used_at = $1 WHERE id = $2 AND run_key = $3 AND reusable = 1`,
		now,
		w.Result,
		w.Key,
	)
	if err != nil {
		return false, fmt.Errorf("take the result of check %s: %w", w.Check, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO check_run (id, change_id, head, name, scope, state, run_key, spec, job, result, `+
		`cached, made_at, changed_at, ended_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$8,$9,1,$10,$10,$10)`,
		id, key.String(), head, w.Check, w.Scope, checkrun.Done, w.Key, []byte{}, w.Result, now); err != nil {
		return false, fmt.Errorf("take the result of check %s: %w", w.Check, err)
	}
	return true, nil
}

// stand is the newest run of a check on a head.
type stand struct {
	id     int64
	scope  string
	failed bool
}

func (s *Store) standing(ctx context.Context, tx *sql.Tx, key change.Key, head string) (map[string]stand, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n.id, n.name, n.scope, d.id IS NOT NULL AND d.reusable = 0 FROM check_run n `+
		`LEFT JOIN check_result d ON d.id = n.result WHERE n.change_id = $1 AND n.head = $2 AND n.state <> $3 ORDER BY n.id`,
		key.String(), head, checkrun.Stale)
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", key, err)
	}
	defer rows.Close()
	all := map[string]stand{}
	for rows.Next() {
		var name string
		var x stand
		if err := rows.Scan(&x.id, &name, &x.scope, &x.failed); err != nil {
			return nil, fmt.Errorf("read a run of %s: %w", key, err)
		}
		all[name] = x
	}
	return all, rows.Err()
}

func (s *Store) insert(ctx context.Context, tx *sql.Tx, args job.Args) error {
	if err := s.jobs.InsertTx(ctx, tx, args, job.When{Lane: delivery.Interactive}); err != nil {
		return fmt.Errorf("queue a check: %w", err)
	}
	return nil
}

// QueueRun gives a wanted run the key of its result. Where a result of that key can be taken the run is done, and a look
// asked for; else its job is kept and queued. It changes nothing in a run that is not wanted any more.
func (s *Store) QueueRun(ctx context.Context, id int64, key string, document []byte) (cached bool, err error) {
	packed, err := sqldb.Compress(document)
	if err != nil {
		return false, err
	}
	err = s.db.Transact(ctx, fmt.Sprintf("queue run %d", id), func(tx *sql.Tx) error {
		cached = false
		now := sqldb.Millis(s.db.Now())
		res, err := tx.ExecContext(ctx, `UPDATE check_run SET run_key = $1, job = $2, state = $3, changed_at = $4 WHERE id = $5 `+
			`AND state = $6`, key, packed, checkrun.Queued, now, id, checkrun.Wanted)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		var result int64
		err = tx.QueryRowContext(ctx, `UPDATE check_result SET used_at = $1 WHERE id = (SELECT MAX(id) FROM check_result `+
			`WHERE run_key = $2 AND reusable = 1) RETURNING id`, now, key).Scan(&result)
		if errors.Is(err, sql.ErrNoRows) {
			return s.insert(ctx, tx, job.RunCheck{Key: key})
		}
		if err != nil {
			return err
		}
		cached = true
		return s.end(ctx, tx, `id = $3`, id, result, true)
	})
	if err == nil {
		s.jobs.Ring()
	}
	return cached, err
}

// CountTry adds to the tries of the runs that wait for a key, and returns the most that one of them has then. They do not
// stand still: Unrun leaves them alone.
func (s *Store) CountTry(ctx context.Context, key string, by int) (tries int, err error) {
	err = s.db.Transact(ctx, "count a try of a check", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE check_run SET tries = tries + $1, changed_at = $3 `+
			`WHERE run_key = $2 AND ended_at = 0`, by, key, sqldb.Millis(s.db.Now())); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(tries), 0) FROM check_run WHERE run_key = $1 AND ended_at = 0`,
			key).Scan(&tries)
	})
	return tries, err
}

// EndRun gives one run a result of its own: it cannot be run.
func (s *Store) EndRun(ctx context.Context, id int64, r checkrun.Result) error {
	return s.finish(ctx, `id = $3`, id, "", r)
}

// EndRuns gives every run that waits for a key its result.
func (s *Store) EndRuns(ctx context.Context, key string, r checkrun.Result) error {
	return s.finish(ctx, `run_key = $3`, key, key, r)
}

func (s *Store) finish(ctx context.Context, which string, arg any, key string, r checkrun.Result) error {
	plain, err := upload.Pack(r.Report)
	if err != nil {
		return err
	}
	body, err := sqldb.Compress(plain)
	if err != nil {
		return err
	}
	err = s.db.Transact(ctx, "keep the result of a check", func(tx *sql.Tx) error {
		id, err := s.db.NextID(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO check_result (id, run_key, reusable, ended, tool, body, took, made_at, used_at) `+
			`VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$8)`, id, key, sqldb.Flag(r.Reusable), r.Ended, r.Tool, body, r.Took.Milliseconds(),
			sqldb.Millis(s.db.Now())); err != nil {
			return err
		}
		return s.end(ctx, tx, which, arg, id, false)
	})
	if err == nil {
		s.jobs.Ring()
	}
	return err
}

// end gives open runs a result and asks for looks at their changes.
func (s *Store) end(ctx context.Context, tx *sql.Tx, which string, arg any, result int64, cached bool) error {
	rows, err := tx.QueryContext(
		ctx,
		`UPDATE check_run SET state = $1, result = $2, cached = $4, ended_at = $5, changed_at = $5, `+
			`job = $6, spec = $6 WHERE `+which+` AND ended_at = 0 RETURNING change_id, head, name`,
		checkrun.Done,
		result,
		arg,
		sqldb.Flag(cached),
		sqldb.Millis(s.db.Now()),
		[]byte{},
	)
	if err != nil {
		return fmt.Errorf("end runs: %w", err)
	}
	defer rows.Close()
	var looks []delivery.ReviewRequest
	for rows.Next() {
		var id, head, name string
		if err := rows.Scan(&id, &head, &name); err != nil {
			return fmt.Errorf("end runs: %w", err)
		}
		key, err := change.ParseKey(id)
		if err != nil {
			return err
		}
		looks = append(looks, delivery.ReviewRequest{
			Forge: key.Forge, RepoID: key.RepoID, Commit: head, Lane: delivery.Interactive, Why: "check: " + name,
		})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("end runs: %w", err)
	}
	for _, look := range looks {
		if _, err := s.changes.RequestLooksTx(ctx, tx, "", look); err != nil {
			return err
		}
	}
	return nil
}

// Unrun queues again what stands still since a time, as after a queue that was lost, and returns how many.
func (s *Store) Unrun(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.db.Transact(ctx, "queue checks again", func(tx *sql.Tx) error {
		n = 0
		rows, err := tx.QueryContext(ctx, `UPDATE check_run SET changed_at = $1 WHERE id IN (SELECT id FROM check_run `+
			`WHERE ended_at = 0 AND changed_at < $2 ORDER BY changed_at LIMIT $3) RETURNING id, state, run_key`,
			sqldb.Millis(s.db.Now()), sqldb.Millis(before), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		var again []job.Args
		for rows.Next() {
			var id int64
			var state checkrun.State
			var key string
			if err := rows.Scan(&id, &state, &key); err != nil {
				return err
			}
			if state == checkrun.Wanted {
				again = append(again, job.PrepareCheck{Run: id})
			} else {
				again = append(again, job.RunCheck{Key: key})
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, args := range again {
			if err := s.insert(ctx, tx, args); err != nil {
				return err
			}
		}
		n = len(again)
		return nil
	})
	if err == nil && n > 0 {
		s.jobs.Ring()
	}
	return n, err
}
