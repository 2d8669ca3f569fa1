package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

func (s *Store) SeenTx(ctx context.Context, tx *sql.Tx, a delivery.Admission) error {
	now := sqldb.Millis(s.db.Now())
	for _, seen := range a.Seen {
		r := seen.Repository
		if r.ID == 0 {
			continue
		}
		kept, err := tx.ExecContext(ctx,
			`INSERT INTO repository (forge, id, installation, owner, name, private, default_branch, gone, scanned_at, updated_at, owner_id)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,$9,$10)
			ON CONFLICT (forge, id) DO UPDATE SET installation = excluded.installation, owner = excluded.owner, name = excluded.name, private = excluded.private,
			default_branch = CASE WHEN excluded.default_branch = '' THEN repository.default_branch ELSE excluded.default_branch END, gone = excluded.gone, updated_at = excluded.updated_at,
			owner_id = CASE WHEN excluded.owner_id = 0 THEN repository.owner_id ELSE excluded.owner_id END,
			moved = repository.moved + CASE WHEN repository.owner <> excluded.owner OR repository.name <> excluded.name
				OR repository.private <> excluded.private THEN 1 ELSE 0 END,
			above = CASE WHEN repository.above <> '' AND (repository.owner <> excluded.owner OR excluded.owner_id <> 0 AND repository.owner_id <> 0
				AND repository.owner_id <> excluded.owner_id) THEN '?' ELSE repository.above END
			WHERE repository.installation <> excluded.installation OR repository.owner <> excluded.owner OR repository.name <> excluded.name OR repository.private <> excluded.private
			OR repository.gone <> excluded.gone OR (excluded.default_branch <> '' AND repository.default_branch <> excluded.default_branch)
			OR (excluded.owner_id <> 0 AND repository.owner_id <> excluded.owner_id)`,
			seen.Forge, r.ID, seen.Connection, r.Owner, r.Name, sqldb.Flag(r.Private), r.DefaultBranch, sqldb.Flag(seen.Gone), now,
			r.OwnerID)
		if err != nil {
			return fmt.Errorf("store repository %s/%s: %w", r.Owner, r.Name, err)
		}
		if err := storeName(ctx, tx, seen, kept, now); err != nil {
			return err
		}
		if err := storeTraits(ctx, tx, seen); err != nil {
			return err
		}
		if seen.Gone {
			if _, err := tx.ExecContext(ctx,
				`UPDATE change SET state = 'closed', evaluated = generation, updated_at = $1 WHERE forge = $2 AND `+
					`repo_id = $3 AND state = 'open'`, now, seen.Forge, r.ID); err != nil {
				return fmt.Errorf("close changes of repository %s/%s: %w", r.Owner, r.Name, err)
			}
		}
	}
	if !a.Uninstalled {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE repository SET gone = 1, updated_at = $1 WHERE forge = $2 AND installation = $3`, now,
		a.Forge, a.Connection); err != nil {
		return fmt.Errorf("forget connection %d: %w", a.Connection, err)
	}
	if _, err := tx.ExecContext(ctx,
		`UPDATE change SET state = 'closed', evaluated = generation, updated_at = $1 WHERE forge = $2 AND installation `+
			`= $3 AND state = 'open'`, now, a.Forge, a.Connection); err != nil {
		return fmt.Errorf("forget connection %d: %w", a.Connection, err)
	}
	return nil
}

// Repository returns what is remembered of a repository, and its connection.
func (s *Store) Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error) {
	r := change.Repository{ID: id}
	var connection, private int64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT installation, owner, owner_id, name, private, default_branch FROM repository WHERE forge = $1 AND id = $2`, forge,
		id).Scan(&connection, &r.Owner, &r.OwnerID, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, 0, fmt.Errorf("read repository %s:%d: %w", forge, id, err)
	}
	r.Private = private != 0
	return r, connection, nil
}

// RepositoryNamed returns the repository that people call owner/name. It is change.ErrNotFound when it is unknown.
func (s *Store) RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error) {
	var r change.Repository
	var private int64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT id, owner, name, private, default_branch FROM repository WHERE forge = $1 AND lower(owner) = $2 AND `+
			`lower(name) = $3 ORDER BY gone, updated_at DESC LIMIT 1`,
		forge, strings.ToLower(owner), strings.ToLower(name)).Scan(&r.ID, &r.Owner, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, fmt.Errorf("find repository %s/%s: %w", owner, name, err)
	}
	r.Private = private != 0
	return r, nil
}

// maxKnown bounds KnownRepositories.
const maxKnown = 20_000

// KnownRepositories are the repositories of a forge that the record has heard of, by their ids and names.
func (s *Store) KnownRepositories(ctx context.Context, forge change.Forge) (all []change.Repository, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT id, owner, name FROM repository WHERE forge = $1 ORDER BY id LIMIT $2`,
		forge, maxKnown)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r change.Repository
		if err := rows.Scan(&r.ID, &r.Owner, &r.Name); err != nil {
			return nil, fmt.Errorf("list repositories: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Owned finds a repository that the App sees, by its id or, when that is 0, by owner/name, with its connection.
// Otherwise it is change.ErrNotFound.
func (s *Store) Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error) {
	query, args := `id = $2`, []any{forge, id}
	if id == 0 {
		owner, short, _ := change.SplitName(strings.ToLower(name))
		query, args = `lower(owner) = $2 AND lower(name) = $3`, []any{forge, owner, short}
	}
	var r change.Repository
	var connection, private int64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT id, installation, owner, owner_id, name, private, default_branch FROM repository WHERE forge = $1 AND `+query+
			` AND gone = 0 ORDER BY updated_at DESC LIMIT 1`, args...).
		Scan(&r.ID, &connection, &r.Owner, &r.OwnerID, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, 0, fmt.Errorf("find repository: %w", err)
	}
	r.Private = private != 0
	return r, connection, nil
}

// Watched lists the repositories the App can see, the longest unscanned first.
func (s *Store) Watched(ctx context.Context, forge change.Forge, limit int) ([]drift.Repository, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT id, installation, owner, name, private, default_branch, scanned_at FROM repository WHERE forge = $1 AND `+
			`gone = 0 ORDER BY scanned_at, id LIMIT $2`, forge, limit)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	defer rows.Close()
	var all []drift.Repository
	for rows.Next() {
		var w drift.Repository
		var private, scanned int64
		if err := rows.Scan(&w.ID, &w.Connection, &w.Owner, &w.Name, &private, &w.DefaultBranch, &scanned); err != nil {
			return nil, fmt.Errorf("list repositories: %w", err)
		}
		w.Private, w.ScannedAt = private != 0, sqldb.Time(scanned)
		all = append(all, w)
	}
	return all, rows.Err()
}

// Scanned records that a repository's open changes were listed.
func (s *Store) Scanned(ctx context.Context, forge change.Forge, id int64, at time.Time) error {
	_, err := s.db.Writer().ExecContext(ctx, `UPDATE repository SET scanned_at = $1 WHERE forge = $2 AND id = $3`,
		sqldb.Millis(at), forge, id)
	if err != nil {
		return fmt.Errorf("record scan of repository %d: %w", id, err)
	}
	return nil
}

// Connections lists the connections that have open changes. It goes from one connection to the next by the index, so it reads
// two entries for each, however many changes they have.
func (s *Store) Connections(ctx context.Context, forge change.Forge) ([]int64, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`WITH RECURSIVE few(id) AS (SELECT CAST(-1 AS BIGINT) UNION ALL
		SELECT (SELECT MIN(n.installation) FROM change n WHERE n.forge = $1 AND n.installation > few.id) FROM few WHERE few.id IS NOT NULL)
		SELECT id FROM few WHERE id IS NOT NULL AND EXISTS
		(SELECT 1 FROM change o WHERE o.forge = $1 AND o.installation = few.id AND o.state = 'open') ORDER BY id`, forge)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		all = append(all, id)
	}
	return all, rows.Err()
}

// NoteAbove keeps the groups that a repository is in, the nearest first.
func (s *Store) NoteAbove(ctx context.Context, forge change.Forge, repo int64, groups []int64) error {
	above := ","
	for _, id := range groups {
		above += strconv.FormatInt(id, 10) + ","
	}
	var known string
	err := s.db.Reader().QueryRowContext(ctx, `SELECT above FROM repository WHERE forge = $1 AND id = $2`, forge, repo).Scan(&known)
	if errors.Is(err, sql.ErrNoRows) || err == nil && known == above {
		return nil
	}
	if err == nil {
		_, err = s.db.Writer().ExecContext(ctx, `UPDATE repository SET above = $1 WHERE forge = $2 AND id = $3`, above, forge, repo)
	}
	if err != nil {
		return fmt.Errorf("note what is above repository %d: %w", repo, err)
	}
	return nil
}
