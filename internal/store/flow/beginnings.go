package flow

import (
	"context"
	"database/sql"
	"fmt"
)

// beginnings say since when a repository has what is rolled out repository by repository. Those that are known are left
// out, so most runs read little.
var beginnings = map[string]string{
	"lintel": `SELECT r.forge, r.id, (SELECT MIN(v.decided_at) FROM change c JOIN verdict v ON v.change_id = c.id
		WHERE c.forge = r.forge AND c.repo_id = r.id) FROM repository r
		WHERE NOT EXISTS (SELECT 1 FROM beginning b WHERE b.name = 'lintel' AND b.forge = r.forge AND b.repo_id = r.id)`,
	"advice": `SELECT c.forge, c.repo_id, MIN(q.made_at) FROM consult q JOIN change c ON c.id = q.change_id
		WHERE NOT EXISTS (SELECT 1 FROM beginning b WHERE b.name = 'advice' AND b.forge = c.forge AND b.repo_id = c.repo_id)
		GROUP BY c.forge, c.repo_id`,
}

// NoteBeginnings keeps when repositories began, before the retention takes what tells of it. It reads first, so that the
// writer waits for no long query.
func (s *Store) NoteBeginnings(ctx context.Context) error {
	for name, query := range beginnings {
		found, err := s.begun(ctx, query)
		if err != nil {
			return fmt.Errorf("read when repositories began with %s: %w", name, err)
		}
		if len(found) == 0 {
			continue
		}
		err = s.db.Transact(ctx, "note beginnings", func(tx *sql.Tx) error {
			for _, b := range found {
				if _, err := tx.ExecContext(ctx, `INSERT INTO beginning (name, forge, repo_id, at) VALUES ($1, $2, $3, $4)
					ON CONFLICT (name, forge, repo_id) DO NOTHING`, name, b.forge, b.repo, b.at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("note when repositories began with %s: %w", name, err)
		}
	}
	return nil
}

type begun struct {
	forge    string
	repo, at int64
}

func (s *Store) begun(ctx context.Context, query string) (all []begun, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b begun
		var at sql.NullInt64
		if err := rows.Scan(&b.forge, &b.repo, &at); err != nil {
			return nil, err
		}
		if b.at = at.Int64; at.Valid {
			all = append(all, b)
		}
	}
	return all, rows.Err()
}
