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
// Processes that start at once wait for each other, and each step is done once. A newer schema is left as it is, when
// its program said that this one may run on it.
func migrate(ctx context.Context, db *sqldb.DB, steps []step) error {
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
	at, err := readVersion(ctx, db)
	if err != nil {
		return err
	}
	if newest := steps[len(steps)-1].number; !at.runs(newest) {
		return fmt.Errorf("database %s has schema %d, this program knows %d%s: run the newer program, or restore the backup made "+
			"before the upgrade", db.Name(), at.newest, newest, at.words())
	}
	missing := slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return at.done[s.number] })
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
	if _, err := tx.ExecContext(ctx, `INSERT INTO schema_version (number, name) VALUES ($1, $2)`, step.number, step.name); err != nil {
		return err
	}
	if step.number < floorsFrom {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE schema_version SET floor = $1 WHERE number = $2`, step.floor, step.number)
	return err
}

// current reports whether this program may work on the schema as it is.
func current(ctx context.Context, db *sqldb.DB) error {
	at, err := readVersion(ctx, db)
	if err != nil {
		return err
	}
	steps, err := steps()
	if err != nil {
		return err
	}
	newest := steps[len(steps)-1].number
	whole := at.runs(newest)
	for _, step := range steps {
		whole = whole && at.done[step.number]
	}
	if !whole {
		return fmt.Errorf("database %s has schema %d, this program knows %d%s: run the same version as lintel serve, and start that first",
			db.Name(), at.newest, newest, at.words())
	}
	return nil
}

// version is where the schema of a database stands.
type version struct {
	// newest is the newest step that was done, done are all.
	newest int
	done   map[int]bool
	// floor is the oldest program that may run on it, by that program's own newest step; 0 before floors were noted.
	floor int
}

// runs reports whether a program whose own newest step is known may run on the schema, once its own steps are done.
func (v version) runs(known int) bool { return v.newest <= known || v.floor > 0 && v.floor <= known }

// words name the floor where there is one.
func (v version) words() string {
	if v.floor == 0 {
		return ""
	}
	return fmt.Sprintf(", and programs from %d on may run on it", v.floor)
}

func readVersion(ctx context.Context, db *sqldb.DB) (v version, err error) {
	fail := func(err error) (version, error) {
		return v, fmt.Errorf("read schema version of %s: %w", db.Name(), err)
	}
	rows, err := db.Writer().QueryContext(ctx, `SELECT number FROM schema_version`)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	v.done = map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return fail(err)
		}
		v.newest, v.done[n] = max(v.newest, n), true
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	if err := rows.Close(); err != nil { // on SQLite the connection is the only one
		return fail(err)
	}
	if !v.done[floorsFrom] {
		return v, nil
	}
	// A step that does not say it lets nobody run beside it.
	if err := db.Writer().QueryRowContext(ctx, `SELECT MAX(CASE WHEN floor = 0 THEN number ELSE floor END) FROM schema_version`).Scan(
		&v.floor); err != nil {
		return fail(err)
	}
	return v, nil
}

// floorsFrom is the first step that says which programs may run beside it.
const floorsFrom = 37

type step struct {
	number     int
	name, text string
	// floor is the newest step of the oldest program that may run on the schema when this one is done: the program before
	// goes on beside it when the step only adds.
	floor int
}

// steps are this program's, then those of more folders.
func steps(more ...fs.FS) (all []step, err error) {
	for _, folder := range append([]fs.FS{migrations}, more...) {
		names, err := fs.Glob(folder, "migrations/*.sql")
		if err != nil {
			return nil, fmt.Errorf("list migrations: %w", err)
		}
		sort.Strings(names)
		for _, path := range names {
			text, err := fs.ReadFile(folder, path)
			if err != nil {
				return nil, fmt.Errorf("read migration %s: %w", path, err)
			}
			s, err := newStep(path, string(text))
			if err != nil {
				return nil, err
			}
			if len(all) > 0 && s.number <= all[len(all)-1].number {
				return nil, fmt.Errorf("migration %s has no number of its own", path)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func newStep(path, text string) (s step, err error) {
	s.name, s.text = strings.TrimSuffix(strings.TrimPrefix(path, "migrations/"), ".sql"), text
	digits, _, _ := strings.Cut(s.name, "_")
	if s.number, err = strconv.Atoi(digits); err != nil {
		return s, fmt.Errorf("migration %s has no number of its own", path)
	}
	if s.floor = s.number; s.number < floorsFrom {
		return s, nil
	}
	first, _, _ := strings.Cut(text, "\n")
	floor, found := strings.CutPrefix(first, "-- floor: ")
	if s.floor, err = strconv.Atoi(floor); !found || err != nil || s.floor < floorsFrom || s.floor > s.number {
		return s, fmt.Errorf(`migration %s: its first line is not "-- floor: N" with the newest step, from %d to its own, of the `+
			`oldest program that may run beside it`, path, floorsFrom)
	}
	return s, nil
}
