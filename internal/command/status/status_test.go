//race:unwatched
package status_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/command/status"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestWhatIsNotWell: on either engine status shows what does not run as it should: a process that is over, a connection that the
// forge refused, jobs that fail and were given up, and what models cost today. That all is well is a story of the server's.
func TestWhatIsNotWell(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(t *testing.T) string{
		"SQLite": func(t *testing.T) string {
			return "sqlite://" + filepath.ToSlash(filepath.Join(t.TempDir(), "lintel.db"))
		},
		"PostgreSQL": func(t *testing.T) string { return postgrestest.New(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			fill(t, at)
			show := func(format string) string {
				t.Helper()
				var out bytes.Buffer
				c := status.Command{DatabaseFlags: config.DatabaseFlags{Database: at}}
				c.Format.Format = format
				if err := c.Run(t.Context(), terminal.Terminal{Out: &out, Err: &out}); err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				return out.String()
			}
			text := show("text")
			for _, want := range []string{
				`\nlook +0 +0s +0 +1 +1\n`,
				`\n0 changes wait for a verdict, the oldest for 0s\.\n`,
				`\nThe forge takes no more requests of github:7 until 20\d\d-`,
				`\nModels today: 1 call, 1200 tokens, 0\.03\.\n`,
				`\nJob \d+ \(look "[^\n]*github:1:1[^\n]*"\) is retryable after try 2: "the forge is away"\n`,
				`\nJob \d+ \(look "[^\n]*github:1:2[^\n]*"\) is discarded after try 10: "the forge is away"\n`,
			} {
				if !regexp.MustCompile(want).MatchString(text) {
					t.Errorf("it does not say %s:\n%s", want, text)
				}
			}
			over := regexp.MustCompile(`lintel-42 +gone:9 +v1 +web,gate +over, last seen (1h)?\d+m?\d*s? ago`).MatchString(text)
			if over != (name == "PostgreSQL") {
				t.Errorf("the process that is over is shown: %t\n%s", over, text)
			}
			var all struct {
				Failing []struct {
					State   string
					Attempt int
				}
				Limited []struct{ Connection string }
				Models  struct{ Calls int } `json:"models_today"`
			}
			err := json.Unmarshal([]byte(show("json")), &all)
			if err != nil || len(all.Failing) != 2 || all.Failing[0].State != "discarded" || len(all.Limited) != 1 ||
				all.Models.Calls != 1 {
				t.Errorf("as JSON it says %+v: %v", all, err)
			}
		})
	}
}

// fill makes a database in which much is not well.
func fill(t *testing.T, address string) {
	t.Helper()
	st, err := operator.OpenCopy(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := queue.Migrate(t.Context(), st.Writer(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	errs := `'[{"at":"2026-01-02T03:04:05Z","attempt":2,"error":"the forge is away","trace":""}]'`
	if sqldb.EngineOf(st.Writer()) == sqldb.Postgres {
		errs = `ARRAY[` + errs + `::jsonb -> 0]`
	}
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := st.Writer().ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	const ran = `INSERT INTO river_job (kind, queue, args, max_attempts, attempt, state, priority, scheduled_at, finalized_at, errors)
		VALUES `
	stamp := func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05.000") }
	exec(ran+`('look', 'look', '{"key":"github:1:1"}', 10, 2, 'retryable', 1, $1, NULL, `+errs+`)`, stamp(now.Add(time.Minute)))
	exec(ran+`('look', 'look', '{"key":"github:1:2"}', 10, 10, 'discarded', 1, $1, $1, `+errs+`)`, stamp(now.Add(-time.Minute)))
	exec(`INSERT INTO mark (name, value) VALUES ('hold:github:7', $1)`, fmt.Sprint(now.Add(time.Hour).UnixMilli()))
	exec(`INSERT INTO spend (id, forge, repo_id, change_id, head, day, purpose, model, outcome, tokens, micro, priced, estimate_in,
		tokens_in, cached_in, tokens_out, reasoning, reserved_at, expires_at, settled_at)
		VALUES (1, 'github', 1, 'github:1:1', 'aaa', $1, 'find', 'large', 'answered', 1200, 30000, 1, 0, 1000, 0, 200, 0, $2, $2, $2)`,
		now.UTC().Format(time.DateOnly), now.UnixMilli())
	exec(`INSERT INTO process (id, host, pid, version, roles, policies, began_at, beat_at, judged_by)
		VALUES (42, 'gone', 9, 'v1', 'web gate', '', $1, $2, 0)`, now.Add(-time.Hour).UnixMilli(), now.Add(-90*time.Second).UnixMilli())
}
