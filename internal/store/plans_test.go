package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// asked are the statements of the record by their text, with who asks, and with which arguments it did so last.
type asked struct {
	sync.Mutex
	by   map[string]string
	args map[string][]any
}

// watch notes each statement of a record that one of its rooms asks, and none of the suite's own.
func (a *asked) watch(s *store.Store) {
	s.Observe(func(text string, args []any) {
		by := asker()
		if by == "" {
			return
		}
		a.Lock()
		defer a.Unlock()
		a.by[text], a.args[text] = by, args
	})
}

// asker is the function of a room, or of the whole record, that the running statement comes from.
func asker() string {
	const record = "github.com/lintel-review/lintel/internal/store"
	calls := make([]uintptr, 64)
	frames := runtime.CallersFrames(calls[:runtime.Callers(3, calls)])
	for {
		frame, more := frames.Next()
		name, ours := strings.CutPrefix(frame.Function, record)
		if ours && !strings.HasPrefix(name, "/sqldb.") && !strings.HasSuffix(frame.File, "export_test.go") {
			room, _, _ := strings.Cut(name, ".")
			if room == "/storetest" || room == "_test" {
				return ""
			}
			// A closure belongs to the method that it stands in.
			name = regexp.MustCompile(`(\.func\d+|\.\d+)+$`).ReplaceAllString(name, "")
			return strings.NewReplacer("(*Store).", "", "/", "").Replace(name)
		}
		if !more {
			return ""
		}
	}
}

// exercise holds SQLite to what every record promises, and returns the statements that ran, and the time by their clock.
func exercise(t *testing.T) (all *asked, now time.Time) {
	t.Helper()
	all = &asked{by: map[string]string{}, args: map[string][]any{}}
	storetest.Exercise(t, func(t *testing.T, clock func() time.Time, q *storetest.Queue) storetest.Store {
		path := filepath.Join(t.TempDir(), "lintel.db")
		seed(t, path)
		s := openAt(t, path, clock, q)
		all.watch(s)
		now = clock()
		return s
	})
	return all, now
}

// planned is how many changes the record has whose plans CI asks for: so many that PostgreSQL believes a table to be large,
// and so few that they are there in a second.
const planned = 10_000

// TestBehaviour holds SQLite to what every record promises, and then asks both engines how they would carry out each
// statement that ran: none may read through a table that grows with changes.
//
//race:unwatched
func TestBehaviour(t *testing.T) {
	var all *asked
	var now time.Time
	t.Run("promises", func(t *testing.T) { all, now = exercise(t) })
	if len(all.by) < 250 {
		t.Fatalf("only %d statements were recorded", len(all.by))
	}
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			s, plan := full(t, engine, planned, now)
			for text, by := range all.by {
				for _, walk := range plan(t, s.Writer(), text, all.args[text]) {
					if !mayWalk(by, walk, text) {
						t.Errorf("%s reads %s by %s:\n  %s", by, walk.table, walk.step, text)
					}
				}
			}
		})
	}
}

// planner gives the steps of a plan that read a table or an index from its one end to the other.
type planner func(t *testing.T, db *sql.DB, text string, args []any) []walk

type walk struct {
	// table may be an alias; index is empty when the table itself is read.
	table, index, step string
	// rows is how many of them PostgreSQL expects.
	rows float64
}

var (
	// small are tables that do not grow with changes: what operators and organisations set, repositories, people
	// who sign in, deployments to production, projects of GitLab, limits of connections, and what a statement lists
	// itself.
	small = regexp.MustCompile(`^(schema_version|mark|audit_end|gate_switch|organisation|organisation_file|demotion|repository|r|` +
		`signin|process|judged_by|actor|backfill|b|watched|forge_limit|CONSTANT|counted|newest|few|d|\d+-ROW)$`)
	// partial are indexes that hold only what waits or stands.
	partial = regexp.MustCompile(`^(change_waiting|change_unfinished|gate_switch_standing|deployment_counted|change_open|` +
		`check_run_open|check_run_key|consult_live)$`)
	// inOrder are those that may be walked in their order up to a LIMIT.
	inOrder = regexp.MustCompile(`^(change_raised|sqlite_autoindex_audit_1|audit_pkey|sqlite_autoindex_verdict_1|verdict_pkey)$`)
)

// mayWalk reports whether a function may read a table or index as a whole.
func mayWalk(by string, w walk, text string) bool {
	if by == "changes.Connections" && w.index != "" {
		return false // it wants few connections of many open changes
	}
	return small.MatchString(w.table) || partial.MatchString(w.index) ||
		inOrder.MatchString(w.index) && strings.Contains(text, "LIMIT") ||
		by == ".remove" && w.index == "" && w.rows > 0 && w.rows <= 50*deleted
}

// deleted is how many rows a step of Prune deletes at the most. PostgreSQL is right to read a table whole for so many of few
// times as many rows; of larger ones "make growth" asks.
const deleted = 1000

var (
	sqliteScan = regexp.MustCompile(`^SCAN (\S+)(?: .*INDEX (\w+))?`)
	// Mostly there is one forge, so what is searched by that alone is read whole.
	sqliteForge = regexp.MustCompile(`^SEARCH (\S+) USING (?:COVERING )?INDEX (\w+) \(forge=\?\)`)
)

func onSQLite(t *testing.T, db *sql.DB, text string, args []any) (all []walk) {
	t.Helper()
	blank := make([]any, len(args))
	for i := range blank {
		blank[i] = 1
	}
	for _, step := range column(t, db, 4, "EXPLAIN QUERY PLAN "+text, blank...) {
		for _, reads := range []*regexp.Regexp{sqliteScan, sqliteForge} {
			if m := reads.FindStringSubmatch(step); m != nil {
				all = append(all, walk{table: m[1], index: m[2], step: step})
			}
		}
	}
	return all
}

var postgresScan = regexp.MustCompile(
	`^(?:Seq Scan on (\w+)|(?:Bitmap )?Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)(?: on (\w+))?)`,
)

// column reads one column, counted from 1, of a query's rows.
func column(t *testing.T, db interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}, n int, text string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var cell string
		into := make([]any, len(names))
		for i := range into {
			into[i] = new(any)
		}
		into[n-1] = &cell
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, cell)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
