package changes

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// maxNamesakes bounds how many repositories of one name are searched: names are given up and taken again.
const maxNamesakes = 20

// storeName stores the name that a repository was seen under. A row that did not change has no new name.
func storeName(ctx context.Context, tx *sql.Tx, seen delivery.Seen, kept sql.Result, now int64) error {
	if n, err := kept.RowsAffected(); err != nil || n == 0 {
		return err
	}
	r := seen.Repository
	_, err := tx.ExecContext(ctx, `INSERT INTO known_name (forge, owner, name, repo_id, seen_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (forge, owner, name, repo_id) DO UPDATE SET seen_at = excluded.seen_at`,
		seen.Forge, strings.ToLower(r.Owner), strings.ToLower(r.Name), r.ID, now)
	if err != nil {
		return fmt.Errorf("store name %s/%s: %w", r.Owner, r.Name, err)
	}
	return nil
}

// Find returns the change that people call owner/name#number, by the repository's name of today or by one that it had.
// It is change.ErrNotFound when it is unknown.
func (s *Store) Find(ctx context.Context, forge change.Forge, owner, name string, number int) (change.Record, error) {
	all, err := s.Named(ctx, forge, owner, name, number)
	if err != nil || len(all) > 0 {
		return newestOf(all), err
	}
	return change.Record{}, fmt.Errorf("find %s/%s#%d: %w", owner, name, number, change.ErrNotFound)
}

// FindGroup returns the merge group of owner/name whose head is sha. It is change.ErrNotFound when it is unknown.
func (s *Store) FindGroup(ctx context.Context, forge change.Forge, owner, name, sha string) (change.Record, error) {
	all, err := s.NamedGroup(ctx, forge, owner, name, sha)
	if err != nil || len(all) > 0 {
		return newestOf(all), err
	}
	return change.Record{}, fmt.Errorf("find %s/%s@%s: %w", owner, name, sha, change.ErrNotFound)
}

// Named returns every change that is or was called owner/name#number: renamed repositories keep their old names
// until others take them. The one that has the name today is the first; then come those that had it last. None is no
// error.
func (s *Store) Named(ctx context.Context, forge change.Forge, owner, name string, number int) ([]change.Record, error) {
	return s.named(ctx, forge, owner, name, `c.number = $4 AND c.merge_group = 'null'`, number)
}

// NamedGroup is Named for merge groups, by the commit of their heads.
func (s *Store) NamedGroup(ctx context.Context, forge change.Forge, owner, name, sha string) ([]change.Record, error) {
	return s.named(ctx, forge, owner, name, `c.target = $4 AND c.merge_group <> 'null'`, sha)
}

func (s *Store) named(ctx context.Context, forge change.Forge, owner, name, which string, what any) ([]change.Record, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		// "CROSS JOIN" keeps SQLite to this order: it would begin with all changes of the forge.
		`SELECT `+recordColumns+` FROM known_name n CROSS JOIN change c LEFT JOIN repository r ON r.forge = c.forge AND r.id = c.repo_id
		WHERE n.forge = $1 AND n.owner = $2 AND n.name = $3 AND c.forge = n.forge AND c.repo_id = n.repo_id AND `+which+`
		ORDER BY CASE WHEN lower(r.owner) = n.owner AND lower(r.name) = n.name THEN 0 ELSE 1 END, r.gone, n.seen_at DESC LIMIT $5`,
		forge, strings.ToLower(owner), strings.ToLower(name), what, maxNamesakes)
	if err != nil {
		return nil, fmt.Errorf("list changes called %s/%s %v: %w", owner, name, what, err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("list changes called %s/%s %v: %w", owner, name, what, err)
	}
	return records, nil
}

func newestOf(all []change.Record) change.Record {
	if len(all) == 0 {
		return change.Record{}
	}
	return all[0]
}
