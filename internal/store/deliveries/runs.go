package deliveries

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// storeRun stores a finished run whose artifacts are to be fetched. A newer attempt is fetched again.
func (s *Store) storeRun(ctx context.Context, tx *sql.Tx, r upload.Run) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO ci_run (forge, repo_id, id, attempt, installation, sha, fork, collected, seen_at) VALUES ($1,$2,$3,$4,$5,$6,$7,0,$8)
		ON CONFLICT (forge, repo_id, id) DO UPDATE SET attempt = excluded.attempt, collected = 0, seen_at = excluded.seen_at WHERE ci_run.attempt < excluded.attempt`,
		r.Forge, r.RepoID, r.ID, r.Attempt, r.Connection, r.Head, sqldb.Flag(r.Fork), sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("store run %d: %w", r.ID, err)
	}
	return nil
}

// RunsOf lists the runs for a commit whose artifacts were not fetched yet, oldest first.
func (s *Store) RunsOf(ctx context.Context, forge change.Forge, repo int64, sha string) ([]upload.Run, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT id, attempt, installation, fork FROM ci_run WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND `+
			`collected = 0 ORDER BY id LIMIT 50`, forge, repo, sha)
	if err != nil {
		return nil, fmt.Errorf("list runs of %s: %w", change.Short(sha), err)
	}
	defer rows.Close()
	var all []upload.Run
	for rows.Next() {
		r := upload.Run{Forge: forge, RepoID: repo, Head: sha}
		var fork int64
		if err := rows.Scan(&r.ID, &r.Attempt, &r.Connection, &fork); err != nil {
			return nil, fmt.Errorf("list runs of %s: %w", change.Short(sha), err)
		}
		r.Fork = fork != 0
		all = append(all, r)
	}
	return all, rows.Err()
}

// Collected records that the artifacts of one attempt of a run were fetched in a look at a change, and asks for looks
// at the others with that head: theirs may have begun before the reports were there.
func (s *Store) Collected(ctx context.Context, r upload.Run, by change.Key) error {
	others := false
	what := fmt.Sprintf("record run %d as fetched", r.ID)
	err := s.db.TransactIn(ctx, what, changes.Partition(r.Forge, r.RepoID), func(tx *sql.Tx) error {
		others = false
		if _, err := tx.ExecContext(ctx,
			`UPDATE ci_run SET collected = 1 WHERE forge = $1 AND repo_id = $2 AND id = $3 AND attempt = $4`, r.Forge, r.RepoID, r.ID,
			r.Attempt); err != nil {
			return err
		}
		keys, err := s.changes.SelectedTx(ctx, tx, delivery.ReviewRequest{Forge: r.Forge, RepoID: r.RepoID, Commit: r.Head})
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key == by {
				continue
			}
			others = true
			if _, err := s.changes.RequestLooksTx(ctx, tx, "",
				delivery.ReviewRequest{
					Ref:  &change.Ref{Key: key},
					Lane: delivery.Interactive,
					Why:  "reports of a run of a fork were fetched",
				}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && others {
		s.jobs.Ring()
	}
	return err
}
