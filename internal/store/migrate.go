package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date: forward only, in number order, each step in a transaction of its own and recorded by number.
func (s *Store) migrate(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`); err != nil {
		return fmt.Errorf("open database %s: %w", s.path, err)
	}
	var have int
	if err := s.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM schema_version`).Scan(&have); err != nil {
		return fmt.Errorf("read schema version of %s: %w", s.path, err)
	}
	steps, err := steps()
	if err != nil {
		return err
	}
	if newest := steps[len(steps)-1].number; have > newest {
		return fmt.Errorf("database %s has schema %d, this program knows %d: run the newer program, or restore the backup made before the upgrade", s.path, have, newest)
	}
	for _, step := range steps {
		if step.number <= have {
			continue
		}
		err := s.transact(ctx, "migrate database to "+step.name, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, step.text); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO schema_version (number, name) VALUES ($1, $2)`, step.number, step.name)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type step struct {
	number     int
	name, text string
}

func steps() ([]step, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	sort.Strings(names)
	var all []step
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "migrations/"), ".sql")
		digits, _, _ := strings.Cut(name, "_")
		n, err := strconv.Atoi(digits)
		if err != nil || n != len(all)+1 {
			return nil, fmt.Errorf("migration %s is not number %d", path, len(all)+1)
		}
		text, err := migrations.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", path, err)
		}
		all = append(all, step{n, name, string(text)})
	}
	return all, nil
}
