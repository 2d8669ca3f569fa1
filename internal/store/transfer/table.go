package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const (
	// batchRows go into one statement, but no more than maxParameters: SQLite takes 32,766.
	batchRows     = 500
	maxParameters = 30000
)

// copyTable copies one table and compares the two. One that was copied before is copied anew only when the source has
// changed since: a server may have run on it between two runs.
func copyTable(ctx context.Context, from, to *sqldb.DB, name string, progress Progress) (Table, error) {
	t := Table{Name: name}
	total, err := count(ctx, from, name)
	if err != nil {
		return t, err
	}
	before, err := mark(ctx, to, doneMark(name))
	if err != nil {
		return t, err
	}
	if before != "" {
		sent, n, err := send(ctx, from, to, name, nil)
		if t.Rows, t.Digest = n, before; err != nil || sent.String() == before {
			return t, err
		}
		if err := empty(ctx, to, name); err != nil {
			return t, err
		}
	}
	for again := true; ; again = false {
		sent, n, err := send(ctx, from, to, name, func(done int64) { progress(name, done, total) })
		if err != nil {
			return t, err
		}
		var arrived digest
		got, err := each(ctx, to, name, func(row []any) error { arrived.add(row); return nil })
		if err != nil {
			return t, err
		}
		if got == n && arrived == sent {
			t.Rows, t.Digest = n, sent.String()
			return t, to.Transact(ctx, "note the table", func(tx *sql.Tx) error { return setMark(ctx, tx, doneMark(name), t.Digest) })
		}
		// What an earlier run copied may be of rows that have changed since.
		if err := empty(ctx, to, name); err != nil {
			return t, err
		}
		if !again {
			return t, fmt.Errorf("the copy differs: %d rows with digest %s became %d with %s", n, &sent, got, &arrived)
		}
	}
}

// empty takes back what was copied of a table.
func empty(ctx context.Context, to *sqldb.DB, name string) error {
	which := ""
	if name == markTable {
		which = ownMarks
	}
	return to.Transact(ctx, "empty the table", func(tx *sql.Tx) error {
		if to.Engine() == sqldb.Postgres {
			if _, err := tx.ExecContext(ctx, patience); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+quoted(name)+which); err != nil {
			return err
		}
		return setMark(ctx, tx, doneMark(name), "")
	})
}

// send inserts the rows of a table that the target lacks, and sums up all of them; without progress it only sums up.
func send(ctx context.Context, from, to *sqldb.DB, name string, progress func(int64)) (sum digest, n int64, err error) {
	columns, blobs, err := columnsOf(ctx, to, name)
	if err != nil {
		return sum, 0, err
	}
	rows := min(batchRows, maxParameters/len(columns))
	var batch [][]any
	flush := func() error {
		if len(batch) == 0 || progress == nil {
			batch = batch[:0]
			return nil
		}
		err := to.Transact(ctx, "insert rows", func(tx *sql.Tx) error { return insert(ctx, tx, name, columns, batch) })
		batch = batch[:0]
		progress(n)
		return err
	}
	n, err = each(ctx, from, name, func(row []any) error {
		for i := range row {
			row[i] = fit(row[i], blobs[i], to.Engine())
		}
		sum.add(row)
		if batch = append(batch, row); len(batch) < rows {
			return nil
		}
		n += int64(len(batch))
		return flush()
	})
	return sum, n, errors.Join(err, flush())
}

// fit makes a value one of the column's type: SQLite keeps a text in a column of bytes as it was given.
func fit(v any, blob bool, engine sqldb.Engine) any {
	switch t := v.(type) {
	case string:
		if blob {
			return []byte(t)
		}
		return sqldb.Storable(t, engine)
	case []byte:
		if !blob {
			return sqldb.Storable(string(t), engine)
		}
	}
	return v
}

func insert(ctx context.Context, tx *sql.Tx, name string, columns []string, batch [][]any) error {
	var text strings.Builder
	fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES ", quoted(name), strings.Join(columns, ", "))
	var args []any
	for i, row := range batch {
		if i > 0 {
			text.WriteString(", ")
		}
		for j, v := range row {
			text.WriteString(map[bool]string{true: "(", false: ", "}[j == 0])
			args = append(args, v)
			fmt.Fprintf(&text, "$%d", len(args))
		}
		text.WriteString(")")
	}
	text.WriteString(" ON CONFLICT DO NOTHING")
	_, err := tx.ExecContext(ctx, text.String(), args...)
	return err
}

// columnsOf lists the target's columns, and which hold bytes.
func columnsOf(ctx context.Context, db *sqldb.DB, name string) (columns []string, blobs []bool, err error) {
	rows, err := db.Reader().QueryContext(ctx, `SELECT * FROM `+quoted(name)+` LIMIT 0`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	for _, t := range types {
		columns = append(columns, quoted(t.Name()))
		kind := strings.ToUpper(t.DatabaseTypeName())
		blobs = append(blobs, kind == "BLOB" || kind == "BYTEA")
	}
	return columns, blobs, errors.Join(err, rows.Err())
}

// each hands over the rows of a table, with their columns in the order of their names' list in the schema.
func each(ctx context.Context, db *sqldb.DB, name string, use func(row []any) error) (n int64, err error) {
	columns, _, err := columnsOf(ctx, db, name)
	if err != nil {
		return 0, err
	}
	query := `SELECT ` + strings.Join(columns, ", ") + ` FROM ` + quoted(name)
	if name == markTable {
		query += ownMarks
	}
	err = whole(ctx, db, query, func(rows *sql.Rows) error {
		row := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		n++
		return use(row)
	})
	return n, err
}
