package operator

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestReadersChangeNoSchema: who only asks leaves the schema of an older program as it is, since its server may run.
func TestReadersChangeNoSchema(t *testing.T) {
	t.Parallel()
	c := config.Config{Database: "sqlite://" + filepath.ToSlash(filepath.Join(t.TempDir(), "lintel.db"))}
	st, err := OpenCopy(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	steps := func(query string) (n int) {
		t.Helper()
		if err := st.Writer().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	read, err := OpenToRead(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Close(); err != nil {
		t.Error(err)
	}
	steps("DELETE FROM schema_version WHERE number = (SELECT MAX(number) FROM schema_version) RETURNING number")
	before := steps("SELECT COUNT(*) FROM schema_version")
	if _, err := OpenToRead(t.Context(), c); err == nil || !strings.Contains(err.Error(), "run the same version as lintel serve") {
		t.Errorf("%v", err)
	}
	if after := steps("SELECT COUNT(*) FROM schema_version"); after != before {
		t.Errorf("it ran %d steps", after-before)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// TestCommandsGoByTheDatabasesClock: what a command on a machine whose clock is an hour off writes has the time that the servers
// of its PostgreSQL share.
func TestCommandsGoByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	address := postgrestest.New(t)
	db := postgrestest.Open(t, address)
	for _, text := range []string{
		`CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
			AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$`,
		`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`,
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, open := range []func(context.Context, config.Config) (*store.Store, error){Open, OpenToRead} {
		st, err := open(t.Context(), config.Config{Database: address})
		if err != nil {
			t.Fatal(err)
		}
		if far := time.Until(st.Now()) - time.Hour; far.Abs() > 10*time.Minute {
			t.Errorf("it is %s off the database's clock", far)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
