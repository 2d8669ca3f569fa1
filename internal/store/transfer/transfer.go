// Package transfer copies all rows of one database of the record into another, whatever the engines of the two.
//
// Callers may rely on:
//   - a copy that was interrupted goes on where it stopped, table by table, and a database that holds half of one says so;
//   - it is whole only when each table of the two has as many rows with the same digest;
//   - a database that held anything before is left as it was.
package transfer

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Table is one table that was copied and compared.
type Table struct {
	Name   string
	Rows   int64
	Digest string
}

// Progress is called after each batch.
type Progress func(table string, done, total int64)

// unfinished is the mark of a database that holds half of a copy; its value names where from.
const unfinished = "copy:unfinished"

// doneMark is the mark of a table that is whole; its value is its digest.
func doneMark(table string) string { return "copy:table:" + table }

// markTable holds the marks themselves. It is copied last.
const markTable = "mark"

// Unfinished is where a database was copied from, if that copy is not whole; empty otherwise.
func Unfinished(ctx context.Context, db *sqldb.DB) (string, error) { return mark(ctx, db, unfinished) }

func mark(ctx context.Context, db *sqldb.DB, name string) (value string, err error) {
	err = db.Reader().QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// ErrNotEmpty says that the target holds something else.
var ErrNotEmpty = errors.New("it is not empty")

// Copy copies every table. Nothing else may write to either database meanwhile.
func Copy(ctx context.Context, from, to *sqldb.DB, progress Progress) ([]Table, error) {
	tables, err := tablesOf(ctx, from)
	if err != nil {
		return nil, err
	}
	if err := begin(ctx, from, to, tables); err != nil {
		return nil, err
	}
	var all []Table
	for _, name := range tables {
		t, err := copyTable(ctx, from, to, name, progress)
		if err != nil {
			return all, fmt.Errorf("copy %s: %w", name, err)
		}
		all = append(all, t)
	}
	err = to.Transact(ctx, "end the copy", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+markTable+` WHERE substr(name, 1, 5) = 'copy:'`)
		return err
	})
	return all, err
}

// begin marks the target, unless it is marked already or holds anything.
func begin(ctx context.Context, from, to *sqldb.DB, tables []string) error {
	of, err := Unfinished(ctx, to)
	if err != nil {
		return err
	}
	if of == from.Name() {
		return nil
	}
	if of != "" {
		return fmt.Errorf("%w: it holds half of a copy of %s", ErrNotEmpty, of)
	}
	for _, name := range tables {
		n, err := count(ctx, to, name)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: %s has %d rows", ErrNotEmpty, name, n)
		}
	}
	return to.Transact(ctx, "begin the copy", func(tx *sql.Tx) error { return setMark(ctx, tx, unfinished, from.Name()) })
}

func setMark(ctx context.Context, tx *sql.Tx, name, value string) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO `+markTable+` (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// tablesOf lists the record's tables, that of the marks last. The queue's are not of the record: what is lost with them
// is asked for again.
func tablesOf(ctx context.Context, db *sqldb.DB) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if db.Engine() == sqldb.Postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	rows, err := db.Reader().QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if name != "schema_version" && name != markTable && !strings.HasPrefix(name, "river_") && !strings.HasPrefix(name, "sqlite_") {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return append(all, markTable), rows.Err()
}

func count(ctx context.Context, db *sqldb.DB, table string) (n int64, err error) {
	query := `SELECT COUNT(*) FROM ` + quoted(table)
	if table == markTable {
		query += ownMarks
	}
	err = whole(ctx, db, query, func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n, err
}

// patience lets a statement of PostgreSQL take as long as a large table needs.
const patience = `SET LOCAL statement_timeout = 0`

// whole hands over the rows of a query that reads a whole table.
func whole(ctx context.Context, db *sqldb.DB, query string, use func(rows *sql.Rows) error) error {
	ask := db.Reader().QueryContext
	if db.Engine() == sqldb.Postgres {
		tx, err := db.Reader().BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // it only reads
		if _, err := tx.ExecContext(ctx, patience); err != nil {
			return err
		}
		ask = tx.QueryContext
	}
	rows, err := ask(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ownMarks leaves the copy's own marks out. A ping may be noted at any time.
const ownMarks = ` WHERE substr(name, 1, 5) <> 'copy:' AND name <> 'ping'`

func quoted(name string) string { return `"` + name + `"` }

// digest sums up rows in any order.
type digest struct{ sum [4]uint64 }

func (d *digest) add(row []any) {
	h := sha256.New()
	for _, v := range row {
		var text string
		switch v := v.(type) {
		case nil:
			text = "n"
		case []byte:
			text = "b" + string(v)
		case string:
			text = "b" + v
		default:
			text = fmt.Sprintf("v%v", v)
		}
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	sum := h.Sum(nil)
	for i := range d.sum {
		d.sum[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
}

func (d *digest) String() string {
	return fmt.Sprintf("%016x%016x%016x%016x", d.sum[0], d.sum[1], d.sum[2], d.sum[3])
}
