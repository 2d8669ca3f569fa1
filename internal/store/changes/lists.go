package changes

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Sharing returns the other open changes whose check belongs to the same commit as r's, by number.
func (s *Store) Sharing(ctx context.Context, r change.Record) ([]change.Record, error) {
	if r.Key.Group != "" || r.Target() == "" {
		return nil, nil
	}
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.forge = $1 AND c.repo_id = $2 AND c.target = $3 AND c.state = 'open' AND c.id <> $4 AND `+
			`c.merge_group = 'null' ORDER BY c.number LIMIT 100`,
		r.Forge, r.RepoID, r.Target(), r.Key.String())
	if err != nil {
		return nil, fmt.Errorf("list changes with the commit of %s: %w", r.Ref, err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("list changes with the commit of %s: %w", r.Ref, err)
	}
	return records, nil
}

// SharingTx is Sharing inside a transaction, without a bound.
func (s *Store) SharingTx(ctx context.Context, tx *sql.Tx, r change.Record) ([]change.Record, error) {
	if r.Key.Group != "" {
		return nil, nil
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.forge = $1 AND c.repo_id = $2 AND c.target = $3 AND c.state = 'open' AND c.id <> $4 AND `+
			`c.merge_group = 'null' ORDER BY c.number`, r.Forge, r.RepoID, r.Target(), r.Key.String())
	if err != nil {
		return nil, fmt.Errorf("read changes with the same commit: %w", err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("read changes with the same commit: %w", err)
	}
	return records, nil
}

// Raised returns the changes that something happened to last, newest first.
func (s *Store) Raised(ctx context.Context, limit int) ([]change.Record, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+recordColumns+recordTables+`ORDER BY c.raised_at DESC, c.id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list recent changes: %w", err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("list recent changes: %w", err)
	}
	return records, nil
}

// OpenChanges lists the open changes of a repository with when they were last looked at.
func (s *Store) OpenChanges(ctx context.Context, forge change.Forge, repo int64) ([]drift.Known, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+recordColumns+
			`, COALESCE(v.taken_at, 0), COALESCE(v.control_files, ''), COALESCE(v.target, ''), `+
			`COALESCE(v.forge_updated, 0), c.teams <> '', c.unsure_at`+recordTables+
			`LEFT JOIN verdict v ON v.id = (SELECT MAX(id) FROM verdict WHERE change_id = c.id) WHERE c.forge = $1 AND `+
			`c.repo_id = $2 AND c.state = 'open' ORDER BY c.number`, forge, repo)
	if err != nil {
		return nil, fmt.Errorf("list open changes: %w", err)
	}
	defer rows.Close()
	var all []drift.Known
	for rows.Next() {
		var k drift.Known
		var taken, updated, unsure int64
		r, err := scanRecord(wide{rows, []any{&taken, &k.ControlFiles, &k.Judged, &updated, &k.Teams, &unsure}})
		if err != nil {
			return nil, fmt.Errorf("list open changes: %w", err)
		}
		k.Record, k.TakenAt, k.UpdatedAt, k.UnsureAt = r, sqldb.Time(taken), sqldb.Time(updated), sqldb.Time(unsure)
		all = append(all, k)
	}
	return all, rows.Err()
}

// wide scans columns that follow those of a record.
type wide struct {
	row   sqldb.Row
	extra []any
}

func (w wide) Scan(dest ...any) error { return w.row.Scan(append(dest, w.extra...)...) }

// Lag is how long the change that waits longest has waited, and how many wait.
type Lag struct {
	Waiting int
	Oldest  time.Duration
}

// Lag measures the queue from the record: changes with something newer than their last evaluation, each since it began
// to wait for the look that is not finished. Events and sweeps that come meanwhile make none younger.
func (s *Store) Lag(ctx context.Context) (Lag, error) {
	var l Lag
	var oldest int64
	if err := s.db.Reader().QueryRowContext(ctx,
		`SELECT COUNT(*), COALESCE(MIN(waiting_since), 0) FROM change WHERE generation > evaluated AND state = 'open'`).Scan(&l.Waiting,
		&oldest); err != nil {
		return Lag{}, fmt.Errorf("measure queue lag: %w", err)
	}
	if l.Waiting > 0 {
		l.Oldest = max(0, s.db.Now().Sub(sqldb.Time(oldest)))
	}
	return l, nil
}

// Backlog is Lag as metrics read it.
func (s *Store) Backlog(ctx context.Context) (waiting int, oldest time.Duration, err error) {
	l, err := s.Lag(ctx)
	return l.Waiting, l.Oldest, err
}

// Lost lists open changes that were raised before a time and never judged since: their jobs are lost or failed for
// good. One that was raised in the future counts, too: the clock was set back since.
func (s *Store) Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.generation > c.evaluated AND c.state = 'open'
			AND (c.raised_at < $1 OR c.raised_at > $2) ORDER BY c.raised_at LIMIT $3`,
		sqldb.Millis(before), sqldb.Millis(s.db.Now().Add(time.Minute)), limit)
	if err != nil {
		return nil, fmt.Errorf("list lost changes: %w", err)
	}
	defer rows.Close()
	var all []change.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, fmt.Errorf("list lost changes: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}
