package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// maxReaders is how many connections the pool of readers has.
const maxReaders = 4

// DB is one open database: a writer, a pool of readers, a clock, and the ids of new rows. It is safe for concurrent
// use.
type DB struct {
	write, read *sql.DB
	now         func() time.Time
	ids         atomic.Int64
	path        string
	// file is the database as it was opened. What is written to a file that was deleted or replaced since would be
	// lost.
	file os.FileInfo
	seen *observer
}

// Create opens the database at an address such as sqlite://lintel.db (a path relative to the working folder) or
// sqlite:///var/lib/lintel/lintel.db, and makes its file if there is none. prepare runs before anything else does: it
// brings the schema up to date, or refuses.
func Create(address string, now func() time.Time, prepare func(*DB) error) (*DB, error) {
	d, err := newDB(address, now)
	if err != nil {
		return nil, err
	}
	if err := restrictAccess(d.path); err != nil {
		return nil, err
	}
	return d.open(prepare, "_pragma", "journal_mode(WAL)", "_pragma", busyPragma, "_pragma", "synchronous(NORMAL)", "_txlock", "immediate")
}

// Existing is Create for a database that another process made. It makes no file.
func Existing(address string, now func() time.Time, prepare func(*DB) error) (*DB, error) {
	d, err := newDB(address, now)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(d.path); err != nil {
		return nil, fmt.Errorf("database: %w: start lintel serve first; it makes the database", err)
	}
	return d.open(prepare, "mode", "rw", "_pragma", busyPragma, "_pragma", "synchronous(NORMAL)", "_txlock", "immediate")
}

// newDB checks what it is given, and opens nothing.
func newDB(address string, now func() time.Time) (*DB, error) {
	if now == nil {
		return nil, errors.New("open the database: no clock")
	}
	path, err := Path(address)
	if err != nil {
		return nil, err
	}
	return &DB{now: now, path: path, seen: &observer{}}, nil
}

// open opens the writer with parameters, and the readers.
func (d *DB) open(prepare func(*DB) error, params ...string) (*DB, error) {
	d.write = openPool(d.path, dsnOf(d.path, params...), d.seen)
	// SQLite has one writer at a time, and a queue in front of it waits better than a busy loop.
	d.write.SetMaxOpenConns(1)
	d.read = openPool(d.path, dsnOf(d.path, "mode", "ro", "_pragma", "query_only(1)", "_pragma", busyPragma), d.seen)
	d.read.SetMaxOpenConns(maxReaders)
	d.read.SetMaxIdleConns(maxReaders)
	if err := prepare(d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	file, err := os.Stat(d.path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at the database: %w", err), d.Close())
	}
	d.file = file
	return d, nil
}

// Path takes the file path out of a database address.
func Path(address string) (string, error) {
	rest, ok := strings.CutPrefix(address, "sqlite://")
	if !ok || rest == "" {
		return "", fmt.Errorf("database %q is not sqlite://PATH (PostgreSQL is not supported by this version)", address)
	}
	return filepath.Clean(rest), nil
}

// Path is the database's file.
func (d *DB) Path() string { return d.path }

// Writer is the one connection that writes, for the queue that shares its transactions. It must never be used inside an
// open transaction: it would wait for itself.
func (d *DB) Writer() *sql.DB { return d.write }

// Reader is the pool that pages and sweeps read with, and the queue counts by.
func (d *DB) Reader() *sql.DB { return d.read }

// Close closes the writer and the readers.
func (d *DB) Close() error { return errors.Join(d.read.Close(), d.write.Close()) }

// Now is the time by the database's clock.
func (d *DB) Now() time.Time { return d.now() }

// Transact runs f in one write transaction; what names the work in the error.
func (d *DB) Transact(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	if err := d.checkFile(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: begin: %w", what, err)
	}
	if err := f(tx); err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: commit: %w", what, err)
	}
	return nil
}

// checkFile fails when the file at the path is no longer the one that was opened.
func (d *DB) checkFile() error {
	if d.file == nil {
		return nil
	}
	now, err := os.Stat(d.path)
	if err == nil && os.SameFile(now, d.file) {
		return nil
	}
	if err == nil {
		err = errors.New("another file is there")
	}
	return replaced(d.path, err)
}

// StartIDs makes NextID begin above every id that was used, also when the clock was set back: the newest verdict and
// effect are those with the largest id.
func (d *DB) StartIDs(used int64) { d.ids.Store(used) }

// NextID makes a new id: the time in nanoseconds, but always larger than those before it, also after a restart with a
// clock that was set back. So the ids of a command beside a running server fall between the server's, as they should.
func (d *DB) NextID() int64 {
	for {
		last := d.ids.Load()
		next := max(last+1, d.now().UnixNano())
		if d.ids.CompareAndSwap(last, next) {
			return next
		}
	}
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
	// A connection of its own: the readers may write nothing, not even another file, and the writer must not wait for
	// so long.
	db, err := sql.Open("sqlite", dsnOf(d.path, "_pragma", "busy_timeout(10000)"))
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
