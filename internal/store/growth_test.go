//go:build growth

package store_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/text"
)

// took is how long a function's dearest statement took on each engine.
type took struct {
	by, text string
	on       map[string]time.Duration
}

// TestGrowth fills a record with changes (GROWTH, a million unless set), asks both engines for their plans of every
// statement with what they know of so many rows, runs each with the arguments that the suite gave it, and writes
// docs/growth.md. "make growth" calls it.
func TestGrowth(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("GROWTH"))
	if err != nil {
		n = 1_000_000
	}
	all, now := exercise(t)
	times := map[string]*took{}
	notes := map[string]string{}
	for _, engine := range []string{"PostgreSQL", "SQLite"} {
		began := time.Now()
		s, plan := full(t, engine, n, now)
		size := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
		if engine == "PostgreSQL" {
			size = `SELECT pg_database_size(current_database())`
		}
		var bytes int64
		if err := s.Reader().QueryRow(size).Scan(&bytes); err != nil {
			t.Fatal(err)
		}
		notes[engine] = fmt.Sprintf("%.1f GB, %d bytes for each pull request, filled in %s", float64(bytes)/1e9, bytes/int64(n),
			time.Since(began).Round(time.Second))
		t.Log(engine, notes[engine])
		done := 0
		for text, by := range all.by {
			if done++; done%50 == 0 {
				t.Logf("%s: %d of %d statements", engine, done, len(all.by))
			}
			for _, walk := range plan(t, s.Writer(), text, all.args[text]) {
				if !mayWalk(by, walk, text) {
					t.Errorf("%s: %s reads %s by %s:\n  %s", engine, by, walk.table, walk.step, text)
				}
			}
			spent := timed(s, text, all.args[text])
			if times[by] == nil {
				times[by] = &took{by: by, on: map[string]time.Duration{}}
			}
			if spent > times[by].on[engine] {
				times[by].on[engine], times[by].text = spent, text
			}
		}
		day := 24 * time.Hour
		keep := store.Retention{Deliveries: 14 * day, History: 400 * day, Verdicts: 400 * day, Evidence: 90 * day, Kept: 180 * day,
			Advice: 90 * day, Checks: 90 * day, Reports: 180 * day, RawReports: 7 * day, UnseenReports: 7 * day}
		for _, round := range []string{"Prune, the first time", "Prune, with nothing left to delete"} {
			began = time.Now()
			gone, err := s.Prune(ctx(), keep)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s: %d rows, %s", engine, round, gone, time.Since(began))
			if times[round] == nil {
				times[round] = &took{by: round, on: map[string]time.Duration{}}
			}
			times[round].on[engine] = time.Since(began)
		}
	}
	writeGrowth(t, n, len(all.by), times, notes)
}

// timed is the middle of three runs of a statement. What it writes is taken back; one that these rows refuse counts for as
// long as it took.
func timed(s *store.Store, text string, args []any) time.Duration {
	var all []time.Duration
	for range 3 {
		began := time.Now()
		if tx, err := s.Writer().Begin(); err == nil {
			if rows, err := tx.Query(text, args...); err == nil {
				for rows.Next() {
				}
				rows.Close()
			}
			all = append(all, time.Since(began))
			_ = tx.Rollback()
		}
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// shown is the least time at which a function has a line of its own.
const shown = 10 * time.Millisecond

func writeGrowth(t *testing.T, n, statements int, times map[string]*took, notes map[string]string) {
	t.Helper()
	var list []*took
	for _, one := range times {
		list = append(list, one)
	}
	longest := func(x *took) time.Duration { return max(x.on["SQLite"], x.on["PostgreSQL"]) }
	sort.Slice(list, func(i, j int) bool { return longest(list[i]) > longest(list[j]) })
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Lintel with %s pull requests\n\n", thousands(n))
	fmt.Fprintf(&b, "Written by `make growth`. It fills a record with pull requests in repositories of 500, two years old, as the "+
		"[retention](server.md) leaves them; 2 %% are open. Documents of evidence and bodies are shorter than real ones. Then it asks "+
		"each engine for its plan of all %d statements that the tests of the record run, and refuses one that reads through a table "+
		"which grows with pull requests, and runs each three times with the arguments of the tests; the times are the middle of the "+
		"three, on %d shared cores with other work, and what was written is taken back. In CI the plans of empty tables are "+
		"checked (`TestBehaviour`).\n\n", statements, runtime.NumCPU())
	fmt.Fprintf(
		&b,
		"| engine | the database |\n|---|---|\n| SQLite | %s |\n| PostgreSQL | %s |\n\n",
		notes["SQLite"],
		notes["PostgreSQL"],
	)
	below := 0
	fmt.Fprintf(&b, "| what asks | SQLite | PostgreSQL |\n|---|---|---|\n")
	for _, one := range list {
		if longest(one) < shown {
			below++
			continue
		}
		fmt.Fprintf(
			&b,
			"| `%s` | %s | %s |\n",
			strings.TrimPrefix(one.by, "."),
			milliseconds(one.on["SQLite"]),
			milliseconds(one.on["PostgreSQL"]),
		)
	}
	fmt.Fprintf(&b, "\n%s more take less than %s each.\n", text.Count(below, "function"), milliseconds(shown))
	if n < 100_000 {
		t.Log(b.String())
		return
	}
	if err := os.WriteFile("../../docs/growth.md", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
