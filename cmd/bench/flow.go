package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/web/board"
)

// The facts of which pages of figures are made: over three years, in five hundred repositories of fifty teams.
const (
	flowPulls, flowRepos, flowTeams, flowDays = 1_000_000, 500, 50, 1095
	// flowFewPulls are the pull requests of a small run.
	flowFewPulls = 60_000
	// flowViews is how often each page is read.
	flowViews = 20
)

// figures measures the pages of figures over many pull requests, on SQLite, and on the PostgreSQL that TEST_POSTGRES names.
func figures(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp("", "lintel-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := figuresOn(ctx, b, "SQLite", "sqlite://"+filepath.Join(dir, "lintel.db")); err != nil {
		return err
	}
	server := os.Getenv("TEST_POSTGRES")
	if server == "" {
		b.say("no PostgreSQL: scripts/postgres.sh run go run ./cmd/bench has one")
		return nil
	}
	return onPostgres(ctx, server, func(address string) error { return figuresOn(ctx, b, "PostgreSQL", address) })
}

// onPostgres makes a database on a server, and drops it afterwards.
func onPostgres(ctx context.Context, server string, run func(address string) error) (err error) {
	u, err := url.Parse(server)
	if err != nil {
		return fmt.Errorf("read TEST_POSTGRES: %w", err)
	}
	db, err := sqldb.Existing(ctx, server, time.Now, func(*sqldb.DB) error { return nil })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	name := fmt.Sprintf("lintel_bench_%d", os.Getpid())
	if _, err := db.Writer().ExecContext(ctx, `CREATE DATABASE `+name+` TEMPLATE template0`); err != nil {
		return fmt.Errorf("make a database: %w", err)
	}
	defer func() {
		_, dropped := db.Writer().ExecContext(context.WithoutCancel(ctx), `DROP DATABASE `+name+` WITH (FORCE)`)
		err = errors.Join(err, dropped)
	}()
	u.Path = "/" + name
	return run(u.String())
}

func figuresOn(ctx context.Context, b *bench, engine, address string) (err error) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, address, func() time.Time { return now }, jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	pulls, begun := b.size(flowPulls, flowFewPulls), time.Now()
	if err := manyFacts(ctx, st.Writer(), now, pulls); err != nil {
		return err
	}
	b.say("%s facts stored in %s in %.0f s", grouped(pulls), engine, time.Since(begun).Seconds())
	begun = time.Now()
	if err := st.PackDays(ctx); err != nil {
		return err
	}
	b.say("packed by day in %.0f s", time.Since(begun).Seconds())
	pages, err := board.New(board.Options{Record: st, Shell: bareShell{}, Only: func(context.Context) map[filter.Repo]bool { return nil },
		Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	pages.Route(mux)
	days := func(n int) string { return now.AddDate(0, 0, 1-n).Format("from=2006-01-02") }
	for _, page := range []struct {
		what, path string
		bar        time.Duration
	}{
		{"overview of 90 days", "/flow?" + days(90), 300 * time.Millisecond},
		{"overview of 90 days, one repository", "/flow?repo=acme/r7&" + days(90), 300 * time.Millisecond},
		{"overview of 90 days, Berlin, business hours", "/flow?tz=Europe/Berlin&clock=business&" + days(90),
			300 * time.Millisecond},
		{"list of 90 days", "/flow/pulls?" + days(90), 300 * time.Millisecond},
		{"list of 90 days, the slowest first", "/flow/pulls?sort=slowest&" + days(90), 300 * time.Millisecond},
		{"DORA of 90 days", "/flow/dora?" + days(90), 300 * time.Millisecond},
		{"overview of a year", "/flow?" + days(365), time.Second},
		{"DORA of a year", "/flow/dora?" + days(365), time.Second},
		{"list of a year, the slowest first", "/flow/pulls?sort=slowest&" + days(365), time.Second},
	} {
		var took []time.Duration
		views := b.size(flowViews, 5)
		for range views {
			begun := time.Now()
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+page.path, nil).WithContext(ctx))
			if w.Code != http.StatusOK {
				return fmt.Errorf("%s answers %d: %.300s", page.path, w.Code, w.Body)
			}
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		p50, p95 := took[views/2], took[views*19/20]
		b.table.add(row{
			What:     fmt.Sprintf("%s, of %s pull requests, %s", page.what, grouped(pulls), engine),
			Measured: fmt.Sprintf("p50 %s, p95 %s", ms(p50), ms(p95)),
			Bar:      "p95 < " + ms(page.bar),
			Verdict:  judge(p95 < page.bar),
			Values:   map[string]float64{"p50_ms": inMS(p50), "p95_ms": inMS(p95)},
		})
	}
	if err := flowExport(ctx, b, mux, days(365), pulls/10, engine); err != nil {
		return err
	}
	return flowEvents(ctx, b, st, now, engine)
}

// flowEvents measures what one more event of a pull request costs a delivery, beside a million facts.
func flowEvents(ctx context.Context, b *bench, st *store.Store, now time.Time, engine string) error {
	const pulls, reviews = 20, 25
	person := func(id int64) flow.Actor { return flow.NewActor(id, fmt.Sprint("p", id), "User") }
	var took []time.Duration
	for n := range pulls {
		p := flow.Pull{Forge: "github", RepoID: 1, Number: 2_000_000 + n}
		events := []flow.Event{{Kind: flow.Opened, Actor: person(1)}, {Kind: flow.State, SHA: "head"}}
		for i := range reviews {
			events = append(events, flow.Event{Kind: flow.Reviewed, Actor: person(2),
				Detail: flow.Detail{Review: int64(1_000_000*n + i + 1), State: flow.ReviewCommented}},
				flow.Event{Kind: flow.Pushed, Actor: person(1), SHA: fmt.Sprint("head", i)})
		}
		for i := range events {
			e := &events[i]
			e.Pull, e.At = p, now.Add(time.Duration(i)*time.Minute)
			e.Key = flow.Key(*e)
			begun := time.Now()
			if _, err := st.AppendEvents(ctx, events[i:i+1], "webhook"); err != nil {
				return err
			}
			took = append(took, time.Since(begun))
		}
	}
	slices.Sort(took)
	p50, p95 := took[len(took)/2], took[len(took)*19/20]
	b.table.add(row{
		What:     "an event of a pull request stored and its facts derived, " + engine,
		Measured: fmt.Sprintf("p50 %s, p95 %s", ms(p50), ms(p95)),
		Bar:      "p50 < 2 ms",
		Verdict:  judge(p50 < 2*time.Millisecond),
		Values:   map[string]float64{"event_p50_ms": inMS(p50), "event_p95_ms": inMS(p95)},
		Notes:    []string{"up to 52 events each, a transaction of its own with its fsync"},
	})
	return nil
}

// flowExport measures a CSV of at least so many rows, and the memory that it takes.
func flowExport(ctx context.Context, b *bench, mux *http.ServeMux, period string, rows int, engine string) error {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out := &lineCounter{}
	begun := time.Now()
	mux.ServeHTTP(out, httptest.NewRequest(http.MethodGet, "http://localhost/flow/pulls.csv?"+period, nil).WithContext(ctx))
	took := time.Since(begun)
	if out.lines < rows {
		return fmt.Errorf("the export has %d rows", out.lines)
	}
	runtime.ReadMemStats(&after)
	grown := float64(out.most-min(out.most, before.HeapInuse)) / (1 << 20)
	b.table.add(row{
		What:     fmt.Sprintf("CSV of %s pull requests, %s", grouped(out.lines-1), engine),
		Measured: fmt.Sprintf("%.1f s, %.0f MB more memory", took.Seconds(), grown),
		Bar:      "< 50 MB",
		Verdict:  judge(grown < 50),
		Values:   map[string]float64{"csv_s": took.Seconds(), "csv_mb": grown},
		Notes:    []string{"heap in use, looked at every 10,000 rows"},
	})
	return nil
}

// lineCounter counts lines, and looks now and then at the memory.
type lineCounter struct {
	header http.Header
	lines  int
	looked int
	most   uint64
}

func (c *lineCounter) Header() http.Header {
	if c.header == nil {
		c.header = http.Header{}
	}
	return c.header
}

func (c *lineCounter) WriteHeader(int) {}

func (c *lineCounter) Write(p []byte) (int, error) {
	c.lines += strings.Count(string(p), "\n")
	if c.lines-c.looked >= 10_000 {
		c.looked = c.lines
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		c.most = max(c.most, m.HeapInuse)
	}
	return len(p), nil
}

// bareShell is a page without head and foot.
type bareShell struct{}

func (bareShell) Page(w http.ResponseWriter, _ *http.Request, status int, _, _ string, content template.HTML) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, string(content))
}

func (bareShell) Trouble(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

func (bareShell) Missing(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// manyFacts writes facts by SQL alone: what derives them is measured elsewhere. Times are drawn from a thousand with a
// long tail.
func manyFacts(ctx context.Context, db *sql.DB, now time.Time, pulls int) error {
	steps := []string{
		`CREATE TABLE drawn (h BIGINT PRIMARY KEY, v BIGINT)`,
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO repository (forge, id, installation, owner, name, private, default_branch, gone, scanned_at, updated_at)
			SELECT 'github', i, 1, 'acme', 'r' || i, 0, 'main', 0, 0, 0 FROM n`, flowRepos),
	}
	for h := range int64(1000) {
		v := 30 + h*h*h/1500
		steps = append(steps, fmt.Sprintf(`INSERT INTO drawn VALUES (%d, %d)`, h, v))
	}
	end := now.UnixMilli()
	steps = append(steps, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d),
		x AS (SELECT i, 1 + (i * 7919) %% %d AS repo, %d - (%d - i) * %d AS at, (i * 48271) %% 1000 AS h,
		(i * 16807) %% 1000 AS k FROM n)
		INSERT INTO flow_fact (change_id, forge, repo_id, number, team, author_id, author_kind, state, draft, fork, base,
		base_is_default, branch, head_sha, merge_sha, labels, reviewers, waits_for, opened_at, ready_at, first_response_at,
		approved_at, merged_at, last_event_at, opened_day, merged_day, coding_s, draft_s, pickup_s, review_s, merge_s,
		redraft_s, closed_s, cycle_s, pickup_bh_s, cycle_bh_s,
		additions, deletions, size_effective, rounds, reviews, human_comments, bot_comments, force_pushes, reopens,
		merged_unreviewed, self_merged, stacked, reverts, reverted_by, reverted, complete, def_version)
		SELECT 'github:' || repo || '#' || i, 'github', repo, i, 't' || (repo %% %d), 1 + i %% 900,
		CASE WHEN i %% 5 = 0 THEN 'bot' ELSE 'human' END, CASE WHEN i > %d THEN 'open' ELSE 'merged' END, 0, 0, 'main', 1, 'b',
			'h',
		'm', '', '', CASE WHEN i > %d THEN 'review' ELSE '' END, at - c.v * 1000, at - c.v * 1000, at - c.v * 500, at - 1000,
		CASE WHEN i > %d THEN NULL ELSE at END, at, at / 86400000,
		CASE WHEN i > %d THEN NULL ELSE at / 86400000 END, p.v, 0, p.v, c.v / 3, 1, 0, 0, c.v, p.v / 3,
		c.v / 3, x.h, x.k, x.h + x.k, i %% 3, 1, i %% 4, 1, 0, 0, CASE WHEN i %% 13 = 0 THEN 1 ELSE 0 END, 0, 0, 0, 0,
		CASE WHEN i %% 97 = 0 THEN 1 ELSE 0 END, 1, 1 FROM x JOIN drawn c ON c.h = x.h JOIN drawn p ON p.h = x.k`,
		pulls, flowRepos, end, pulls, int64(flowDays)*86_400_000/int64(pulls), flowTeams, pulls-2000, pulls-2000, pulls-2000, pulls-2000),
		`ANALYZE`)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if sqldb.EngineOf(db) == sqldb.Postgres {
		// One statement that writes all takes longer than a server's statement may.
		steps = append([]string{"SET LOCAL statement_timeout = 0"}, steps...)
	}
	for _, step := range steps {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return errors.Join(fmt.Errorf("make facts: %w: %.80s", err, step), tx.Rollback())
		}
	}
	return tx.Commit()
}
