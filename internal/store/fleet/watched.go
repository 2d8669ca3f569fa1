package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// gatesFor is how long is remembered which gate a project had, so that another one is noticed.
const gatesFor = 90 * 24 * time.Hour

// KeepWatches keeps what was seen of projects now, and forgets what is long over. Name, gate and webhook replace what was
// known of a project; the gate that LastGates gives stays where nobody shows one now.
func (s *Store) KeepWatches(ctx context.Context, forge change.Forge, all []fleet.Watched) error {
	const doing = "keep what a forge does for projects"
	return s.db.Transact(ctx, doing, func(tx *sql.Tx) error {
		now := s.db.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM watched WHERE forge = $1 AND at < $2`, forge,
			sqldb.Millis(now.Add(-gatesFor))); err != nil {
			return fmt.Errorf(doing+": %w", err)
		}
		for _, w := range all {
			_, err := tx.ExecContext(
				ctx,
				`INSERT INTO watched (forge, repo_id, name, gate, held, webhook, at) VALUES ($1,$2,$3,$4,$4,$5,$6)
				ON CONFLICT (forge, repo_id) DO UPDATE SET name = excluded.name, gate = excluded.gate, webhook = excluded.webhook,
				held = CASE WHEN excluded.gate = '' THEN watched.held ELSE excluded.gate END, at = excluded.at`,
				forge,
				w.RepoID,
				w.Name,
				w.Gate,
				w.Webhook,
				sqldb.Millis(now),
			)
			if err != nil {
				return fmt.Errorf(doing+": %w", err)
			}
		}
		return nil
	})
}

// WatchesOf are the projects of a forge of which somebody saw it lately, those seen longest ago first.
func (s *Store) WatchesOf(ctx context.Context, forge change.Forge) (fleet.Watches, error) {
	all := fleet.Watches{Forge: forge}
	err := s.each(ctx, "list what a forge does for projects", func(scan func(...any) error) error {
		var w fleet.Watched
		var at int64
		if err := scan(&w.RepoID, &w.Name, &w.Gate, &w.Webhook, &at); err != nil {
			return err
		}
		w.At = sqldb.Time(at)
		all.All = append(all.All, w)
		return nil
	}, `SELECT repo_id, name, gate, webhook, at FROM watched WHERE forge = $1 AND at >= $2 ORDER BY at, repo_id`,
		forge, sqldb.Millis(s.db.Now().Add(-fleet.WatchedFor)))
	return all, err
}

// WatchOf is what somebody saw lately of one project; it is empty where nobody did.
func (s *Store) WatchOf(ctx context.Context, forge change.Forge, repo int64) (fleet.Watched, error) {
	w := fleet.Watched{RepoID: repo}
	var at int64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT name, gate, webhook, at FROM watched WHERE forge = $1 AND repo_id = $2 AND at >= $3`, forge, repo,
		sqldb.Millis(s.db.Now().Add(-fleet.WatchedFor))).Scan(&w.Name, &w.Gate, &w.Webhook, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return fleet.Watched{}, fmt.Errorf("read what a forge does for project %d: %w", repo, err)
	}
	w.At = sqldb.Time(at)
	return w, nil
}

// LastGates are the gates of a forge's projects as each was shown last, by the project's id.
func (s *Store) LastGates(ctx context.Context, forge change.Forge) (map[int64]string, error) {
	all := map[int64]string{}
	return all, s.each(ctx, "list the gates that projects had", func(scan func(...any) error) error {
		var repo int64
		var gate string
		if err := scan(&repo, &gate); err != nil {
			return err
		}
		all[repo] = gate
		return nil
	}, `SELECT repo_id, held FROM watched WHERE forge = $1 AND held <> ''`, forge)
}

// watched adds what was seen of the forges' side.
func (s *Store) watched(ctx context.Context, all []fleet.Repository, at map[id]int) error {
	return s.each(ctx, "add what a forge does for projects", func(scan func(...any) error) error {
		var key id
		var gate, webhook string
		if err := scan(&key.forge, &key.repo, &gate, &webhook); err != nil {
			return err
		}
		if i, ok := at[key]; ok {
			all[i].Gate, all[i].Webhook = gate, webhook
		}
		return nil
	}, `SELECT forge, repo_id, gate, webhook FROM watched WHERE at >= $1`, sqldb.Millis(s.db.Now().Add(-fleet.WatchedFor)))
}
