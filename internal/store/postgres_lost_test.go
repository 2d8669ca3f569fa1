package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// TestPostgresEndsSlowStatements holds that a statement ends by the address's time-out, with words about it.
func TestPostgresEndsSlowStatements(t *testing.T) {
	address := postgrestest.New(t) + "&statement_timeout=50ms"
	db, err := sqldb.Existing(ctx(), address, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Writer().Exec(`SELECT pg_sleep(30)`)
	if err == nil || !strings.Contains(err.Error(), "took too long") || !strings.Contains(err.Error(), "raise statement_timeout") {
		t.Errorf("got %v", err)
	}
}

// TestPostgresIsFoundAgain ends every connection behind the record's back: the next statements connect again.
func TestPostgresIsFoundAgain(t *testing.T) {
	address := postgrestest.New(t)
	db, err := sqldb.Existing(ctx(), address, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Writer().Exec(`CREATE TABLE n (v BIGINT)`); err != nil {
		t.Fatal(err)
	}
	admin := postgrestest.Open(t, postgrestest.Server(t))
	for range 3 {
		if _, err := admin.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND datname = $1`, nameOf(address)); err != nil {
			t.Fatal(err)
		}
		// A connection that died in the pool may fail the one statement that finds it dead.
		var n int
		end := time.Now().Add(time.Minute)
		for err = db.Reader().QueryRow(`SELECT COUNT(*) FROM n`).Scan(&n); err != nil && time.Now().Before(end); {
			err = db.Reader().QueryRow(`SELECT COUNT(*) FROM n`).Scan(&n)
		}
		if err != nil {
			t.Fatalf("not connected again: %v", err)
		}
	}
}

// nameOf is the database's name in an address.
func nameOf(address string) string {
	_, rest, _ := strings.Cut(address, "@/")
	name, _, _ := strings.Cut(rest, "?")
	return name
}
