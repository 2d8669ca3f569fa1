package store_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	names, err := store.Steps()
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	last := 0
	for _, name := range names {
		n, err := strconv.Atoi(strings.SplitN(name, "_", 2)[0])
		if err != nil || n <= last || len(strings.SplitN(name, "_", 2)[0]) != 4 {
			t.Errorf("migration %s after number %d", name, last)
		}
		last = n
	}
	for round := range 2 {
		s := openAt(t, path, time.Now, nil)
		var n, newest int
		if err := s.Reader().QueryRow(`SELECT COUNT(*), MAX(number) FROM schema_version`).Scan(&n, &newest); err != nil ||
			n != len(names) || newest != last {
			t.Errorf("round %d: %d steps, newest %d, %v", round, n, newest, err)
		}
	}
	db := openRaw(t, path)
	if _, err := db.Exec(`INSERT INTO schema_version (number, name) VALUES ($1, 'from the future')`, last+1); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
	want := fmt.Sprintf(
		"database %s has schema %d, this program knows %d, and programs from %d on may run on it: run the newer program, or restore "+
			"the backup made before the upgrade", path, last+1, last, last+1)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestBesideNewerSchema runs a program beside a later one, on each engine: both work on the schema of the later one for
// as long as its migrations say so, in any order of starts, and then the older one is refused with words.
func TestBesideNewerSchema(t *testing.T) {
	later := fstest.MapFS{"migrations/0900_more.sql": {Data: []byte("-- floor: 37\n" +
		"ALTER TABLE change ADD COLUMN more BIGINT NOT NULL DEFAULT 0;\nCREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY);\n")}}
	last := fstest.MapFS{"migrations/0901_less.sql": {Data: []byte("-- floor: 900\nALTER TABLE change DROP COLUMN more;\n")}}
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	known, _, _ := strings.Cut(names[len(names)-1], "_")
	known = strings.TrimLeft(known, "0")
	onEach := map[string]func() string{
		"SQLite":     func() string { return "sqlite://" + filepath.Join(t.TempDir(), "lintel.db") },
		"PostgreSQL": func() string { return postgrestest.New(t) },
	}
	for name, address := range onEach {
		t.Run(name, func(t *testing.T) {
			if name == "PostgreSQL" {
				postgrestest.Server(t)
			}
			at := address()
			open := func(more ...fs.FS) *storetest.Rig {
				return storetest.NewRig(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
					s, err := store.Open(ctx(), at, now, q, more...)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = s.Close() })
					return s
				})
			}
			before := open()
			before.MustAdmit(before.Admission("d1", storetest.Opened(1, "aaa")))
			newer := open(later)
			after := open()
			for i, r := range []*storetest.Rig{before, newer, after} {
				r.Clock.Add(time.Duration(i) * time.Second) // on SQLite ids follow the clock of their process
				r.MustAdmit(r.Admission(fmt.Sprint("e", i), storetest.Opened(1, "bbb")))
				if got := r.MustRecord(storetest.Pull(1).Key).Generation; got != int64(i+2) {
					t.Errorf("program %d reads generation %d", i, got)
				}
			}
			worker, err := store.Join(ctx(), at, time.Now, &storetest.Queue{})
			if err != nil {
				t.Fatalf("a worker of the version before: %v", err)
			}
			if err := worker.Close(); err != nil {
				t.Fatal(err)
			}
			stands, err := store.ReadSchema(ctx(), at)
			if err != nil || stands.Newer != 900 || !stands.Runs {
				t.Errorf("the schema stands at %+v, %v", stands.Newer, err)
			}
			if _, err := store.Copy(ctx(), at, "sqlite://"+filepath.Join(t.TempDir(), "copy.db"), time.Now, nil); err == nil ||
				!strings.Contains(err.Error(), "copy it with the newer program") {
				t.Errorf("copied without the columns that it does not know: %v", err)
			}
			open(later, last)
			want := "has schema 901, this program knows " + known + ", and programs from 900 on may run on it: run the "
			_, err = store.Open(ctx(), at, time.Now, &storetest.Queue{})
			if err == nil || !strings.Contains(err.Error(), want+"newer program") {
				t.Errorf("the older program on a schema without what it needs: %v", err)
			}
			_, err = store.Join(ctx(), at, time.Now, &storetest.Queue{})
			if err == nil || !strings.Contains(err.Error(), want+"same version") {
				t.Errorf("an older worker: %v", err)
			}
			if stands, err = store.ReadSchema(ctx(), at); err != nil || stands.Newer != 901 || stands.Runs {
				t.Errorf("the schema stands at %+v, %v", stands, err)
			}
		})
	}
}

// TestMigrationsSayTheirFloor: a migration that does not say which programs may run beside it is refused.
func TestMigrationsSayTheirFloor(t *testing.T) {
	for text, wanted := range map[string]bool{"-- floor: 37\nSELECT 1": true, "-- floor: 900": true, "SELECT 1": false,
		"-- floor: 36": false, "-- floor: 901": false, "-- floor: x": false, "\n-- floor: 37": false} {
		_, err := store.Open(ctx(), "sqlite://"+filepath.Join(t.TempDir(), "lintel.db"), time.Now, &storetest.Queue{},
			fstest.MapFS{"migrations/0900_more.sql": {Data: []byte(text)}})
		if err == nil && wanted {
			continue
		}
		if wanted || err == nil || !strings.Contains(err.Error(), "its first line is not") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestMigrationsAreWholeTogether stops the last step: what stands is the schema from before the upgrade, with which the
// program before can be started again.
func TestMigrationsAreWholeTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	db := openRaw(t, path)
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	last := names[len(names)-1]
	// A trigger lets the record of the last step fail.
	for _, text := range []string{
		`CREATE TABLE schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`,
		fmt.Sprintf(`CREATE TRIGGER stop BEFORE INSERT ON schema_version WHEN NEW.name = '%s'
			BEGIN SELECT RAISE(ABORT, 'no disk'); END`, last),
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil || !strings.Contains(err.Error(), last) {
		t.Fatalf("opened: %v", err)
	}
	var n int
	if err := db.QueryRow(`SELECT COUNT(*) FROM schema_version`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d steps of a failed upgrade stay, %v", n, err)
	}
}

// TestMigrationIsWhole stops a migration half way: nothing of it stays, and the next start does it.
func TestMigrationIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	db := openRaw(t, path)
	// The last table of the first step is in the way.
	if _, err := db.Exec(`CREATE TABLE mark (other TEXT)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "0001_first") {
		t.Fatalf("opened: %v", err)
	}
	var tables int
	if err := db.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('change', 'delivery', 'effect')`).Scan(
		&tables); err != nil || tables != 0 {
		t.Errorf("%d tables of half a migration, %v", tables, err)
	}
	if _, err := db.Exec(`DROP TABLE mark`); err != nil {
		t.Fatal(err)
	}
	r, _ := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
}

// TestMigrationFillsGaps opens a database that lacks a step below its newest one: it is done, and no other is done
// again.
func TestMigrationFillsGaps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	db := openRaw(t, path)
	if _, err := db.Exec(
		`DELETE FROM schema_version WHERE number = 1; INSERT INTO schema_version (number, name) VALUES (0, 'older')`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil || !strings.Contains(err.Error(), names[0]) {
		t.Errorf("the missing step was not done: %v", err)
	}
}
