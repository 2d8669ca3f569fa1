package flow

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/flow/daily"
)

// packedDays is how far back days are packed. Figures of older ones are read from the facts.
const packedDays = 10 * 366

// unpack drops the days that a changed fact was in and is in. A sweep packs them again.
func unpack(ctx context.Context, tx *sql.Tx, before, after *int64) error {
	if before == nil {
		before = after
	}
	if after == nil {
		after = before
	}
	if after == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM flow_day WHERE day IN ($1, $2)`, *before, *after); err != nil {
		return fmt.Errorf("drop a packed day: %w", err)
	}
	return nil
}

// PackDays packs the days that are over and are not packed, the newest first, each in a transaction of its own.
func (s *Store) PackDays(ctx context.Context) error {
	missing, err := s.unpacked(ctx)
	if err != nil {
		return err
	}
	for _, day := range missing {
		if err := s.db.Transact(ctx, "pack a day of changes", func(tx *sql.Tx) error { return pack(ctx, tx, day) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) unpacked(ctx context.Context) (missing []int64, err error) {
	today := daily.Of(s.db.Now())
	var first sql.NullInt64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT MIN(merged_day) FROM flow_fact WHERE merged_day >= $1`, today-packedDays).Scan(&first)
	if err != nil {
		return nil, fmt.Errorf("find the first day of changes: %w", err)
	}
	if !first.Valid {
		return nil, nil
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT day FROM flow_day WHERE day >= $1 AND form = $2`, first.Int64, daily.Form)
	if err != nil {
		return nil, fmt.Errorf("list packed days: %w", err)
	}
	defer rows.Close()
	packed := map[int64]bool{}
	for rows.Next() {
		var day int64
		if err := rows.Scan(&day); err != nil {
			return nil, fmt.Errorf("list packed days: %w", err)
		}
		packed[day] = true
	}
	for day := today - 1; day >= first.Int64; day-- {
		if !packed[day] {
			missing = append(missing, day)
		}
	}
	return missing, rows.Err()
}

// pack packs a day. The transaction excludes all others, so no fact of the day changes meanwhile.
func pack(ctx context.Context, tx *sql.Tx, day int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+daily.Columns+` FROM flow_fact f WHERE f.merged_day = $1 AND f.state = 'merged'
		ORDER BY f.merged_at, f.change_id`, day)
	if err != nil {
		return fmt.Errorf("read the changes of a day: %w", err)
	}
	defer rows.Close()
	var d daily.Day
	for rows.Next() {
		if err := d.Add(rows.Scan); err != nil {
			return fmt.Errorf("read the changes of a day: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the changes of a day: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO flow_day (day, form, pulls) VALUES ($1, $2, $3)
		ON CONFLICT (day) DO UPDATE SET form = excluded.form, pulls = excluded.pulls`, day, daily.Form, d.Encode())
	return err
}
