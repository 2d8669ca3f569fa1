package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Step is one migration of the schema.
type Step struct {
	Name string
	// Done says that the database has it, SQL what it runs.
	Done bool
	SQL  string
	// Beside says that the program that made the database's newest step may go on when this one is done.
	Beside bool
}

// Schema is where a database stands.
type Schema struct {
	// Database is its name without a password, Engine its kind with the server's version.
	Database, Engine string
	Steps            []Step
	// Newer is the number of a newest step that this program does not know; 0 when it knows all. Runs says that this
	// program may run on it all the same.
	Newer int
	Runs  bool
}

// ReadSchema reads where a database stands, and changes nothing. SQLite's file must exist.
func ReadSchema(ctx context.Context, address string) (s Schema, err error) {
	db, err := sqldb.Existing(ctx, address, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s.Database = db.Name()
	if s.Engine, err = engineOf(ctx, db); err != nil {
		return s, err
	}
	all, err := steps()
	if err != nil {
		return s, err
	}
	made, err := hasVersions(ctx, db)
	if err != nil {
		return s, fmt.Errorf("read schema version of %s: %w", db.Name(), err)
	}
	var at version
	if made {
		if at, err = readVersion(ctx, db); err != nil {
			return s, err
		}
	}
	for _, step := range all {
		s.Steps = append(s.Steps, Step{Name: step.name, Done: at.done[step.number], SQL: step.text,
			Beside: at.newest == 0 || step.floor <= at.newest})
	}
	newest := all[len(all)-1].number
	if s.Runs = at.runs(newest); at.newest > newest {
		s.Newer = at.newest
	}
	return s, nil
}

func engineOf(ctx context.Context, db *sqldb.DB) (name string, err error) {
	query := `SELECT sqlite_version()`
	if db.Engine() == sqldb.Postgres {
		query = `SELECT current_setting('server_version')`
	}
	if err := db.Reader().QueryRowContext(ctx, query).Scan(&name); err != nil {
		return "", fmt.Errorf("read the version of %s: %w", db.Name(), err)
	}
	return string(db.Engine()) + " " + name, nil
}

// hasVersions reports whether any step was ever done.
func hasVersions(ctx context.Context, db *sqldb.DB) (made bool, err error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'`
	if db.Engine() == sqldb.Postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'`
	}
	var name string
	err = db.Reader().QueryRowContext(ctx, query).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
