// Package pasts keeps how far the past of each repository has been read. It alone writes the table backfill.
//
// Callers may rely on: of two that save one bookmark from the same reading of it, the second is refused; a bookmark
// that is wanted, and the job that reads on from it, are committed together.
package pasts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Jobs inserts jobs in the record's transactions.
type Jobs interface {
	InsertTx(ctx context.Context, tx *sql.Tx, args job.Args, when job.When) error
	Ring()
}

// Store is safe for concurrent use.
type Store struct {
	db   *sqldb.DB
	jobs Jobs
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs Jobs) *Store { return &Store{db: db, jobs: jobs} }

// A repository that was renamed since is shown by its name of today.
const columns = `b.forge, b.repo_id, COALESCE(r.installation, b.installation), COALESCE(r.owner, b.owner), COALESCE(r.name, b.name),
	b.state, b.since, b.began_at, b.cursor, b.reached, b.total, b.pulls, b.calls, b.points, b.until, b.why, b.revision, b.updated_at,
	b.production, b.unread
	FROM backfill b LEFT JOIN repository r ON r.forge = b.forge AND r.id = b.repo_id AND r.gone = 0 `

func scan(row sqldb.Row) (b past.Bookmark, err error) {
	var since, began, reached, until, updated int64
	err = row.Scan(&b.Forge, &b.RepoID, &b.Connection, &b.Owner, &b.Name, &b.State, &since, &began, &b.Cursor, &reached,
		&b.Total, &b.Pulls, &b.Calls, &b.Points, &until, &b.Why, &b.Revision, &updated, &b.Production, &b.Unread)
	b.Since, b.Began, b.Reached = sqldb.Time(since), sqldb.Time(began), sqldb.Time(reached)
	b.Until, b.UpdatedAt = sqldb.Time(until), sqldb.Time(updated)
	return b, err
}

// Bookmark is where the reading of a repository stands. It is change.ErrNotFound where nobody asked for one.
func (s *Store) Bookmark(ctx context.Context, forge change.Forge, repo int64) (past.Bookmark, error) {
	b, err := scan(s.db.Reader().QueryRowContext(ctx, `SELECT `+columns+`WHERE b.forge = $1 AND b.repo_id = $2`, forge, repo))
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return past.Bookmark{}, fmt.Errorf("read how far the past of %s:%d was read: %w", forge, repo, err)
	}
	return b, nil
}

// Bookmarks are those of all repositories, by name.
func (s *Store) Bookmarks(ctx context.Context, forge change.Forge) ([]past.Bookmark, error) {
	return s.list(ctx, `SELECT `+columns+`WHERE b.forge = $1 ORDER BY 4, 5, 2`, forge)
}

// Unread are bookmarks for the repositories that the App sees and nobody asked the past of.
func (s *Store) Unread(ctx context.Context, forge change.Forge) ([]past.Bookmark, error) {
	return s.list(ctx, `SELECT r.forge, r.id, r.installation, r.owner, r.name, '', 0, 0, '', 0, 0, 0, 0, 0, 0, '', 0, 0, '', ''
		FROM repository r
		WHERE r.forge = $1 AND r.gone = 0 AND NOT EXISTS (SELECT 1 FROM backfill b WHERE b.forge = r.forge AND b.repo_id = r.id)
		ORDER BY r.id`, forge)
}

func (s *Store) list(ctx context.Context, query string, args ...any) ([]past.Bookmark, error) {
	const doing = "list how far the past was read"
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf(doing+": %w", err)
	}
	defer rows.Close()
	var all []past.Bookmark
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf(doing+": %w", err)
		}
		all = append(all, b)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// SaveBookmark saves what was read, and raises the bookmark's revision. It is past.ErrMoved when somebody else saved since.
func (s *Store) SaveBookmark(ctx context.Context, b *past.Bookmark) error {
	return s.db.Transact(ctx, "save how far the past of "+b.Repository()+" was read", func(tx *sql.Tx) error {
		return s.saveTx(ctx, tx, b)
	})
}

// WantPast saves bookmarks that are wanted, and asks for the reading.
func (s *Store) WantPast(ctx context.Context, all []past.Bookmark) error {
	err := s.db.Transact(ctx, "ask for the past", func(tx *sql.Tx) error {
		for i := range all {
			if err := s.saveTx(ctx, tx, &all[i]); err != nil {
				return err
			}
			if err := s.askTx(ctx, tx, all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.jobs.Ring()
	}
	return err
}

// AskPast asks for the reading of bookmarks again, whose jobs may be lost.
func (s *Store) AskPast(ctx context.Context, all []past.Bookmark) error {
	err := s.db.Transact(ctx, "ask for the past", func(tx *sql.Tx) error {
		for _, b := range all {
			if err := s.askTx(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.jobs.Ring()
	}
	return err
}

func (s *Store) askTx(ctx context.Context, tx *sql.Tx, b past.Bookmark) error {
	return s.jobs.InsertTx(ctx, tx, job.Backfill{Forge: string(b.Forge), RepoID: b.RepoID},
		job.When{Lane: delivery.Backfill, At: b.Until, Wake: b.State == past.Wanted})
}

func (s *Store) saveTx(ctx context.Context, tx *sql.Tx, b *past.Bookmark) error {
	b.UpdatedAt = s.db.Now()
	res, err := tx.ExecContext(ctx,
		`INSERT INTO backfill (forge, repo_id, installation, owner, name, state, since, began_at, cursor, reached, total, pulls, calls, points,
		until, why, revision, updated_at, production, unread)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)
		ON CONFLICT (forge, repo_id) DO UPDATE SET installation = excluded.installation, owner = excluded.owner, name = excluded.name,
		state = excluded.state, since = excluded.since, began_at = excluded.began_at, cursor = excluded.cursor, reached = excluded.reached,
		total = excluded.total, pulls = excluded.pulls, calls = excluded.calls, points = excluded.points, until = excluded.until,
		why = excluded.why, revision = excluded.revision, updated_at = excluded.updated_at,
		production = excluded.production, unread = excluded.unread
		WHERE backfill.revision = excluded.revision - 1`,
		b.Forge, b.RepoID, b.Connection, b.Owner, b.Name, b.State, sqldb.Millis(b.Since), sqldb.Millis(b.Began), b.Cursor,
		sqldb.Millis(b.Reached), b.Total, b.Pulls, b.Calls, b.Points, sqldb.Millis(b.Until), b.Why, b.Revision+1, sqldb.Millis(b.UpdatedAt),
		b.Production, b.Unread)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return past.ErrMoved
	}
	b.Revision++
	return err
}
