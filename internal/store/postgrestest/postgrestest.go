// Package postgrestest gives each test a PostgreSQL database of its own, on the server that scripts/postgres.sh starts.
// Only tests import it.
package postgrestest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Variable names the server's address.
const Variable = "TEST_POSTGRES"

// made counts this process's databases.
var made atomic.Int64

// New makes an empty database and returns its address. It is dropped when the test ends. Without a server the test says
// so and ends, but fails in CI, which always has one.
func New(t testing.TB) string {
	t.Helper()
	return create(t, Server(t), "template0")
}

// Server is the address of the server's database "postgres".
func Server(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Variable)
	if address == "" && os.Getenv("CI") != "" {
		t.Fatalf("%s is not set: CI runs the tests inside scripts/postgres.sh run", Variable)
	}
	if address == "" {
		t.Skipf(`no PostgreSQL, so this ran on SQLite alone: eval "$(scripts/postgres.sh start)" first (it sets %s)`, Variable)
	}
	return address
}

// spare are prepared databases that no test uses, by their preparation: to empty one is quicker than to make one.
var spare struct {
	sync.Mutex
	of map[string][]prepared
}

// prepared is a database by its address. The connection that empties it stays open: a new one reads of every table first what
// it is, which takes ten times as long.
type prepared struct {
	address  string
	emptying *sqldb.DB
}

// Prepared is New with what prepare made in it. kind names the preparation. The database is used again by later tests of
// the process, without its rows, so a test that changes the schema takes New.
func Prepared(t testing.TB, kind string, prepare func(address string) error) string {
	t.Helper()
	server := Server(t)
	one, ok := takeSpare(kind)
	if !ok {
		name := newName()
		run(t, server, `CREATE DATABASE `+name+` TEMPLATE template0`)
		one.address = named(server, name)
		if err := prepare(one.address); err != nil {
			t.Fatal(err)
		}
		one.emptying = existing(t, one.address)
	}
	t.Cleanup(func() {
		if _, err := one.emptying.Writer().ExecContext(context.Background(), emptyAll); err != nil {
			run(t, one.address, emptyAll) // the test cut connections
		}
		spare.Lock()
		defer spare.Unlock()
		spare.of[kind] = append(spare.of[kind], one)
	})
	return one.address
}

func takeSpare(kind string) (one prepared, ok bool) {
	spare.Lock()
	defer spare.Unlock()
	if spare.of == nil {
		spare.of = map[string][]prepared{}
	}
	all := spare.of[kind]
	if len(all) == 0 {
		return prepared{}, false
	}
	spare.of[kind] = all[:len(all)-1]
	return all[len(all)-1], true
}

// emptyAll deletes every row, but for those that say what the schema is.
const emptyAll = `DO $$ DECLARE name text; BEGIN
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_version', 'river_migration') LOOP
		EXECUTE 'DELETE FROM ' || quote_ident(name);
	END LOOP;
END $$`

func newName() string {
	return fmt.Sprintf("lintel_test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), made.Add(1))
}

func create(t testing.TB, server, template string) string {
	t.Helper()
	name := newName()
	run(t, server, `CREATE DATABASE `+name+` TEMPLATE `+template)
	t.Cleanup(func() { run(t, server, `DROP DATABASE `+name+` WITH (FORCE)`) })
	return named(server, name)
}

// named is the address of another database of the same server.
func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(Variable + " is no address: " + err.Error())
	}
	u.Path = "/" + database
	return u.String()
}

func run(t testing.TB, address, statement string) {
	t.Helper()
	db := existing(t, address)
	_, err := db.Writer().ExecContext(context.Background(), statement)
	if closed := db.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Open opens a database behind the record's back.
func Open(t testing.TB, address string) *sql.DB {
	t.Helper()
	db := existing(t, address)
	t.Cleanup(func() { _ = db.Close() })
	return db.Writer()
}

func existing(t testing.TB, address string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Existing(context.Background(), address, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return db
}
