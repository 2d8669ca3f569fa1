package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/flow"
)

// Unmeasured are the numbers of a repository's merged changes of which nobody counted the rewritten lines.
func (s *Store) Unmeasured(ctx context.Context, forge string, repo int64) (map[int]bool, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT number FROM flow_fact WHERE forge = $1 AND repo_id = $2 AND merged_at IS NOT NULL AND replaced_lines IS NULL`, forge, repo)
	if err != nil {
		return nil, fmt.Errorf("list changes without rewritten lines: %w", err)
	}
	defer rows.Close()
	all := map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("list changes without rewritten lines: %w", err)
		}
		all[n] = true
	}
	return all, rows.Err()
}

// SaveRewritten keeps how many lines a change replaced, and how many of them were no older than 21 and 30 days.
// Facts that are derived anew keep it.
func (s *Store) SaveRewritten(ctx context.Context, p flow.Pull, lines, within21, within30 int) error {
	return s.db.Transact(ctx, "keep rewritten lines", func(tx *sql.Tx) error {
		var day *int64
		err := tx.QueryRowContext(ctx, `UPDATE flow_fact SET replaced_lines = $1, replaced_lines_21d = $2, replaced_lines_30d = $3
			WHERE change_id = $4 RETURNING merged_day`, lines, within21, within30, p.String()).Scan(&day)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("keep the rewritten lines of %s: %w", p, err)
		}
		return unpack(ctx, tx, day, nil)
	})
}
