package queue_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store"
)

// TestUpgradeKeepsJobs opens a database whose queue an older River made (testdata says which) and works on every job
// that was left in it. A job of before is also the same job for whoever asks for it again.
func TestUpgradeKeepsJobs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	leaveOldJobs(t, path)
	looks, scans, posted := make(chan change.Key, 100), make(chan delivery.Scan, 100), make(chan int64, 100)
	h := handler{
		look: func(_ context.Context, r change.Record, _ job.Attempt) error { looks <- r.Key; return nil },
		scan: func(_ context.Context, s delivery.Scan) error { scans <- s; return nil },
	}
	r := start(t, path, h, func(s *setup) {
		s.queue.Poll = 50 * time.Millisecond
		s.queue.Kinds = append(s.queue.Kinds, steps(job.StepQueue, map[consult.Step]step{
			consult.Post: func(_ context.Context, id int64) (time.Duration, error) { posted <- id; return 0, nil },
		}))
	})
	for n := 1; n <= 4; n++ {
		r.touch(t, "d"+string(rune('0'+n)), n, 11)
	}
	var jobs int
	err := r.store.Reader().QueryRow(`SELECT COUNT(*) FROM river_job WHERE queue = 'look' AND state <> 'completed'`).Scan(&jobs)
	if err != nil || jobs != 4 {
		t.Errorf("%d looks wait or run, %v; want one for each change: a job of before is not asked for twice", jobs, err)
	}
	if err := r.queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[change.Key]int{}
	for range 4 {
		seen[await(t, looks)]++
	}
	for n := 1; n <= 4; n++ {
		if key := ref(n, 11).Key; seen[key] != 1 {
			t.Errorf("%s was looked at %d times", key, seen[key])
		}
	}
	if s := await(t, scans); s.Connection != 11 || s.Forge != change.GitHub {
		t.Errorf("scanned %+v", s)
	}
	if id := await(t, posted); id != 42 {
		t.Errorf("posted %d", id)
	}
}

// deaf takes jobs and forgets them.
type deaf struct{}

func (deaf) InsertTx(context.Context, *sql.Tx, job.Args, job.When) error { return nil }
func (deaf) Ring()                                                       {}

// await receives, and fails rather than hang.
func await[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// leaveOldJobs makes a database of today's record with the queue of before.
func leaveOldJobs(t *testing.T, path string) {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite://"+path, time.Now, deaf{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/river-0.31.0.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(script)); err != nil {
		t.Fatal(err)
	}
}
