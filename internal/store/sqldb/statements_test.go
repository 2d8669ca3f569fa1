package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func openTest(t *testing.T) *sql.DB {
	t.Helper()
	dsn := dsnOf(filepath.Join(t.TempDir(), "x.db"), "_pragma", "journal_mode(WAL)", "_txlock", "immediate")
	db := openPool("x.db", dsn, true, &observer{})
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Exec(`CREATE TABLE n (v INTEGER UNIQUE)`); err != nil {
		t.Fatal(err)
	}
	return db
}

// idle counts the statements that the connection keeps.
func idle(t *testing.T, db *sql.DB) int {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n := 0
	if err := c.Raw(func(raw any) error { n = len(raw.(*conn).idle); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStatementsAreKeptAndRight(t *testing.T) {
	db, before := openTest(t), 0
	for i := range 50 {
		if _, err := db.Exec(`INSERT INTO n (v) VALUES ($1)`, i); err != nil {
			t.Fatal(err)
		}
		var got int
		if err := db.QueryRow(`SELECT v FROM n WHERE v = $1`, i).Scan(&got); err != nil || got != i {
			t.Fatalf("read %d, %v, want %d", got, err, i)
		}
		if n := idle(t, db); i == 0 {
			before = n
		} else if n != before || n > 3 {
			t.Fatalf("the connection keeps %d statements, %d before", n, before)
		}
	}
	// A failed run says its error, and the next one is not touched by it.
	if _, err := db.Exec(`INSERT INTO n (v) VALUES ($1)`, 7); err == nil {
		t.Error("a second 7 was taken")
	}
	if _, err := db.Exec(`INSERT INTO n (v) VALUES ($1)`, 1000); err != nil {
		t.Error(err)
	}
	// A changed schema is seen by a kept statement.
	var v, w int
	if err := db.QueryRow(`SELECT * FROM n WHERE v = 1000`).Scan(&v); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`ALTER TABLE n ADD COLUMN w INTEGER DEFAULT 5`); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`SELECT * FROM n WHERE v = 1000`).Scan(&v, &w); err != nil || w != 5 {
		t.Errorf("w = %d, %v", w, err)
	}
}

func TestTheSameTextRunsTwiceAtOnce(t *testing.T) {
	db := openTest(t)
	for i := range 3 {
		if _, err := db.Exec(`INSERT INTO n (v) VALUES ($1)`, i); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() // it only reads
	outer, err := tx.Query(`SELECT v FROM n WHERE v >= $1 ORDER BY v`, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	var seen []string
	for outer.Next() {
		var v int
		if err := outer.Scan(&v); err != nil {
			t.Fatal(err)
		}
		var inner int
		if err := tx.QueryRow(`SELECT v FROM n WHERE v >= $1 ORDER BY v`, v).Scan(&inner); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprint(v, inner))
	}
	if err := outer.Err(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(seen); got != "[0 0 1 1 2 2]" {
		t.Errorf("read %s", got)
	}
}

func TestKeptStatementsAreBounded(t *testing.T) {
	db := openTest(t)
	for i := range maxStatements + 50 {
		var got int
		if err := db.QueryRow(fmt.Sprintf(`SELECT %d`, i)).Scan(&got); err != nil || got != i {
			t.Fatalf("read %d, %v", got, err)
		}
	}
	if n := idle(t, db); n != maxStatements {
		t.Errorf("the connection keeps %d statements, want %d", n, maxStatements)
	}
}

// TestEndedContextWritesNothing holds that a transaction whose context ends is taken back, though its statements run to
// their end.
func TestEndedContextWritesNothing(t *testing.T) {
	d, err := Create(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"), time.Now, func(d *DB) error {
		_, err := d.Writer().ExecContext(t.Context(), `CREATE TABLE n (v INTEGER)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = d.Transact(ctx, "write", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO n (v) VALUES (1)`)
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	var n int
	if err := d.Writer().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM n`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were written, %v", n, err)
	}
	// A reader heeds its context while a statement runs.
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = d.Reader().ExecContext(short,
		`WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 50000000) SELECT COUNT(*) FROM c`)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a long reading ended with %v", err)
	}
}

// TestAMigrationHeedsItsContext: a statement that would take for ever ends with the context, and nothing of the script stays.
func TestAMigrationHeedsItsContext(t *testing.T) {
	d, err := Create(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"), time.Now, func(*DB) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = d.Transact(ctx, "migrate", func(tx *sql.Tx) error {
		return d.Script(ctx, tx, `CREATE TABLE n (v BIGINT);
			INSERT INTO n WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT COUNT(*) FROM c;`)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := d.Writer().ExecContext(t.Context(), `CREATE TABLE n (v BIGINT)`); err != nil {
		t.Errorf("the table stays: %v", err)
	}
}
