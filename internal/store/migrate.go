package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date: forward only, in number order, all missing steps in one transaction and each
// recorded by its number. When one fails, the schema stays what it was, so that the program before can be started again.
// A step that is missing below the newest one is done as well: steps are written side by side, and a gap is no order.
// Processes that start at once wait for each other, and each step is done once.
func migrate(ctx context.Context, db *sqldb.DB) error {
	err := db.Transact(ctx, "open database "+db.Name(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`)
		if err == nil && db.Engine() == sqldb.Postgres {
			_, err = tx.ExecContext(ctx, `CREATE SEQUENCE IF NOT EXISTS lintel_id`)
		}
		return err
	})
	if err != nil {
		return err
	}
	have, done, err := applied(ctx, db)
	if err != nil {
		return fmt.Errorf("read schema version of %s: %w", db.Name(), err)
	}
	steps, err := steps()
	if err != nil {
		return err
	}
	if newest := steps[len(steps)-1].number; have > newest {
		return fmt.Errorf(
			"database %s has schema %d, this program knows %d: run the newer program, or restore the backup made before the upgrade",
			db.Name(), have, newest)
	}
	missing := slices.DeleteFunc(steps, func(s step) bool { return done[s.number] })
	if len(missing) == 0 {
		return nil
	}
	return db.Transact(ctx, "migrate database to "+missing[len(missing)-1].name, func(tx *sql.Tx) error {
		for _, step := range missing {
			if err := apply(ctx, db, tx, step); err != nil {
				return fmt.Errorf("step %s: %w", step.name, err)
			}
		}
		return nil
	})
}

// apply does one step, unless another process has done it meanwhile.
func apply(ctx context.Context, db *sqldb.DB, tx *sql.Tx, step step) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM schema_version WHERE number = $1`, step.number).Scan(&n); err != nil || n > 0 {
		return err
	}
	if db.Engine() == sqldb.Postgres {
		// An index of a large table takes as long as it takes.
		if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
	}
	if err := db.Script(ctx, tx, step.text); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO schema_version (number, name) VALUES ($1, $2)`, step.number, step.name)
	return err
}

// current reports whether the schema is this program's.
func current(ctx context.Context, db *sqldb.DB) error {
	have, done, err := applied(ctx, db)
	if err != nil {
		return fmt.Errorf("read schema version of %s: %w", db.Name(), err)
	}
	steps, err := steps()
	if err != nil {
		return err
	}
	newest := steps[len(steps)-1].number
	whole := have == newest
	for _, step := range steps {
		whole = whole && done[step.number]
	}
	if !whole {
		return fmt.Errorf(
			"database %s has schema %d, this program knows %d: run the same version as lintel serve, and start that first", db.Name(),
			have, newest)
	}
	return nil
}

// applied returns the newest step that was done, and all of them.
func applied(ctx context.Context, db *sqldb.DB) (newest int, done map[int]bool, err error) {
	rows, err := db.Writer().QueryContext(ctx, `SELECT number FROM schema_version`)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	done = map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return 0, nil, err
		}
		newest, done[n] = max(newest, n), true
	}
	return newest, done, rows.Err()
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
		if err != nil || len(all) > 0 && n <= all[len(all)-1].number {
			return nil, fmt.Errorf("migration %s has no number of its own", path)
		}
		text, err := migrations.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", path, err)
		}
		all = append(all, step{n, name, string(text)})
	}
	return all, nil
}
