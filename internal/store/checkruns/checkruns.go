// Package checkruns keeps the checks that Lintel runs itself, from the look that wants one to its result, and the results
// by their keys. It alone writes the tables check_run and check_result.
//
// Callers may rely on:
//   - a run and the job of its next step are committed together, and so are a result and the looks that it asks for;
//   - a newer head makes older runs stale, and a stale run never gets a result;
//   - one result answers every run that waits for its key; only a reusable one answers runs that come later.
package checkruns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// Store is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	jobs    changes.Jobs
	changes *changes.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, c *changes.Store) *Store {
	return &Store{db: db, jobs: jobs, changes: c}
}

const runColumns = `n.id, n.change_id, COALESCE(c.installation, 0), COALESCE(r.owner, ''), COALESCE(r.name, ''), n.head, n.name, ` +
	`n.scope, n.state, n.run_key, n.spec, n.job, n.cached <> 0, n.made_at, n.ended_at`

const runTables = ` FROM check_run n LEFT JOIN change c ON c.id = n.change_id LEFT JOIN repository r ON r.forge = c.forge ` +
	`AND r.id = c.repo_id `

// target are the fields of a run that runColumns fill, and how the rest follows.
func target(r *checkrun.Run) (fields []any, finish func() error) {
	var key string
	var made, ended int64
	fields = []any{
		&r.ID,
		&key,
		&r.Ref.Connection,
		&r.Ref.Owner,
		&r.Ref.Name,
		&r.Head,
		&r.Check,
		&r.Scope,
		&r.State,
		&r.Key,
		&r.Spec,
		&r.Job,
		&r.Cached,
		&made,
		&ended,
	}
	return fields, func() (err error) {
		r.MadeAt, r.EndedAt = sqldb.Time(made), sqldb.Time(ended)
		if r.Ref.Key, err = change.ParseKey(key); err != nil {
			return err
		}
		for _, document := range []*[]byte{&r.Spec, &r.Job} {
			if len(*document) == 0 {
				continue
			}
			if *document, err = sqldb.Decompress(*document); err != nil {
				return err
			}
		}
		return nil
	}
}

func scanRun(row sqldb.Row) (r checkrun.Run, err error) {
	fields, finish := target(&r)
	if err := row.Scan(fields...); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = change.ErrNotFound
		}
		return r, err
	}
	return r, finish()
}

// CheckRun returns one run; change.ErrNotFound when its retention is over.
func (s *Store) CheckRun(ctx context.Context, id int64) (checkrun.Run, error) {
	r, err := scanRun(s.db.Reader().QueryRowContext(ctx, `SELECT `+runColumns+runTables+`WHERE n.id = $1`, id))
	if err != nil {
		return r, fmt.Errorf("read run %d: %w", id, err)
	}
	return r, nil
}

// QueuedRun returns the newest run that waits for a result of this key; change.ErrNotFound when nobody does any more.
func (s *Store) QueuedRun(ctx context.Context, key string) (checkrun.Run, error) {
	r, err := scanRun(s.db.Reader().QueryRowContext(ctx,
		`SELECT `+runColumns+runTables+`WHERE n.run_key = $1 AND n.state = $2 AND n.ended_at = 0 ORDER BY n.id DESC LIMIT 1`, key,
		checkrun.Queued))
	if err != nil {
		return r, fmt.Errorf("read the run of %s: %w", key, err)
	}
	return r, nil
}

// HeadRuns returns the newest run of each check on a head that is not stale, with its result, in the order of their names:
// the run that asking for the check again finds, too.
func (s *Store) HeadRuns(ctx context.Context, key change.Key, head string) ([]checkrun.Answer, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+runColumns+`, COALESCE(d.id, 0), COALESCE(d.reusable, 0), `+
		`COALESCE(d.ended, ''), COALESCE(d.tool, ''), d.body, COALESCE(d.took, 0), COALESCE(d.made_at, 0)`+runTables+
		`LEFT JOIN check_result d ON d.id = n.result WHERE n.change_id = $1 AND n.head = $2 AND n.state <> $3 `+
		`AND n.id = (SELECT MAX(id) FROM check_run m WHERE m.change_id = n.change_id AND m.head = n.head AND m.name = n.name `+
		`AND m.state <> $3) ORDER BY n.name`, key.String(), head, checkrun.Stale)
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", key, err)
	}
	defer rows.Close()
	var all []checkrun.Answer
	for rows.Next() {
		var a checkrun.Answer
		var d checkrun.Result
		var id, took, made int64
		var body []byte
		fields, finish := target(&a.Run)
		err := rows.Scan(append(fields, &id, &d.Reusable, &d.Ended, &d.Tool, &body, &took, &made)...)
		if err == nil {
			err = finish()
		}
		if err == nil && id != 0 {
			d.Took, d.At = time.Duration(took)*time.Millisecond, sqldb.Time(made)
			a.Result = &d
			d.Report, err = unpack(body)
		}
		if err != nil {
			return nil, fmt.Errorf("read a run of %s: %w", key, err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// Reusable returns the newest reusable results of keys, by key, with their ids; what has none is not in it.
func (s *Store) Reusable(ctx context.Context, keys []string) (map[string]checkrun.Result, error) {
	out := make(map[string]checkrun.Result, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	query, args := `SELECT id, run_key, ended, tool, body, took, made_at FROM check_result WHERE reusable = 1 AND run_key IN (`, []any{}
	for i, key := range keys {
		query += fmt.Sprintf("$%d,", i+1)
		args = append(args, key)
	}
	rows, err := s.db.Reader().QueryContext(ctx, strings.TrimSuffix(query, ",")+`) ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read results of checks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		d := checkrun.Result{Reusable: true}
		var key string
		var took, made int64
		var body []byte
		err := rows.Scan(&d.ID, &key, &d.Ended, &d.Tool, &body, &took, &made)
		if err == nil {
			d.Took, d.At = time.Duration(took)*time.Millisecond, sqldb.Time(made)
			d.Report, err = unpack(body)
		}
		if err != nil {
			return nil, fmt.Errorf("read results of checks: %w", err)
		}
		out[key] = d
	}
	return out, rows.Err()
}

// ChecksArrived reports whether a check of a change ended since a time while none of its others is open, and whether some
// are open. One that a look answered itself did not end.
func (s *Store) ChecksArrived(ctx context.Context, key change.Key, since time.Time) (all, more bool, err error) {
	var open, done int
	if err := s.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN ended_at = 0 THEN 1 ELSE 0 END), 0), `+
		`COALESCE(SUM(CASE WHEN state = $1 AND ended_at >= $2 AND NOT (cached = 1 AND ended_at = made_at) THEN 1 ELSE 0 END), 0) `+
		`FROM check_run WHERE change_id = $3`,
		checkrun.Done, sqldb.Millis(since), key.String()).Scan(&open, &done); err != nil {
		return false, false, fmt.Errorf("count the open checks of %s: %w", key, err)
	}
	return open == 0 && done > 0, open > 0, nil
}

func unpack(body []byte) (r report.Report, err error) {
	plain, err := sqldb.Decompress(body)
	if err != nil {
		return r, err
	}
	return upload.Unpack(plain)
}
