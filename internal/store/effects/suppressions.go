package effects

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/thread"
)

// Dismissals returns what people dismissed in a repository since a time and what still counts, oldest first.
func (s *Store) Dismissals(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]thread.Dismissal, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT change_id, point, about, path, actor, reason, changed_at FROM point WHERE forge = $1 AND repo_id = $2 `+
			`AND state = 'dismissed' AND changed_at >= $3 AND counts = 1 ORDER BY changed_at, change_id, point`,
		forge, repo, sqldb.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("read dismissals in repository %d: %w", repo, err)
	}
	defer rows.Close()
	var all []thread.Dismissal
	for rows.Next() {
		var d thread.Dismissal
		var id, about string
		var at int64
		if err := rows.Scan(&id, &d.Fingerprint, &about, &d.Path, &d.By, &d.Why, &at); err != nil {
			return nil, fmt.Errorf("read dismissals in repository %d: %w", repo, err)
		}
		if d.Key, err = change.ParseKey(id); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(about), &d.About); err != nil {
			return nil, fmt.Errorf("read dismissal %s of %s: %w", d.Fingerprint, id, err)
		}
		d.At = sqldb.Time(at)
		all = append(all, d)
	}
	return all, rows.Err()
}

// Lift ends the suppressions that follow from dismissals, with a line of history on each change. The comments stay
// dismissed.
func (s *Store) Lift(ctx context.Context, all []thread.Dismissal, actor string) error {
	return s.db.Transact(ctx, "lift dismissals", func(tx *sql.Tx) error {
		for _, d := range all {
			if _, err := tx.ExecContext(ctx, `UPDATE point SET counts = 0 WHERE change_id = $1 AND point = $2`, d.Key.String(),
				d.Fingerprint); err != nil {
				return err
			}
			line := history.Line{
				Key:    d.Key,
				At:     s.db.Now(),
				Kind:   history.Lifted,
				Detail: "the dismissal of " + d.About.Rule + " in " + d.Path + " no longer keeps its like silent",
				Actor:  actor,
			}
			if err := s.changes.LineTx(ctx, tx, line); err != nil {
				return err
			}
			entry := audit.Entry{
				Act:    audit.Lifted,
				Actor:  actor,
				Forge:  string(d.Key.Forge),
				RepoID: d.Key.RepoID,
				Change: d.Key.String(),
				Detail: map[string]string{"rule": d.About.Rule, "path": d.Path},
			}
			if err := s.log.AppendTx(ctx, tx, entry); err != nil {
				return err
			}
		}
		return nil
	})
}
