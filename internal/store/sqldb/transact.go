package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// maxTries bounds how often a transaction is run that PostgreSQL ended to resolve a deadlock.
const maxTries = 8

// Transact runs f in one write transaction, which excludes every other one, of this process and of others. what names
// the work in the error. f may run more than once: it sets what it returns anew each time, and adds to nothing.
func (d *DB) Transact(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	return d.retry(ctx, what, "", f)
}

// TransactIn is Transact for work that touches one partition alone, such as a repository: on PostgreSQL it excludes
// the transactions of the same partition and those of Transact, and runs beside those of other partitions. On SQLite
// the two are the same.
func (d *DB) TransactIn(ctx context.Context, what, partition string, f func(tx *sql.Tx) error) error {
	return d.retry(ctx, what, partition, f)
}

func (d *DB) retry(ctx context.Context, what, partition string, f func(tx *sql.Tx) error) error {
	if err := d.checkFile(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for try := 1; ; try++ {
		err := d.transact(ctx, what, partition, f)
		if err == nil || try == maxTries || !conflicts(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(rand.N(time.Duration(try) * 20 * time.Millisecond)):
		}
	}
}

func (d *DB) transact(ctx context.Context, what, partition string, f func(tx *sql.Tx) error) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: begin: %w", what, err)
	}
	if err = d.exclude(ctx, tx, partition); err == nil {
		err = f(tx)
	}
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		// database/sql takes a transaction back when its context ends, and then knows no more why it is done.
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s: commit: %w", what, err)
	}
	return nil
}

// wholeRecord is the advisory lock that stands for everything; a transaction of one partition shares it.
const wholeRecord = 0x6c696e74656c // "lintel"

// exclude makes a transaction the only one of its partition, or the only one at all when it names none. On SQLite it is
// that already. On PostgreSQL it takes advisory locks, which end with the transaction. Each later statement then sees
// all that was committed before: that is what READ COMMITTED means, and why no transaction asks for more.
func (d *DB) exclude(ctx context.Context, tx *sql.Tx, partition string) error {
	if d.engine == SQLite {
		return nil
	}
	var err error
	if partition == "" {
		_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(wholeRecord))
	} else {
		_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2)`, int64(wholeRecord),
			lockOf(partition))
	}
	if err != nil {
		return fmt.Errorf("lock the record: %w", err)
	}
	return nil
}

// Lock makes a transaction the only one that holds a name, until it ends: for what transactions of several partitions
// share, such as the end of the audit log. It is taken last, after the partition's. On SQLite it does nothing.
func (d *DB) Lock(ctx context.Context, tx *sql.Tx, name string) error {
	if d.engine == SQLite {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lockOf(name)); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	return nil
}

// Snapshot begins a transaction that reads, and sees nothing of what is written meanwhile.
func (d *DB) Snapshot(ctx context.Context) (*sql.Tx, error) {
	o := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	return d.read.BeginTx(ctx, o)
}

// lockOf is the advisory lock of a partition. Two that share one only wait for each other.
func lockOf(partition string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(partition)) // a hash never fails
	return int64(h.Sum64())           //nolint:gosec // a lock's number has no sign that matters
}

// StartIDs makes NextID begin above every id that was used, also when the clock was set back: the newest verdict and
// effect are those with the largest id.
func (d *DB) StartIDs(ctx context.Context, used int64) error {
	if d.engine == SQLite {
		d.ids.Store(used)
		return nil
	}
	// The first database begins by the clock, as SQLite's ids do, so that a copy of one into the other keeps the order.
	_, err := d.write.ExecContext(ctx,
		`SELECT setval('lintel_id', GREATEST($1::bigint, $2::bigint)) WHERE (SELECT last_value FROM lintel_id) < GREATEST($1::bigint, 2)`,
		used, d.now().UnixNano())
	if err != nil {
		return fmt.Errorf("start the ids: %w", err)
	}
	return nil
}

// NextID makes a new id for a row of this transaction, larger than those before it. On SQLite it is the time in
// nanoseconds, but always larger than the last, also after a restart with a clock that was set back. So the ids of a
// command beside a running server fall between the server's, as they should. On PostgreSQL, where the clocks of several
// machines differ, it is a sequence.
func (d *DB) NextID(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	if d.engine == Postgres {
		if err := tx.QueryRowContext(ctx, `SELECT nextval('lintel_id')`).Scan(&id); err != nil {
			return 0, fmt.Errorf("make an id: %w", err)
		}
		return id, nil
	}
	for {
		last := d.ids.Load()
		next := max(last+1, d.now().UnixNano())
		if d.ids.CompareAndSwap(last, next) {
			return next, nil
		}
	}
}
