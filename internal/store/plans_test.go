package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
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

// TestBehaviour holds SQLite to what every record promises, and then asks both engines how they would carry out each
// statement that ran: none may read through a table that grows with changes.
func TestBehaviour(t *testing.T) {
	all := &asked{by: map[string]string{}, args: map[string][]any{}}
	t.Run("promises", func(t *testing.T) {
		storetest.Exercise(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
			s := openAt(t, filepath.Join(t.TempDir(), "lintel.db"), now, q)
			all.watch(s)
			return s
		})
	})
	if len(all.by) < 250 {
		t.Fatalf("only %d statements were recorded", len(all.by))
	}
	path := filepath.Join(t.TempDir(), "lintel.db")
	rig(t, path)
	for name, open := range map[string]func(t *testing.T) (*sql.DB, planner){
		"SQLite":     func(t *testing.T) (*sql.DB, planner) { return openRaw(t, path), onSQLite },
		"PostgreSQL": func(t *testing.T) (*sql.DB, planner) { return postgrestest.Open(t, postgres(t)), onPostgres },
	} {
		t.Run(name, func(t *testing.T) {
			db, plan := open(t)
			for text, by := range all.by {
				for _, walk := range plan(t, db, text, len(all.args[text])) {
					if !mayWalk(by, walk, text) {
						t.Errorf("%s reads %s by %s:\n  %s", by, walk.table, walk.step, text)
					}
				}
			}
		})
	}
}

// planner gives the steps of a plan that read a table or an index from its one end to the other.
type planner func(t *testing.T, db *sql.DB, text string, args int) []walk

type walk struct {
	// table may be an alias; index is empty when the table itself is read.
	table, index, step string
}

var (
	// small are tables that do not grow with changes: what operators and organisations set, repositories, people
	// who sign in, deployments to production, projects of GitLab, limits of connections, and what a statement lists
	// itself.
	small = regexp.MustCompile(`^(schema_version|mark|audit_end|gate_switch|organisation|organisation_file|demotion|repository|r|` +
		`signin|process|judged_by|actor|backfill|watched|forge_limit|CONSTANT|counted|newest|few|d|\d+-ROW)$`)
	// partial are indexes that hold only what waits or stands.
	partial = regexp.MustCompile(`^(change_waiting|change_unfinished|gate_switch_standing|deployment_counted|change_open|` +
		`check_run_open|consult_live)$`)
	// inOrder are those that may be walked in their order up to a LIMIT.
	inOrder = regexp.MustCompile(`^(change_raised|sqlite_autoindex_audit_1|audit_pkey|sqlite_autoindex_verdict_1|verdict_pkey)$`)
)

// mayWalk reports whether a function may read a table or index as a whole.
func mayWalk(by string, w walk, text string) bool {
	return small.MatchString(w.table) || partial.MatchString(w.index) ||
		inOrder.MatchString(w.index) && strings.Contains(text, "LIMIT")
}

var sqliteScan = regexp.MustCompile(`^SCAN (\S+)(?: .*INDEX (\w+))?`)

func onSQLite(t *testing.T, db *sql.DB, text string, args int) (all []walk) {
	t.Helper()
	blank := make([]any, args)
	for i := range blank {
		blank[i] = 1
	}
	for _, step := range column(t, db, 4, "EXPLAIN QUERY PLAN "+text, blank...) {
		if m := sqliteScan.FindStringSubmatch(step); m != nil {
			all = append(all, walk{m[1], m[2], step})
		}
	}
	return all
}

var postgresScan = regexp.MustCompile(
	`^(?:Seq Scan on (\w+)|(?:Bitmap )?Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)(?: on (\w+))?)`,
)

// onPostgres reads PostgreSQL's plan of a statement whose whole reads are as dear as they can be made.
func onPostgres(t *testing.T, db *sql.DB, text string, args int) (all []walk) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	nulls := ""
	if args > 0 {
		nulls = "(" + strings.TrimSuffix(strings.Repeat("NULL, ", args), ", ") + ")"
	}
	for _, setup := range []string{`SET enable_seqscan = off`, `SET plan_cache_mode = force_generic_plan`, `PREPARE planned AS ` + text} {
		if _, err := conn.ExecContext(context.Background(), setup); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	defer func() { _, _ = conn.ExecContext(context.Background(), `DEALLOCATE planned`) }()
	steps := column(t, conn, 1, fmt.Sprintf(`EXPLAIN EXECUTE planned%s`, nulls))
	for _, step := range steps {
		m := postgresScan.FindStringSubmatch(strings.TrimLeft(step, " ->"))
		if m == nil {
			continue
		}
		w := walk{m[1] + m[3], m[2], strings.TrimSpace(step)}
		// Of empty tables it prefers to join whole indexes; "make growth" looks at those of full ones.
		if w.index == "" {
			all = append(all, w)
		}
	}
	return all
}

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
