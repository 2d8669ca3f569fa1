package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestManyStartAtOnce opens an empty database from several processes' worth of records: each step is done once, and all
// of them open.
func TestManyStartAtOnce(t *testing.T) {
	address := postgrestest.New(t)
	var wg sync.WaitGroup
	errs := make(chan error, 6)
	for range cap(errs) {
		wg.Go(func() {
			s, err := store.Open(ctx(), address, time.Now, &storetest.Queue{})
			if err == nil {
				err = s.Close()
			}
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestMigrationOnPostgres holds what TestMigrationIsWhole and TestMigrations hold of SQLite.
func TestMigrationOnPostgres(t *testing.T) {
	address := postgrestest.New(t)
	db := postgrestest.Open(t, address)
	if _, err := db.Exec(`CREATE TABLE mark (other TEXT)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx(), address, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "0001_first") {
		t.Fatalf("opened: %v", err)
	}
	var tables int
	if err := db.QueryRow(`SELECT COUNT(*) FROM pg_tables WHERE tablename IN ('change', 'delivery', 'effect')`).Scan(&tables); err != nil ||
		tables != 0 {
		t.Errorf("%d tables of half a migration, %v", tables, err)
	}
	if _, err := db.Exec(`DROP TABLE mark`); err != nil {
		t.Fatal(err)
	}
	openOn(t, address, time.Now, &storetest.Queue{})
	if _, err := db.Exec(`INSERT INTO schema_version (number, name) VALUES (9999, 'from the future')`); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (*store.Store, error){
		"open": func() (*store.Store, error) { return store.Open(ctx(), address, time.Now, &storetest.Queue{}) },
		"join": func() (*store.Store, error) { return store.Join(ctx(), address, time.Now, &storetest.Queue{}) },
	} {
		if _, err := open(); err == nil || !strings.Contains(err.Error(), "has schema 9999, this program knows ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// openBoth runs a test on a database of each engine.
func openBoth(t *testing.T, run func(t *testing.T, db *sqldb.DB)) {
	for name, address := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "x.db") },
		"postgres": func(t *testing.T) string { return postgrestest.New(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			db, err := sqldb.Create(ctx(), at, time.Now, func(db *sqldb.DB) error {
				_, err := db.Writer().Exec(`CREATE TABLE n (name TEXT PRIMARY KEY, v BIGINT)`)
				if err == nil && db.Engine() == sqldb.Postgres {
					_, err = db.Writer().Exec(`CREATE SEQUENCE lintel_id`)
				}
				return errors.Join(err, db.StartIDs(ctx(), 1000))
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			run(t, db)
		})
	}
}

// add reads a number and writes the next one, as every comparison of the record does.
func add(tx *sql.Tx, name string) error {
	var v int64
	err := tx.QueryRow(`SELECT v FROM n WHERE name = $1`, name).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = tx.Exec(`INSERT INTO n (name, v) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET v = excluded.v`, name, v+1)
	return err
}

// TestTransactionsExcludeEachOther counts in two partitions and over all of them at once: no count is lost.
func TestTransactionsExcludeEachOther(t *testing.T) {
	openBoth(t, func(t *testing.T, db *sqldb.DB) {
		const rounds = 25
		var wg sync.WaitGroup
		for _, partition := range []string{"a", "b", "a", "b", "", ""} {
			wg.Go(func() {
				for range rounds {
					var err error
					if partition == "" {
						err = db.Transact(ctx(), "add", func(tx *sql.Tx) error { return errors.Join(add(tx, "a"), add(tx, "b")) })
					} else {
						err = db.TransactIn(ctx(), "add", partition, func(tx *sql.Tx) error { return add(tx, partition) })
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, name := range []string{"a", "b"} {
			var v int
			if err := db.Reader().QueryRow(`SELECT v FROM n WHERE name = $1`, name).Scan(&v); err != nil || v != 4*rounds {
				t.Errorf("%s is %d, %v; want %d", name, v, err, 4*rounds)
			}
		}
	})
}

// TestDeadlocksAreTriedAgain takes two rows in both orders outside any partition's lock: PostgreSQL ends one of the two.
func TestDeadlocksAreTriedAgain(t *testing.T) {
	openBoth(t, func(t *testing.T, db *sqldb.DB) {
		for _, name := range []string{"a", "b"} {
			if err := db.Transact(ctx(), "add", func(tx *sql.Tx) error { return add(tx, name) }); err != nil {
				t.Fatal(err)
			}
		}
		met := make(chan struct{}, 2)
		var wg sync.WaitGroup
		for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
			wg.Go(func() {
				tries := 0
				err := db.TransactIn(ctx(), "add", order[0], func(tx *sql.Tx) error {
					tries++
					if _, err := tx.Exec(`UPDATE n SET v = v + 1 WHERE name = $1`, order[0]); err != nil {
						return err
					}
					if tries == 1 && db.Engine() == sqldb.Postgres {
						met <- struct{}{}
						for len(met) < 2 {
							time.Sleep(time.Millisecond)
						}
					}
					_, err := tx.Exec(`UPDATE n SET v = v + 1 WHERE name = $1`, order[1])
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var v int
		if err := db.Reader().QueryRow(`SELECT SUM(v) FROM n`).Scan(&v); err != nil || v != 6 {
			t.Errorf("the sum is %d, %v; want 6", v, err)
		}
	})
}

// TestIDsGrow makes ids in several transactions at once: those of a later one are larger, and all begin above what was used.
func TestIDsGrow(t *testing.T) {
	openBoth(t, func(t *testing.T, db *sqldb.DB) {
		last := int64(1000)
		for range 20 {
			err := db.Transact(ctx(), "make ids", func(tx *sql.Tx) error {
				id, err := db.NextID(ctx(), tx)
				if id <= last {
					t.Errorf("%d after %d", id, last)
				}
				last = id
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.StartIDs(ctx(), last+1_000_000); err != nil {
			t.Fatal(err)
		}
		err := db.Transact(ctx(), "make ids", func(tx *sql.Tx) error {
			id, err := db.NextID(ctx(), tx)
			if id <= last+1_000_000 {
				t.Errorf("%d after a database with ids up to %d was copied in", id, last+1_000_000)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestReadersOfPostgresCannotWrite holds what TestReadersCannotWrite holds of SQLite.
func TestReadersOfPostgresCannotWrite(t *testing.T) {
	s := openOn(t, postgres(t), time.Now, &storetest.Queue{})
	_, err := s.Reader().Exec(`DELETE FROM change`)
	if err == nil || !strings.Contains(err.Error(), "can only be read") {
		t.Errorf("a reader wrote: %v", err)
	}
}

// TestPostgresSaysWhatIsWrong holds that an operator reads what to do, and never a password.
func TestPostgresSaysWhatIsWrong(t *testing.T) {
	server := postgrestest.Server(t)
	host := server[strings.Index(server, "host="):]
	admin := postgrestest.Open(t, server)
	_, err := admin.Exec(
		`DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'sesame'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("sesam\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	guarded := "postgres://guarded@/postgres?" + host + "&password_file=" + password
	for address, want := range map[string]string{
		"postgres://guarded:wrong@/postgres?" + host: "refuses the password: correct the password in database",
		guarded:                              "refuses the password",
		"postgres://lintel@/nowhere?" + host: "does not exist: create it",
		"postgres://lintel@/postgres?host=" + dir:                     "cannot be reached: see that its server runs, ",
		"postgres://lintel:secret@127.0.0.1:1/x?connect_timeout=1":    "cannot be reached",
		"postgres://lintel@/postgres?" + host + "&pool_max_conns=two": "pool_max_conns=two is not a number from 4 up",
		"postgres://lintel:secret@localhost/x?sslmode=sideways":       "address postgres://lintel@localhost/x cannot be used: correct it",
		"postgres://lintel:se%zzcret@localhost/x":                     "write postgres://USER@HOST/NAME",
		"postgres://lintel@/x?" + host + "&password_file=/nowhere":    "the password of the database cannot be read",
		"mysql://root:secret@localhost/x":                             "is not sqlite://PATH or postgres://USER@HOST/NAME",
	} {
		_, opened := store.Open(ctx(), address, time.Now, &storetest.Queue{})
		all := []error{opened}
		if !strings.Contains(address, "pool_") { // which is none of a place's
			_, attended := store.AttendBeside(ctx(), address) // as commands do first
			all = append(all, attended)
		}
		for _, err := range all {
			told := ""
			if err != nil {
				told = strings.Replace(err.Error(), "\nto fix it: ", ": ", 1)
			}
			if !strings.Contains(told, want) || strings.Contains(told, "\n") {
				t.Errorf("%s\ngot  %v\nwant %s", address, err, want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("a password is told: %v", err)
			}
		}
	}
	// The file is read anew for each connection.
	if err := os.WriteFile(password, []byte("sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Existing(ctx(), guarded, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	changePassword(t, admin, password, "mellon")
	db.Reader().SetMaxIdleConns(0)
	if err := db.Reader().PingContext(ctx()); err != nil {
		t.Errorf("after the password changed: %v", err)
	}
	changePassword(t, admin, password, "sesame")
}

func changePassword(t *testing.T, admin *sql.DB, file, password string) {
	t.Helper()
	if _, err := admin.ExecContext(context.Background(), fmt.Sprintf(`ALTER ROLE guarded PASSWORD '%s'`, password)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresThatDoesNotDo refuses a server that is too old and a database that cannot keep every text, with words.
func TestPostgresThatDoesNotDo(t *testing.T) {
	for want, prepare := range map[string]func(t *testing.T) string{
		// The database answers as an older server does.
		" is PostgreSQL 13.22: use PostgreSQL 14 or newer": func(t *testing.T) string {
			address := postgrestest.New(t)
			for _, text := range []string{
				`CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT CASE $1 WHEN 'server_version_num'
					THEN '130022' WHEN 'server_version' THEN '13.22' ELSE pg_catalog.current_setting($1) END $$`,
				`ALTER DATABASE ` + nameOf(address) + ` SET search_path = public, pg_catalog`,
			} {
				if _, err := postgrestest.Open(t, address).Exec(text); err != nil {
					t.Fatal(err)
				}
			}
			return address
		},
		" keeps texts as LATIN1: make one with createdb --encoding UTF8": func(t *testing.T) string {
			address := postgrestest.New(t)
			admin, other := postgrestest.Open(t, postgrestest.Server(t)), nameOf(address)+"_latin"
			_, err := admin.Exec(`CREATE DATABASE ` + other + ` ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if _, err := admin.Exec(`DROP DATABASE ` + other + ` WITH (FORCE)`); err != nil {
					t.Error(err)
				}
			})
			return strings.Replace(address, nameOf(address), other, 1)
		},
	} {
		t.Run(want, func(t *testing.T) {
			s, err := store.Open(ctx(), prepare(t), time.Now, &storetest.Queue{})
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}
