package trends_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestOnPostgres holds PostgreSQL to the same figures.
//
//race:unwatched
func TestOnPostgres(t *testing.T) {
	postgrestest.Server(t)
	for name, run := range map[string]func(*testing.T){
		"percentiles": TestPercentiles,
		"brute force": TestFiguresByBruteForce,
		"packed":      TestPackedDaysFollowTheFacts,
		"pulls":       TestPulls,
		"waiting":     TestWaiting,
		"pull":        TestPull,
		"age":         TestAgeAndChoices,
		"past":        TestAgeOfThePast,
		"recent":      TestRecent,
		"panels":      grafanaPanels,
	} {
		t.Run(name, run)
	}
}

// database is the address of an empty record: PostgreSQL's for the tests of TestOnPostgres.
func database(t *testing.T) string {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		path := filepath.Join(t.TempDir(), "lintel.db")
		seed(t, path)
		return "sqlite://" + path
	}
	return postgrestest.Prepared(t, "trends", schema)
}

// schema makes the tables of an empty database.
func schema(address string) error {
	st, err := store.Open(context.Background(), address, time.Now, &storetest.Queue{})
	if err != nil {
		return err
	}
	return st.Close()
}

var seed = sqlitetest.Copies(schema)
