package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// SaveLookTx stores what a look saw of its change: lines of history, the state, and what the change waits for.
func (s *Store) SaveLookTx(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	r, now := look.Record, s.db.Now()
	for _, l := range look.Lines {
		if err := s.LineTx(ctx, tx, l); err != nil {
			return err
		}
	}
	if look.KeepRecord && !look.Unsure {
		return nil
	}
	unsure := int64(0)
	if look.Unsure {
		unsure = sqldb.Millis(now)
	}
	if look.KeepRecord {
		_, err := tx.ExecContext(ctx, `UPDATE change SET unsure_at = $1 WHERE id = $2`, unsure, r.Key.String())
		return err
	}
	told := int64(0)
	if look.Verdict != nil {
		told = sqldb.Millis(look.Verdict.UpdatedAt)
	}
	teams := ""
	if len(look.Teams) > 0 {
		teams = "," + strings.Join(look.Teams, ",") + ","
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE change SET state = $1, target = $2, head_sha = $3, head_ref = $4, base_sha = $5, base_ref = $6, draft = `+
			`$7, teams = $8, updated_at = $9, unsure_at = $10,
			headed_at = CASE WHEN head_sha = $3 AND headed_sha = $3 AND headed_at > 0 THEN headed_at ELSE $11 END, headed_sha = $3
			WHERE id = $12`,
		r.State, r.Target(), r.Head.SHA, r.Head.Ref, r.Base.SHA, r.Base.Ref, sqldb.Flag(look.Draft), teams, sqldb.Millis(now),
		unsure, told, r.Key.String())
	if err != nil {
		return fmt.Errorf("store change: %w", err)
	}
	return s.storeWait(ctx, tx, look)
}

// WaitingSince is when a head of a change began to wait for reports of CI; zero when it never did.
func (s *Store) WaitingSince(ctx context.Context, key change.Key, sha string) (time.Time, error) {
	var since int64
	err := s.db.Reader().QueryRowContext(ctx, `SELECT since FROM report_wait WHERE change_id = $1 AND sha = $2`, key.String(),
		sha).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read since when %s waits: %w", key, err)
	}
	return sqldb.Time(since), nil
}

// storeWait stores since when a head waits, in place of an older head. A head that waits already keeps its beginning.
func (s *Store) storeWait(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	w := look.Wait
	if w == nil {
		return nil
	}
	due := int64(0)
	if !w.Due.IsZero() {
		due = sqldb.Millis(w.Due)
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO report_wait (change_id, sha, since, due) VALUES ($1,$2,$3,$4) ON CONFLICT (change_id) DO UPDATE SET
		since = CASE WHEN report_wait.sha = excluded.sha AND report_wait.since < excluded.since THEN report_wait.since
		ELSE excluded.since END, sha = excluded.sha, due = excluded.due`,
		look.Record.Key.String(), w.SHA, sqldb.Millis(w.Since), due)
	if err != nil {
		return fmt.Errorf("store since when %s waits: %w", look.Record.Ref, err)
	}
	return nil
}

// Due lists the open changes that must be looked at again because of the time alone, those that wait longest first. A
// wait that begins in the future was noted before the clock was set back: it is due, and the look notes it anew.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]change.Record, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`JOIN report_wait w ON w.change_id = c.id
			WHERE w.due > 0 AND (w.due <= $1 OR w.since > $1) AND c.state = 'open' ORDER BY w.due LIMIT $2`,
		sqldb.Millis(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list changes that waited long enough: %w", err)
	}
	defer rows.Close()
	var all []change.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, fmt.Errorf("read change that waited long enough: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Told forgets that a change was due at a time; a later time, set by the look that follows, stays.
func (s *Store) Told(ctx context.Context, key change.Key, now time.Time) error {
	if _, err := s.db.Writer().ExecContext(ctx,
		`UPDATE report_wait SET due = 0 WHERE change_id = $1 AND (due <= $2 OR since > $2)`, key.String(), sqldb.Millis(now)); err != nil {
		return fmt.Errorf("forget that %s was due: %w", key, err)
	}
	return nil
}
