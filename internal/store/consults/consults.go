// Package consults keeps each request for advice on a change, from the request to the posted comments, step by step.
// It alone writes the table consult.
//
// Callers may rely on:
//   - a step and the job of the next one are committed together;
//   - a newer head makes older consults stale, and nothing of a stale consult is posted;
//   - advice can save comments and never a check;
//   - what was prepared for the model is erased when the consult ends.
package consults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/verdicts"
	"github.com/lintel-review/lintel/internal/thread"
)

// Store is safe for concurrent use.
type Store struct {
	db       *sqldb.DB
	jobs     changes.Jobs
	changes  *changes.Store
	findings findings
	verdicts *verdicts.Store
}

// findings gives what became of the findings of a change.
type findings interface {
	Findings(ctx context.Context, key change.Key) ([]thread.Finding, error)
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, c *changes.Store, f findings, v *verdicts.Store) *Store {
	return &Store{db: db, jobs: jobs, changes: c, findings: f, verdicts: v}
}

const consultColumns = `n.id, n.change_id, c.installation, COALESCE(r.owner, ''), COALESCE(r.name, ''), n.head, ` +
	`n.merge_base, n.scope, n.state, n.reason, n.asked <> 0, n.attempts, n.since, n.due_at, n.ended_at`

const consultTables = ` FROM consult n JOIN change c ON c.id = n.change_id LEFT JOIN repository r ON r.forge = c.forge ` +
	`AND r.id = c.repo_id `

func scanConsult(row sqldb.Row) (consult.Consult, error) {
	var c consult.Consult
	var key string
	var since, due, ended int64
	err := row.Scan(&c.ID, &key, &c.Ref.Connection, &c.Ref.Owner, &c.Ref.Name, &c.Head, &c.MergeBase, &c.Scope, &c.State, &c.Reason,
		&c.Asked, &c.Attempts, &since, &due, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return consult.Consult{}, err
	}
	c.Since, c.DueAt, c.EndedAt = sqldb.Time(since), sqldb.Time(due), sqldb.Time(ended)
	c.Ref.Key, err = change.ParseKey(key)
	return c, err
}

func consults(ctx context.Context, q sqldb.Querier, key change.Key, limit int) ([]consult.Consult, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+consultColumns+consultTables+`WHERE n.change_id = $1 ORDER BY n.id DESC LIMIT $2`,
		key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read consults of %s: %w", key, err)
	}
	return scanConsults(rows)
}

func scanConsults(rows *sql.Rows) ([]consult.Consult, error) {
	defer rows.Close()
	var all []consult.Consult
	for rows.Next() {
		c, err := scanConsult(rows)
		if err != nil {
			return nil, fmt.Errorf("read consult: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Consults returns the consults of a change, newest first.
func (s *Store) Consults(ctx context.Context, key change.Key, limit int) ([]consult.Consult, error) {
	return consults(ctx, s.db.Reader(), key, limit)
}

// Consult returns one. It is change.ErrNotFound when its retention is over.
func (s *Store) Consult(ctx context.Context, id int64) (consult.Consult, error) {
	c, err := scanConsult(s.db.Reader().QueryRowContext(ctx, `SELECT `+consultColumns+consultTables+`WHERE n.id = $1`, id))
	if err != nil {
		return c, fmt.Errorf("read consult %d: %w", id, err)
	}
	return c, nil
}

// ConsultInput returns what was prepared for the model; change.ErrNotFound when it was erased.
func (s *Store) ConsultInput(ctx context.Context, id int64) ([]byte, error) {
	return s.consultDocument(ctx, `SELECT input FROM consult WHERE id = $1`, id)
}

// ConsultResult returns what the consult came to; change.ErrNotFound when there is nothing.
func (s *Store) ConsultResult(ctx context.Context, id int64) ([]byte, error) {
	return s.consultDocument(ctx, `SELECT result FROM consult WHERE id = $1`, id)
}

func (s *Store) consultDocument(ctx context.Context, query string, id int64) ([]byte, error) {
	var packed []byte
	err := s.db.Reader().QueryRowContext(ctx, query, id).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(packed) == 0 {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read document of consult %d: %w", id, err)
	}
	return sqldb.Decompress(packed)
}

// Past returns what the newest consult of a change came to that was posted (nil: none yet), and what people did
// about the findings of the change.
func (s *Store) Past(ctx context.Context, key change.Key) (result []byte, found []thread.Finding, err error) {
	var packed []byte
	err = s.db.Reader().QueryRowContext(ctx, `SELECT result FROM consult WHERE change_id = $1 AND state = $2 ORDER BY id DESC LIMIT 1`,
		key.String(), consult.Posted).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read past advice on %s: %w", key, err)
	}
	if result, err = sqldb.Decompress(packed); err != nil {
		return nil, nil, fmt.Errorf("read past advice on %s: %w", key, err)
	}
	found, err = s.findings.Findings(ctx, key)
	return result, found, err
}
