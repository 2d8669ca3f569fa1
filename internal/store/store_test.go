package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestBehaviourOnPostgres holds PostgreSQL to the same.
func TestBehaviourOnPostgres(t *testing.T) {
	postgrestest.Server(t)
	storetest.Exercise(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
		return openOn(t, postgres(t), now, q)
	})
}

// postgres makes a database with today's schema.
func postgres(t *testing.T) string {
	t.Helper()
	return postgrestest.Prepared(t, "schema", schema)
}

// schema makes the tables of an empty database.
func schema(address string) error {
	s, err := store.Open(context.Background(), address, time.Now, &storetest.Queue{})
	if err != nil {
		return err
	}
	return s.Close()
}

var seed = sqlitetest.Copies(schema)

func openAt(t *testing.T, path string, now func() time.Time, q *storetest.Queue) *store.Store {
	t.Helper()
	return openOn(t, "sqlite://"+path, now, q)
}

func openOn(t *testing.T, address string, now func() time.Time, q *storetest.Queue) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), address, now, q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rig is the suite's rig on one database file. Where there is none, it is one with today's schema.
func rig(t *testing.T, path string) (*storetest.Rig, *store.Store) {
	t.Helper()
	seed(t, path)
	return fresh(t, path)
}

// fresh is a rig whose record makes its file itself.
func fresh(t *testing.T, path string) (*storetest.Rig, *store.Store) {
	t.Helper()
	var s *store.Store
	r := storetest.NewRig(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
		s = openAt(t, path, now, q)
		return s
	})
	return r, s
}
