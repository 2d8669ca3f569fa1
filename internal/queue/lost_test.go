package queue_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestAnswerOfAFetchIsLost: PostgreSQL gives a process a job and the connection is cut before it hears of it. It takes the
// job back itself, at the second look.
func TestAnswerOfAFetchIsLost(t *testing.T) {
	wire, at := postgrestest.NewWire(t, onPostgres(t))
	const client = "a-process-that-does-not-hear"
	looked := make(chan change.Record, 9)
	r := start(t, at, handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		looked <- r
		return nil
	}}, func(s *setup) {
		s.queue.Client, s.queue.Clock, s.queue.Poll = client, time.Now, 10*time.Millisecond
	})
	var cuts atomic.Int64
	cut := make(chan struct{})
	wire.Lose(func(answer []byte) bool {
		// Only a fetch is answered with a look that names the process.
		if !bytes.Contains(answer, []byte(client)) || !bytes.Contains(answer, []byte("look")) || !cuts.CompareAndSwap(0, 1) {
			return false
		}
		close(cut)
		return true
	})
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	<-cut
	var held int
	err := r.store.Writer().QueryRow(`SELECT COUNT(*) FROM river_job WHERE kind = 'look' AND state = 'running'`).Scan(&held)
	if err != nil || held != 1 {
		t.Fatalf("%d jobs are held by the process that did not hear of them: %v", held, err)
	}
	for range 2 {
		if len(looked) > 0 {
			t.Fatal("the job was not lost")
		}
		for err := r.queue.TakeBackLost(t.Context()); err != nil; err = r.queue.TakeBackLost(t.Context()) {
			t.Log(err) // the connections may still be those that were cut
		}
	}
	<-looked
}

// TestLostJobs: a process takes back what the database says it runs and no worker of it does; never what it runs, what
// another process holds, or what it was given between two looks.
func TestLostJobs(t *testing.T) { onBoth(t, testLostJobs) }

func testLostJobs(t *testing.T, at string) {
	begun, end, left := make(chan change.Record, 9), make(chan struct{}), newLeaving()
	r := start(t, at, handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		begun <- r
		<-end
		return nil
	}}, func(s *setup) {
		s.queue.Left = left.leaves
		s.queue.Poll = 10 * time.Millisecond
	})
	t.Cleanup(func() { close(end) }) // before the queue stops
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	<-begun
	left.begin()
	db := r.store.Writer()
	states := func() (all string) {
		t.Helper()
		err := db.QueryRow(`SELECT string_agg(CAST(state AS TEXT), ' ' ORDER BY id) FROM river_job WHERE kind = 'look'`).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	give := func(number int, to string) {
		t.Helper()
		holder := `json_array($1)`
		if at[:4] == "post" {
			holder = `ARRAY[CAST($1 AS TEXT)]`
		}
		res, err := db.Exec(`UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_by = `+holder+`, attempted_at =
			CASE attempt WHEN 0 THEN created_at ELSE scheduled_at END WHERE id = (SELECT id FROM river_job WHERE kind = 'look'
			ORDER BY id LIMIT 1 OFFSET $2)`, to, number-1)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			t.Fatalf("gave %d jobs: %v", n, err)
		}
	}
	look := func(want string) {
		t.Helper()
		if err := r.queue.TakeBackLost(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := states(); got != want {
			t.Fatalf("the jobs are %s, want %s", got, want)
		}
	}
	r.touch(t, "d2", 2, 1)
	r.touch(t, "d3", 3, 1)
	give(2, r.queue.Holder())
	give(3, "another-process")
	look("running running running")
	give(2, r.queue.Holder()) // once more: what was missed is another try
	look("running running running")
	look("running available running")
	give(2, r.queue.Holder())
	err := r.queue.TakeBackHeld(t.Context(), func() {
		// It was postponed, which takes the try off its number, and taken again.
		_, err := db.Exec(`UPDATE river_job SET attempt = 2, scheduled_at = created_at WHERE kind = 'look' AND attempt = 3`)
		if err != nil {
			t.Fatal(err)
		}
		give(2, r.queue.Holder())
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := states(); got != "running running running" {
		t.Fatalf("a try that began meanwhile was taken back: %s", got)
	}
	look("running running running")
	look("running available running")
	left.on.Store(false)
	<-begun
	for range 2 {
		look("running running running")
	}
}

// TestAMarkThatCannotBeRead: where one process's mark is another user's, a queue starts all the same, and looks for what it
// lost itself.
func TestAMarkThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	odd := path + ".process-a.lock"
	if err := os.Symlink(odd, odd); err != nil { // leads to itself
		t.Fatal(err)
	}
	left := newLeaving()
	left.on.Store(true) // it is given nothing
	r := start(t, path, handler{look: nothing}, func(s *setup) { s.queue.Left = left.leaves })
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	db := r.store.Writer()
	_, err := db.Exec(`UPDATE river_job SET state = 'running', attempted_by = json_array($1), attempted_at = created_at
		WHERE kind = 'look'`, r.queue.Holder())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.queue.TakeBackLost(t.Context()); err == nil {
			t.Error("nobody hears of the mark")
		}
	}
	var state string
	if err := db.QueryRow(`SELECT state FROM river_job WHERE kind = 'look'`).Scan(&state); err != nil || state != "available" {
		t.Errorf("the lost job is %s, %v", state, err)
	}
}
