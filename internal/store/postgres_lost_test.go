package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/storetest"
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

// TestPostgresSessions: what the address says of a pool and of its sessions counts, and else what Lintel chooses.
func TestPostgresSessions(t *testing.T) {
	address := postgrestest.New(t)
	for more, want := range map[string]struct {
		writers, readers int
		settings         string
	}{
		"": {11, 5, "1min 1min 1.1 off"},
		"&pool_max_conns=6&statement_timeout=7s&random_page_cost=3&jit=on": {4, 2, "7s 1min 3 on"},
	} {
		db, err := sqldb.Existing(ctx(), address+more, time.Now, func(*sqldb.DB) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if w, r := db.Writer().Stats().MaxOpenConnections, db.Reader().Stats().MaxOpenConnections; w != want.writers || r != want.readers {
			t.Errorf("%q: %d writers and %d readers", more, w, r)
		}
		for _, pool := range []*sql.DB{db.Writer(), db.Reader()} {
			var got string
			if err := pool.QueryRow(`SELECT concat_ws(' ', current_setting('statement_timeout'),
				current_setting('idle_in_transaction_session_timeout'), current_setting('random_page_cost'), current_setting('jit'))`).
				Scan(&got); err != nil || got != want.settings {
				t.Errorf("%q: %s, %v", more, got, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
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

// TestMigrationIsCutOff ends the connection that migrates when half of the tables are there: nothing of them stays, and
// the next start makes them.
func TestMigrationIsCutOff(t *testing.T) {
	address := postgrestest.New(t)
	other := postgrestest.Open(t, address)
	if _, err := other.Exec(`CREATE TABLE schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	// The first step is noted behind its tables, and whoever notes it waits for this one.
	hold, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(`LOCK TABLE schema_version IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		s, err := store.Open(ctx(), address, time.Now, &storetest.Queue{})
		if err == nil {
			err = errors.Join(errors.New("opened"), s.Close())
		}
		opened <- err
	}()
	admin := postgrestest.Open(t, postgrestest.Server(t))
	for cut := 0; cut == 0; time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-opened:
			t.Fatalf("it waited for nobody: %v", err)
		default:
		}
		if err := admin.QueryRow(`SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = $1 AND wait_event_type = 'Lock'`, nameOf(address)).Scan(&cut); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-opened; err == nil || err.Error() == "opened" {
		t.Errorf("the connection was ended: %v", err)
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	var tables int
	if err := other.QueryRow(`SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables); err != nil || tables != 1 {
		t.Errorf("%d tables stayed, %v", tables, err)
	}
	openOn(t, address, time.Now, &storetest.Queue{})
}

// TestTimeIsTheDatabases: a process whose machine's clock is an hour off takes the database's, and beside one that does not,
// the later verdict of a change stands, whoever's clock is ahead.
func TestTimeIsTheDatabases(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			address := postgrestest.New(t)
			if err := closed(store.Open(ctx(), address, time.Now, &storetest.Queue{})); err != nil {
				t.Fatal(err)
			}
			db := postgrestest.Open(t, address)
			for _, text := range []string{
				fmt.Sprintf(`CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
					AS $$ SELECT pg_catalog.clock_timestamp() + interval '%d seconds' $$`, int(off.Seconds())),
				`ALTER DATABASE ` + nameOf(address) + ` SET search_path = public, pg_catalog`,
			} {
				if _, err := db.Exec(text); err != nil {
					t.Fatal(err)
				}
			}
			place, err := store.Attend(ctx(), address, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = place.Close() })
			if far := (place.Ahead() - off).Abs(); far > 10*time.Second {
				t.Errorf("the database's clock is %s ahead, and is believed to be %s ahead", off, place.Ahead())
			}
			opened := func(now func() time.Time) *storetest.Rig {
				return storetest.NewRig(t, func(t *testing.T, _ func() time.Time, q *storetest.Queue) storetest.Store {
					return openOn(t, address, now, q)
				})
			}
			right, wrong := opened(place.Now()), opened(time.Now)
			for i, r := range []*storetest.Rig{right, wrong, right} {
				name := fmt.Sprint("d", i)
				r.MustAdmit(r.Admission(name, storetest.Opened(1, "aaa")))
				r.Save(r.Verdict(1, "failure", name))
				for _, reader := range []*storetest.Rig{right, wrong} {
					record := reader.MustRecord(storetest.Pull(1).Key)
					all, err := reader.Verdicts(ctx(), record, 10)
					if err != nil || len(all) != i+1 || all[0].Generation != int64(i+1) {
						t.Errorf("after %d verdicts the newest is %+v, %v", i+1, all, err)
					}
				}
				if lag, err := right.Lag(ctx()); err != nil || lag.Oldest > 10*time.Minute || lag.Waiting > 1 {
					t.Errorf("%+v, %v", lag, err)
				}
			}
			var there int
			if err := db.QueryRow(`SELECT COUNT(*) FROM history WHERE abs(at - $1) < 600000`,
				place.Now()().UnixMilli()).Scan(&there); err != nil || there == 0 {
				t.Errorf("%d lines by the database's clock, %v", there, err)
			}
		})
	}
}

// closed closes a record that was opened.
func closed(s *store.Store, err error) error {
	if err != nil {
		return err
	}
	return s.Close()
}

// nameOf is the database's name in an address.
func nameOf(address string) string {
	_, rest, _ := strings.Cut(address, "@/")
	name, _, _ := strings.Cut(rest, "?")
	return name
}
