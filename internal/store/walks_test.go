package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestWalksGoOn holds on both engines that a run of Prune goes on where the last one ended, begins anew behind the last
// row, and reads on within a run: what may go goes, however many rows that stay stand before it.
func TestWalksGoOn(t *testing.T) {
	for name, address := range map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "lintel.db") },
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
