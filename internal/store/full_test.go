package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// full is a record of so many changes on an engine, and how it is asked for the plan of a statement. SQLite plans without
// knowing what is in its tables, so there they stay empty where only plans are asked for (n is 0).
func full(t *testing.T, engine string, n int, now time.Time) (*store.Store, planner) {
	t.Helper()
	clock := func() time.Time { return now }
	if engine == "SQLite" {
		path := filepath.Join(t.TempDir(), "lintel.db")
		seed(t, path)
		s := openAt(t, path, clock, &storetest.Queue{})
		fill(t, s.Writer(), `zeroblob(200)`, n, now)
		return s, onSQLite
	}
	// One of its own: what it knows of its tables would mislead those who get it after this test.
	s := openOn(t, postgrestest.New(t)+"&statement_timeout=0", clock, &storetest.Queue{})
	fill(t, s.Writer(), `decode(repeat('00', 200), 'hex')`, n, now)
	if _, err := s.Writer().Exec(`VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
	return s, onFull
}

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
		began := time.Now()
		for from := 1; from <= n; from += batch {
			text := fmt.Sprintf(`INSERT INTO %s (%s) WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)
				SELECT %s FROM n WHERE %s ON CONFLICT DO NOTHING`, r.table, strings.Join(names, ", "), from, min(from+batch-1, n),
				strings.Join(values, ", "), r.which)
			if _, err := db.Exec(numbers.Replace(words.Replace(text))); err != nil {
				t.Fatalf("%s: %v", r.table, err)
			}
		}
		if n > batch {
			t.Logf("%s is filled, in %s", r.table, time.Since(began).Round(time.Second))
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
		t.Logf("making %d indexes", len(made))
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
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names, types
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
		w := walk{m[1] + m[3], m[2], strings.TrimSpace(step), number(costRows, step)}
		bounded := slices.ContainsFunc(steps[i+1:min(i+3, len(steps))], func(next string) bool {
			return strings.Contains(next, "Index Cond:")
		})
		if w.index == "" && number(costTotal, step) > 100 || w.index != "" && !bounded {
			all = append(all, w)
		}
	}
	return all
}

// costTotal is what PostgreSQL believes a step to cost in all, where a page that is read is one, and costRows how many rows it
// expects.
var (
	costTotal = regexp.MustCompile(`\.\.([0-9.]+) rows`)
	costRows  = regexp.MustCompile(` rows=(\d+)`)
)

// number is 0 where there is none.
func number(of *regexp.Regexp, step string) float64 {
	m := of.FindStringSubmatch(step)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	return n
}
