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

// TestStoryOnPostgres runs on PostgreSQL the stories in which several things happen at once: processes that are killed again
// and again, side by side, of two versions, with clocks that differ; a full disk, and pull requests that share a commit.
func TestStoryOnPostgres(t *testing.T) {
	t.Parallel()
	postgrestest.Server(t)
	for name, story := range map[string]func(*testing.T){
		"shared commit":      TestSharedCommitInEitherOrder,
		"ends in order":      TestTerminatedInOrder,
		"several processes":  severalProcesses,
		"beside another":     besideAnother,
		"a newer version":    newerVersion,
		"one trace":          oneTrace,
		"checks by a worker": TestStoryChecksByAWorker,
		"full disk":          fullDisk,
		"clocks apart":       clocksApart,
		"workers down":       workersDown,
		"gathers apart":      gathersApart,
	} {
		t.Run(name, story)
	}
}

// TestStoryInTurnOnPostgres runs on PostgreSQL the main stories in which one thing happens at a time: a webhook becomes a
// verdict and repeats of it nothing more, also where the program is killed, what people write, an override, reports, a
// merge group, what a sweep repairs.
//
//race:unwatched
func TestStoryInTurnOnPostgres(t *testing.T) {
	t.Parallel()
	postgrestest.Server(t)
	for name, story := range map[string]func(*testing.T){
		"killed, repeats, verdicts": TestKilledAgainAndAgain,
		"override":                  TestStoryOverride,
		"commands":                  TestStoryChat,
		"one comment":               TestStoryOneComment,
		"drafts":                    TestStoryDraftsAreReleased,
		"outcomes":                  TestStoryOutcomes,
		"gate":                      TestStoryGateOpen,
		"lost webhook":              TestSharedCommitWithALostWebhook,
		"merge group":               TestMergeGroupGetsItsOwnVerdict,
		"reports":                   TestReportsChangeTheVerdict,
		"replayed token":            TestStoryReplayedToken,
		"organisation":              TestStoryOrganisationFile,
		"another clock":             TestStoryForgeClock,
	} {
		t.Run(name, story)
	}
}

// databaseIn is the address of a test's database: a file in the folder, or for the stories on PostgreSQL a
// database of their own, which a server that is started again in the same folder finds again.
func databaseIn(t testing.TB, dir string) string {
	t.Helper()
	if test, _, _ := strings.Cut(t.Name(), "/"); !strings.HasSuffix(test, "OnPostgres") {
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
