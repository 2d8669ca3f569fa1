package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// DB is one open database: a pool that writes (on SQLite one connection), a pool of readers, a clock, and the ids of new
// rows. It is safe for concurrent use.
type DB struct {
	write, read *sql.DB
	now         func() time.Time
	ids         atomic.Int64
	// name is the database as messages call it: SQLite's file, or PostgreSQL's address without its password.
	name   string
	engine Engine
	// file is SQLite's file as it was opened. What is written to a file that was deleted or replaced since would be
	// lost.
	file os.FileInfo
	seen *observer
}

// Create opens the database at an address, and makes SQLite's file if there is none: sqlite://lintel.db (a path relative
// to the working folder), sqlite:///var/lib/lintel/lintel.db, or postgres://user@host/name. prepare runs before anything
// else does: it brings the schema up to date, or refuses.
func Create(ctx context.Context, address string, now func() time.Time, prepare func(*DB) error) (*DB, error) {
	return open(ctx, address, now, prepare, true)
}

// Existing is Create for a database that another process made. It makes no file.
func Existing(ctx context.Context, address string, now func() time.Time, prepare func(*DB) error) (*DB, error) {
	return open(ctx, address, now, prepare, false)
}

func open(ctx context.Context, address string, now func() time.Time, prepare func(*DB) error, create bool) (*DB, error) {
	if now == nil {
		return nil, errors.New("open the database: no clock")
	}
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	d := &DB{now: now, name: a.String(), engine: a.Engine, seen: &observer{}}
	if a.Engine == Postgres {
		err = d.openPostgres(ctx, a)
	} else {
		err = d.openSQLite(a.Path, create)
	}
	if err != nil {
		return nil, err
	}
	if err := prepare(d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if a.Engine == SQLite {
		if d.file, err = os.Stat(a.Path); err != nil {
			return nil, errors.Join(fmt.Errorf("look at the database: %w", err), d.Close())
		}
	}
	return d, nil
}

// Name is the database as messages call it: SQLite's file, or PostgreSQL's address without its password.
func (d *DB) Name() string { return d.name }

// Engine is the kind of the database.
func (d *DB) Engine() Engine { return d.engine }

// EngineOf is the kind of an open database.
func EngineOf(db *sql.DB) Engine {
	if db.Driver() == stdlib.GetDefaultDriver() {
		return Postgres
	}
	return SQLite
}

// Writer is the pool that writes, for the queue that shares its transactions. It must never be used inside an open
// transaction: SQLite's is one connection, which would wait for itself.
func (d *DB) Writer() *sql.DB { return d.write }

// Reader is the pool that pages and sweeps read with, and the queue counts by.
func (d *DB) Reader() *sql.DB { return d.read }

// Close closes the writer and the readers.
func (d *DB) Close() error { return errors.Join(d.read.Close(), d.write.Close()) }

// Now is the time by the database's clock.
func (d *DB) Now() time.Time { return d.now() }

// checkFile fails when the file at the path is no longer the one that was opened.
func (d *DB) checkFile() error {
	if d.file == nil {
		return nil
	}
	now, err := os.Stat(d.name)
	if err == nil && os.SameFile(now, d.file) {
		return nil
	}
	if err == nil {
		err = errors.New("another file is there")
	}
	return replaced(d.name, err)
}

// Backup writes a consistent copy of the database to a new file while others write. An existing file is never
// overwritten.
func (d *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("back up to %s: the file exists; name a new one", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	if d.engine == Postgres {
		return fmt.Errorf("back up to %s: a backup of %s is PostgreSQL's work: run pg_dump (docs/postgresql.md)", path, d.name)
	}
	// A connection of its own: the readers may write nothing, not even another file, and the writer must not wait for
	// so long.
	db, err := sql.Open("sqlite", dsnOf(d.name, "_pragma", "busy_timeout(10000)"))
	if err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, abs)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	if err := os.Chmod(abs, 0o600); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}

// Script runs a migration's text. It is written for both engines, but for the name of one type. Of a large table it takes
// long, so it heeds the context while it runs.
func (d *DB) Script(ctx context.Context, tx *sql.Tx, text string) error {
	if d.engine == SQLite {
		_, err := tx.ExecContext(context.WithValue(ctx, longKey{}, true), text)
		return err
	}
	_, err := tx.ExecContext(ctx, blobType.ReplaceAllString(text, "BYTEA"))
	return err
}

// blobType is SQLite's name of the type that PostgreSQL calls BYTEA.
var blobType = lazyregexp.New(`\bBLOB\b`)
