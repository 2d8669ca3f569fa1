//go:build growth

package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
	"github.com/lintel-review/lintel/internal/text"
)

// batch is how many changes one statement fills in.
const batch = 50_000

// fill makes n changes up to a moment.
func fill(t *testing.T, db *sql.DB, blob string, n int, now time.Time) {
	t.Helper()
	const life = 730 * 24 * time.Hour
	at := fmt.Sprintf(`(%d - CAST((%d - i) AS BIGINT) * %d)`, now.UnixMilli(), n, max(life.Milliseconds()/int64(n), 1))
	repos := strconv.Itoa(max(n/500, 1))
	words := strings.NewReplacer(
		"@repo",
		`(7 + i % {repos})`,
		"@key",
		`('github:' || (7 + i % {repos}) || '#' || (i / {repos} + 1))`,
		"@at",
		at,
		"@day",
		at+` / 86400000`,
		"@blob",
		blob,
	)
	numbers := strings.NewReplacer("{repos}", repos, "{n}", strconv.Itoa(n))
	defer withoutIndexes(t, db)()
	for _, r := range manyRows {
		names, types := columnsOf(t, db, r.table)
		values := make([]string, len(names))
		for i, name := range names {
			given, ok := r.columns[name]
			switch {
			case ok:
				values[i] = given
			case strings.EqualFold(types[i], "BLOB") || strings.EqualFold(types[i], "bytea"):
				values[i] = blob
			case strings.EqualFold(types[i], "TEXT"):
				values[i] = `''`
			default:
				values[i] = `0`
			}
		}
		for from := 1; from <= n; from += batch {
			text := fmt.Sprintf(`INSERT INTO %s (%s) WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)
				SELECT %s FROM n WHERE %s ON CONFLICT DO NOTHING`, r.table, strings.Join(names, ", "), from, min(from+batch-1, n),
				strings.Join(values, ", "), r.which)
			if _, err := db.Exec(numbers.Replace(words.Replace(text))); err != nil {
				t.Fatalf("%s: %v", r.table, err)
			}
		}
	}
}

// withoutIndexes takes the indexes away that keep nothing unique, and gives what makes them again: rows are filled in ten
// times as fast.
func withoutIndexes(t *testing.T, db *sql.DB) (again func()) {
	t.Helper()
	text := `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
	if _, err := db.Exec(`PRAGMA synchronous = OFF`); err != nil {
		text = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()`
	} else if _, err := db.Exec(`PRAGMA cache_size = -500000`); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	made := map[string]string{}
	for rows.Next() {
		var name, making string
		if err := rows.Scan(&name, &making); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(making, "UNIQUE") && !strings.HasPrefix(name, "river_") {
			made[name] = making
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	run := func(text string) {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	for name := range made {
		run(`DROP INDEX ` + name)
	}
	return func() {
		for _, making := range made {
			run(making)
		}
	}
}

// columnsOf are the columns of a table that may not be empty, and their types.
func columnsOf(t *testing.T, db *sql.DB, table string) (names, types []string) {
	t.Helper()
	rows, err := db.Query(`SELECT * FROM ` + table + ` LIMIT 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		names, types = append(names, c.Name()), append(types, c.DatabaseTypeName())
	}
	return names, types
}

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
	all := &asked{by: map[string]string{}, args: map[string][]any{}}
	var now time.Time
	storetest.Exercise(t, func(t *testing.T, clock func() time.Time, q *storetest.Queue) storetest.Store {
		s := openAt(t, filepath.Join(t.TempDir(), "lintel.db"), clock, q)
		all.watch(s)
		now = clock()
		return s
	})
	times := map[string]*took{}
	notes := map[string]string{}
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		address, blob := "sqlite://"+filepath.Join(t.TempDir(), "lintel.db"), `zeroblob(200)`
		if engine == "PostgreSQL" {
			address, blob = postgrestest.New(t)+"&statement_timeout=0", `decode(repeat('00', 200), 'hex')`
		}
		s := openOn(t, address, func() time.Time { return now }, &storetest.Queue{})
		began := time.Now()
		fill(t, s.Writer(), blob, n, now)
		size := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
		plan := func(t *testing.T, db *sql.DB, text string, args []any) []walk {
			return onSQLite(t, db, text, len(args))
		}
		if engine == "PostgreSQL" {
			size, plan = `SELECT pg_database_size(current_database())`, onFull
			if _, err := s.Writer().Exec(`VACUUM ANALYZE`); err != nil {
				t.Fatal(err)
			}
		}
		var bytes int64
		if err := s.Reader().QueryRow(size).Scan(&bytes); err != nil {
			t.Fatal(err)
		}
		notes[engine] = fmt.Sprintf("%.1f GB, %d bytes for each pull request, filled in %s", float64(bytes)/1e9, bytes/int64(n),
			time.Since(began).Round(time.Second))
		t.Log(engine, notes[engine])
		for text, by := range all.by {
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

// onFull is PostgreSQL's plan as it is made of full tables. It takes the cheaper one of a plan for the arguments, here
// those that the suite gave, and of one for any: what both read counts.
func onFull(t *testing.T, db *sql.DB, text string, args []any) (all []walk) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	nulls := ""
	if len(args) > 0 {
		nulls = "(" + strings.TrimSuffix(strings.Repeat("NULL, ", len(args)), ", ") + ")"
	}
	for _, setup := range []string{`SET plan_cache_mode = force_generic_plan`, `PREPARE planned AS ` + text} {
		if _, err := conn.ExecContext(context.Background(), setup); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	defer func() {
		for _, back := range []string{`DEALLOCATE planned`, `RESET plan_cache_mode`} {
			_, _ = conn.ExecContext(context.Background(), back)
		}
	}()
	forThese := wholeReads(column(t, conn, 1, `EXPLAIN `+text, args...))
	for _, w := range wholeReads(column(t, conn, 1, `EXPLAIN EXECUTE planned`+nulls)) {
		if slices.ContainsFunc(forThese, func(v walk) bool { return v.table == w.table && v.index == w.index }) {
			all = append(all, w)
		}
	}
	return all
}

// wholeReads are the steps that read a table or an index whole. Tables of a few pages are read whole whatever indexes they
// have.
func wholeReads(steps []string) (all []walk) {
	for i, step := range steps {
		m := postgresScan.FindStringSubmatch(strings.TrimLeft(step, " ->"))
		if m == nil {
			continue
		}
		w := walk{m[1] + m[3], m[2], strings.TrimSpace(step)}
		bounded := slices.ContainsFunc(steps[i+1:min(i+3, len(steps))], func(next string) bool {
			return strings.Contains(next, "Index Cond:")
		})
		if w.index == "" && cost(step) > 100 || w.index != "" && !bounded {
			all = append(all, w)
		}
	}
	return all
}

// cost is what PostgreSQL believes a step to cost in all; a page that is read is one.
func cost(step string) float64 {
	m := regexp.MustCompile(`\.\.([0-9.]+) rows`).FindStringSubmatch(step)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	return n
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
