package outcomes

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// count brings the counts of a repository, and those of all of them, from before to after.
func (s *Store) count(ctx context.Context, tx *sql.Tx, key change.Key, before, after map[scorecard.Cell]int64) error {
	for cell := range before {
		if _, ok := after[cell]; !ok {
			after[cell] = 0
		}
	}
	for cell, n := range after {
		delta := n - before[cell]
		if delta == 0 {
			continue
		}
		for _, scope := range []change.Key{{}, {Forge: key.Forge, RepoID: key.RepoID}} {
			_, err := tx.ExecContext(ctx, `INSERT INTO tally (forge, repo_id, day, rule, name, n) VALUES ($1,$2,$3,$4,$5,$6)
				ON CONFLICT (forge, repo_id, day, rule, name) DO UPDATE SET n = tally.n + excluded.n`,
				scope.Forge, scope.RepoID, cell.Day, cell.Rule, cell.Name, delta)
			if err != nil {
				return fmt.Errorf("count findings of %s: %w", cell.Rule, err)
			}
		}
	}
	return nil
}

// Scores returns the counts of every rule since a day, and of as long before it; of one repository, or of all for 0.
func (s *Store) Scores(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]scorecard.Count, error) {
	from, today := scorecard.Day(since), scorecard.Day(s.db.Now())
	if repo == 0 {
		forge = ""
	}
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT rule, name, SUM(CASE WHEN day >= $1 THEN n ELSE 0 END), SUM(CASE WHEN day < $1 THEN n ELSE 0 END) FROM tally `+
			`WHERE forge = $2 AND repo_id = $3 AND day >= $4 GROUP BY rule, name ORDER BY rule, name`,
		from, forge, repo, from-(today-from+1))
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	defer rows.Close()
	var all []scorecard.Count
	for rows.Next() {
		var c scorecard.Count
		if err := rows.Scan(&c.Rule, &c.Name, &c.Now, &c.Before); err != nil {
			return nil, fmt.Errorf("read scores: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}
