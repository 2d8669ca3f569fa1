package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
	"github.com/lintel-review/lintel/internal/verdict"
)

// TestWalksGoOn holds on both engines that a run of Prune goes on where the last one ended, begins anew behind the last
// row, and reads on within a run: what may go goes, however many rows that stay stand before it.
func TestWalksGoOn(t *testing.T) {
	for name, address := range map[string]func(t *testing.T) string{
		"SQLite": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "lintel.db")
			seed(t, path)
			return "sqlite://" + path
		},
		"PostgreSQL": postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s *store.Store
			r := storetest.NewRig(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
				s = openOn(t, address(t), now, q)
				return s
			})
			const old = `CAST(1000 AS BIGINT)`
			many := func(n int, into, values string) {
				t.Helper()
				_, err := s.Writer().Exec(fmt.Sprintf(`INSERT INTO %s WITH RECURSIVE n(i) AS
					(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT %s FROM n`, into, n, values))
				if err != nil {
					t.Fatal(err)
				}
			}
			// The only verdicts of 1,100 changes stay, and of the 1,400 of one change after them the newest.
			many(2500, `verdict (id, change_id, generation, target, head, base_ref, base_sha, merge_base, conclusion, digest, `+
				`facts, policy, settings, decision, engine, controls, control_files, title, forge_updated, taken_at, decided_at)`,
				`i, CASE WHEN i > 1100 THEN 'many' ELSE 'c' || i END, 1, '', '', '', '', '', '', '', 'f' || i, 'p', 's', 'd', `+
					`'', '', '', '', 0, 0, `+old)
			many(2500, `evidence (digest, kind, body, created_at)`, `'f' || i, 'facts', '', `+old)
			// Reports of a base stay, and stand before those that may go.
			many(1500, `report (forge, repo_id, sha, scope, kind, flag, part, measured, run, attempt, job, sender, trust, `+
				`digest, first_at, received_at, body)`, `'github', 7, 'sha', CASE WHEN i > 1050 THEN 'pull' ELSE 'commit' END, 'k', `+
				`CAST(i AS TEXT), '<"> é', '', '', 0, '', '', '', '', 0, `+old+`, ''`)
			keep := store.Retention{Verdicts: time.Hour, UnseenReports: time.Hour}
			walk := func(table string, want ...int64) {
				t.Helper()
				for i, n := range want {
					if got, err := s.WalkOnce(ctx(), keep, table); err != nil || got != n {
						t.Errorf("run %d through %s: %d rows went, want %d, %v", i+1, table, got, n, err)
					}
				}
			}
			count := func(what string) (n int) {
				t.Helper()
				if err := s.Reader().QueryRow(`SELECT COUNT(*) FROM ` + what).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			walk("verdict", 0, 900, 499)
			if v, err := r.Mark(ctx(), "prune:verdict"); err != nil || v != "" {
				t.Errorf("behind the last row it stands at %q, %v", v, err)
			}
			if n := count(`verdict WHERE id > 1100 AND id < 2500`); n != 0 || count("verdict") != 1101 {
				t.Errorf("%d verdicts stand, %d of them for nothing", count("verdict"), n)
			}
			// What comes behind the place where a walk stands is found when it comes by again.
			walk("verdict", 0)
			if _, err := s.Writer().Exec(`UPDATE verdict SET change_id = 'c1100' WHERE id = 5`); err != nil {
				t.Fatal(err)
			}
			walk("verdict", 0, 1)
			walk("report", 0, 450)
			if n, left := count("report"), count(`report WHERE scope = 'commit'`); n != 1050 || left != 1050 {
				t.Errorf("%d reports stand, %d of them of a base", n, left)
			}
			// One run of Prune reads on by itself.
			if n, err := r.Prune(ctx(), store.Retention{Evidence: time.Hour}); err != nil || n != 1400 {
				t.Errorf("%d documents went, %v", n, err)
			}
			idle := count(`evidence e WHERE NOT EXISTS (SELECT 1 FROM verdict v WHERE v.facts = e.digest)`)
			if n := count("evidence"); idle != 0 || n != 1100 {
				t.Errorf("%d documents stand, %d of them for nothing", n, idle)
			}
		})
	}
}

// TestPruningGoesOnBehindAFailure: a table that cannot be pruned keeps no other from it, and is named.
func TestPruningGoesOnBehindAFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	for _, text := range []string{
		`ALTER TABLE consult RENAME TO lost`,
		`INSERT INTO evidence (digest, kind, body, created_at) VALUES ('d', 'facts', '', 1000)`,
		`INSERT INTO session (hash, person, began_at, seen_at) VALUES ('h', '{}', 1000, 1000)`,
	} {
		if _, err := s.Writer().Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	n, err := r.Prune(ctx(), store.Retention{Advice: time.Hour, Evidence: time.Hour})
	if n != 2 {
		t.Errorf("%d rows went, want the session behind the failed step and the document behind the failed walk", n)
	}
	if err == nil || strings.Count(err.Error(), "prune consult: ") != 2 {
		t.Errorf("got %v", err)
	}
}

// TestNewestVerdictsBehindManyOthers: the changes that were judged last are found behind thousands of verdicts about others.
func TestNewestVerdictsBehindManyOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa"), storetest.Opened(2, "bbb"), storetest.Opened(3, "ccc")))
	for n := 1; n <= 3; n++ {
		r.Save(r.Verdict(n, "failure", fmt.Sprint(n)))
	}
	if _, err := s.Writer().Exec(`INSERT INTO verdict (id, change_id, generation, target, head, base_ref, base_sha, merge_base,
		conclusion, digest, facts, policy, settings, decision, engine, controls, control_files, title, forge_updated, taken_at, decided_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
		SELECT (SELECT MAX(id) FROM verdict) + i, 'gone', 1, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 0, 0, 0 FROM n`,
	); err != nil {
		t.Fatal(err)
	}
	for _, forge := range []change.Forge{change.GitHub, ""} {
		var got []int
		err := r.PastPulls(ctx(), forge, 0, 2, func(p verdict.Past) error {
			got = append(got, p.Record.Number)
			return nil
		})
		if err != nil || !slices.Equal(got, []int{3, 2}) {
			t.Errorf("%q: %v, %v", forge, got, err)
		}
	}
}

// TestMarksOfAnyBytes: a walk goes on at the very key at which it ended, whatever its bytes, and begins anew where a mark is
// of another program.
func TestMarksOfAnyBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	for i := range 1500 {
		if _, err := s.Writer().Exec(`INSERT INTO evidence (digest, kind, body, created_at) VALUES ($1, 'facts', '', $2)`,
			fmt.Sprintf("\xff%04d", i), int64(1000)); err != nil {
			t.Fatal(err)
		}
	}
	for i, mark := range []string{"", `["other"]`, `2:["x"]`, `2:[7]`, `2:`} {
		if err := r.SetMark(ctx(), "prune:evidence", mark); err != nil {
			t.Fatal(err)
		}
		// A run that begins anew finds the one in front, once.
		want := []int64{1000, 1, 0, 0, 0}[i]
		if n, err := s.WalkOnce(ctx(), store.Retention{Evidence: time.Hour}, "evidence"); err != nil || n != want {
			t.Errorf("from %q: %d rows went, want %d, %v", mark, n, want, err)
		}
		if i > 0 {
			continue
		}
		if _, err := s.Writer().Exec(`INSERT INTO evidence (digest, kind, body, created_at) VALUES ('a', 'facts', '', 1000)`); err != nil {
			t.Fatal(err)
		}
		mark, err := r.Mark(ctx(), "prune:evidence")
		if err != nil || mark == "" {
			t.Fatalf("the mark is %q, %v", mark, err)
		}
		if n, err := s.WalkOnce(ctx(), store.Retention{Evidence: time.Hour}, "evidence"); err != nil || n != 500 {
			t.Errorf("behind the mark %d rows went, %v", n, err)
		}
	}
}
