package server_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestStoryOnPostgres runs the main stories on PostgreSQL: a webhook becomes a verdict and repeats of it nothing more, a
// commit that pull requests share, what people write, an override, reports, a merge group, what a sweep repairs, and a
// process that is killed again and again.
func TestStoryOnPostgres(t *testing.T) {
	t.Parallel()
	postgrestest.Server(t)
	for name, story := range map[string]func(*testing.T){
		"override":                  TestStoryOverride,
		"commands":                  TestStoryChat,
		"one comment":               TestStoryOneComment,
		"drafts":                    TestStoryDraftsAreReleased,
		"outcomes":                  TestStoryOutcomes,
		"gate":                      TestStoryGateOpen,
		"shared commit":             TestSharedCommitInEitherOrder,
		"lost webhook":              TestSharedCommitWithALostWebhook,
		"merge group":               TestMergeGroupGetsItsOwnVerdict,
		"reports":                   TestReportsChangeTheVerdict,
		"replayed token":            TestStoryReplayedToken,
		"organisation":              TestStoryOrganisationFile,
		"killed, repeats, verdicts": TestKilledAgainAndAgain,
		"ends in order":             TestTerminatedInOrder,
		"several processes":         severalProcesses,
		"beside another":            besideAnother,
		"a newer version":           newerVersion,
		"one trace":                 oneTrace,
		"checks by a worker":        TestStoryChecksByAWorker,
		"full disk":                 fullDisk,
		"another clock":             TestStoryForgeClock,
		"clocks apart":              clocksApart,
		"workers down":              workersDown,
		"gathers apart":             gathersApart,
	} {
		t.Run(name, story)
	}
}

// databaseIn is the address of a test's database: a file in the folder, or for the stories of TestStoryOnPostgres a
// database of their own, which a server that is started again in the same folder finds again.
func databaseIn(t testing.TB, dir string) string {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestStoryOnPostgres/") {
		return "sqlite://" + filepath.Join(dir, "lintel.db")
	}
	note := filepath.Join(dir, "database")
	if address, err := os.ReadFile(note); err == nil {
		return string(address)
	}
	address := postgrestest.Prepared(t, "server", func(address string) error {
		jobs, err := queue.NewJobsFor(address, time.Now)
		if err != nil {
			return err
		}
		st, err := store.Open(t.Context(), address, time.Now, jobs)
		if err != nil {
			return err
		}
		return errors.Join(queue.Migrate(t.Context(), st.Writer(), slog.New(slog.DiscardHandler)), st.Close())
	})
	must(t, os.WriteFile(note, []byte(address), 0o600))
	return address
}
