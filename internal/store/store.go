// Package store is the record: deliveries, changes, verdicts with their evidence, intended effects and their receipts,
// history. Every statement on its tables is here, where one transaction can hold a delivery, its history and its job;
// the queue beside it holds nothing that cannot be made again from here.
//
// One writer connection serves every transaction, a pool of read-only ones serves pages and sweeps: SQLite allows one
// writer at a time, and a queue in front of it waits better than a busy loop.
package store

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

	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Jobs is the queue as the record sees it: jobs are inserted inside the record's transactions.
type Jobs interface {
	// InsertTx makes sure that a job waits or runs, for a new one no sooner than when says.
	InsertTx(ctx context.Context, tx *sql.Tx, args job.Args, when job.When) error
	// Ring tells the workers of this process that jobs were committed. It never blocks.
	Ring()
}

// Store is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	now         func() time.Time
	jobs        Jobs
	ids         atomic.Int64
	path        string
	// file is the database as it was opened. A file that was deleted or replaced since takes what is written to it into its grave.
	file os.FileInfo
}

// Open opens the database at a URL such as sqlite://lintel.db (a path relative to the working folder) or
// sqlite:///var/lib/lintel/lintel.db, makes it if it is not there, and brings its schema up to date. A schema newer
// than this program is an error: roll forward, or restore the backup.
func Open(ctx context.Context, address string, now func() time.Time, jobs Jobs) (*Store, error) {
	s, err := newStore(address, now, jobs)
	if err != nil {
		return nil, err
	}
	path := s.path
	if err := sqldb.RestrictAccess(path); err != nil {
		return nil, err
	}
	write := sqldb.DSN(path, "_pragma", "journal_mode(WAL)", "_pragma", sqldb.BusyPragma, "_pragma", "synchronous(NORMAL)", "_txlock",
		"immediate")
	s.write = sqldb.Open(path, write)
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	return s.opened(ctx)
}

// Join opens a database beside the server that it belongs to. It makes nothing and changes no schema: a database that
// is not there, or whose schema is not exactly this program's, is an error that says what to do.
func Join(ctx context.Context, address string, now func() time.Time, jobs Jobs) (*Store, error) {
	s, err := newStore(address, now, jobs)
	if err != nil {
		return nil, err
	}
	path := s.path
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("database: %w: start lintel serve first; it makes the database", err)
	}
	s.write = sqldb.Open(path,
		sqldb.DSN(path, "mode", "rw", "_pragma", sqldb.BusyPragma, "_pragma", "synchronous(NORMAL)", "_txlock", "immediate"))
	s.write.SetMaxOpenConns(1)
	if err := s.current(ctx); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	return s.opened(ctx)
}

// newStore checks what it is given, and opens nothing.
func newStore(address string, now func() time.Time, jobs Jobs) (*Store, error) {
	if now == nil || jobs == nil {
		return nil, errors.New("open the database: no clock or no jobs")
	}
	path, err := Path(address)
	if err != nil {
		return nil, err
	}
	return &Store{now: now, path: path, jobs: jobs}, nil
}

// opened opens the readers.
func (s *Store) opened(ctx context.Context) (*Store, error) {
	path := s.path
	s.read = sqldb.Open(path, sqldb.DSN(path, "mode", "ro", "_pragma", "query_only(1)", "_pragma", sqldb.BusyPragma))
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	if err := s.startIDs(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var err error
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("look at the database: %w", err), s.Close())
	}
	return s, nil
}

// checkFile says that the file that was opened is no longer the one at its path. Writing on would be lost with the process.
func (s *Store) checkFile() error {
	if s.file == nil {
		return nil
	}
	now, err := os.Stat(s.path)
	if err == nil && os.SameFile(now, s.file) {
		return nil
	}
	if err == nil {
		err = errors.New("another file is there")
	}
	return sqldb.Replaced(s.path, err)
}

// startIDs lets ids begin above every one that was used, also when the clock was set back: the newest verdict and
// effect are those with the largest.
func (s *Store) startIDs(ctx context.Context) error {
	var used int64
	err := s.read.QueryRowContext(ctx,
		`SELECT COALESCE(MAX(n), 0) FROM (SELECT MAX(id) AS n FROM history UNION ALL SELECT MAX(id) FROM verdict UNION `+
			`ALL SELECT MAX(seq) FROM effect UNION ALL SELECT MAX(id) FROM spend UNION ALL SELECT MAX(id) FROM consult) used`).Scan(&used)
	if err != nil {
		return fmt.Errorf("read the newest id of %s: %w", s.path, err)
	}
	s.ids.Store(used)
	return nil
}

// Path takes the file path out of a database address.
func Path(address string) (string, error) {
	rest, ok := strings.CutPrefix(address, "sqlite://")
	if !ok || rest == "" {
		return "", fmt.Errorf("database %q is not sqlite://PATH (PostgreSQL is not supported by this version)", address)
	}
	return filepath.Clean(rest), nil
}

// Writer is the one connection that writes, for the queue that shares its transactions. It must never be used inside an open transaction.
func (s *Store) Writer() *sql.DB { return s.write }

// Reader is the pool that pages and sweeps read with, and the queue counts by.
func (s *Store) Reader() *sql.DB { return s.read }

// Close closes both handles.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// Ping reports whether the database can be written: it takes the write lock and lets go of it.
func (s *Store) Ping(ctx context.Context) error {
	return s.transact(ctx, "check the database", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO mark (name, value) VALUES ('ping', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, millis(s.now()))
		return err
	})
}

// transact runs f in one write transaction; what names the work in the error.
func (s *Store) transact(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	if err := s.checkFile(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
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

// id makes a new id: the time in nanoseconds, but always larger than those before it, also after a restart with a clock that was set back.
// So the ids of a command beside a running server fall between the server's, as they should.
func (s *Store) id() int64 {
	for {
		last := s.ids.Load()
		next := max(last+1, s.now().UnixNano())
		if s.ids.CompareAndSwap(last, next) {
			return next
		}
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
