package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
)

func nothing(context.Context, change.Record, job.Attempt) error { return nil }

// request asks for advice on a change.
func request(t *testing.T, st *store.Store, number int, head string) int64 {
	t.Helper()
	id, err := st.RequestAdvice(context.Background(), consult.Consult{Ref: *ref(number, 1), Head: head}, 0, 0,
		func([]consult.Consult) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// step does one step of a consult; above 0 says when to try again.
type step func(ctx context.Context, id int64) (again time.Duration, err error)

func (do step) run(ctx context.Context, id int64) error {
	again, err := do(ctx, id)
	if err == nil && again > 0 {
		return &job.Later{After: again}
	}
	return err
}

// steps is the kind of advice's steps that wait in a queue.
func steps(queueName string, all map[consult.Step]step) queue.Kind {
	return queue.Do(queueName, 4, func(ctx context.Context, a job.Advise, _ *queue.Run) error {
		return all[a.Step].run(ctx, a.ID)
	})
}

// worker joins a database beside a server's queue and does one step of consults there.
func worker(t *testing.T, path string, alone bool, ask step, change ...func(*queue.Options)) (*store.Store, *queue.Queue) {
	t.Helper()
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Join(context.Background(), "sqlite://"+path, time.Now, jobs)
	if err != nil {
		t.Fatal(err)
	}
	kind := steps(job.AskQueue, map[consult.Step]step{consult.Ask: ask})
	if !alone {
		kind = kind.Shared()
	}
	o := queue.Options{
		Jobs: jobs, DB: st.Writer(), Log: slog.New(slog.DiscardHandler), Now: time.Now, Beside: true, Kinds: []queue.Kind{kind},
	}
	for _, c := range change {
		c(&o)
	}
	q, err := queue.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := errors.Join(q.Stop(stop), st.Close()); err != nil {
			t.Error(err)
		}
	})
	return st, q
}

// TestStepsBesideTheServer has the server do the steps that need a forge and another handle on the file, as a worker
// process has, the one between.
func TestStepsBesideTheServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	var r *rig
	var tries atomic.Int64
	posted := make(chan int64, 10)
	r = start(t, path, handler{look: nothing}, func(s *setup) {
		s.queue.Kinds = append(s.queue.Kinds, steps(job.StepQueue, map[consult.Step]step{
			consult.Prepare: func(ctx context.Context, id int64) (time.Duration, error) {
				if tries.Add(1) == 1 {
					return time.Millisecond, nil // not now
				}
				_, err := r.store.Prepared(ctx, id, []byte("input"))
				return 0, err
			},
			consult.Post: func(_ context.Context, id int64) (time.Duration, error) { posted <- id; return 0, nil },
		}))
	})
	if err := r.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var other *store.Store
	other, q := worker(t, path, true, func(ctx context.Context, id int64) (time.Duration, error) {
		input, err := other.ConsultInput(ctx, id)
		if err != nil || string(input) != "input" {
			t.Errorf("input %q, %v", input, err)
		}
		_, err = other.Answered(ctx, id, []byte("advice"))
		return 0, err
	})
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	<-r.ended
	id := request(t, r.store, 1, "aaa")
	if got := <-posted; got != id {
		t.Errorf("posted %d, want %d", got, id)
	}
	if n := tries.Load(); n != 2 {
		t.Errorf("%d tries to prepare, want the second to do it", n)
	}
	var leaders int
	if err := r.store.Writer().QueryRow(`SELECT COUNT(*) FROM river_job WHERE queue = 'look' AND state <> 'completed'`).Scan(
		&leaders); err != nil || leaders != 0 {
		t.Errorf("%d looks wait, %v", leaders, err)
	}
}

// TestWorkerNeverLeads runs a worker with no server beside it: nobody is elected to ring the clock, and nobody takes looks.
func TestWorkerNeverLeads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	r := start(t, path, handler{look: nothing})
	r.touch(t, "d1", 1, 1)
	asked := make(chan struct{}, 10)
	st, q := worker(t, path, true, func(context.Context, int64) (time.Duration, error) { asked <- struct{}{}; return 0, nil })
	id := request(t, st, 1, "aaa")
	if _, err := st.Prepared(context.Background(), id, []byte("input")); err != nil {
		t.Fatal(err)
	}
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-asked // by now its election is lost: River holds one before it works
	var leaders, looks int
	if err := st.Writer().QueryRow(
		`SELECT (SELECT COUNT(*) FROM river_leader), (SELECT COUNT(*) FROM river_job WHERE queue IN ('look', 'consult') `+
			`AND state = 'available')`).Scan(&leaders, &looks); err != nil {
		t.Fatal(err)
	}
	if leaders != 0 || looks != 2 {
		t.Errorf("%d leaders, %d jobs of the server wait; want none and two", leaders, looks)
	}
}

// TestKilledModelWorker takes up a question that a dead worker left: at once when the next one starts, or at the next look
// of one that lives; and nobody takes that of a living one.
func TestKilledModelWorker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	r := start(t, path, handler{look: nothing})
	r.touch(t, "d1", 1, 1)
	inside, die := make(chan struct{}, 2), make(chan struct{})
	var st *store.Store
	dying := func(alone bool) (*queue.Queue, *leaving) {
		t.Helper()
		dead := newLeaving() // it takes no more jobs
		joined, q := worker(t, path, alone, func(context.Context, int64) (time.Duration, error) {
			inside <- struct{}{}
			<-die
			return 0, errors.New("this process is dead")
		}, func(o *queue.Options) { o.Left = dead.leaves })
		st = joined
		return q, dead
	}
	run := func(q *queue.Queue) {
		t.Helper()
		if err := q.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	first, firstDead := dying(true)
	second, secondDead := dying(false)
	t.Cleanup(func() { close(die) })
	id := request(t, st, 1, "aaa")
	if _, err := st.Prepared(context.Background(), id, []byte("input")); err != nil {
		t.Fatal(err)
	}
	run(first)
	<-inside
	stays := func(after string, err error) {
		t.Helper()
		var state string
		read := st.Writer().QueryRow(`SELECT state FROM river_job WHERE queue = 'advise'`).Scan(&state)
		if err := errors.Join(err, read); err != nil || state != "running" {
			t.Errorf("after %s a living worker's question is %s, %v", after, state, err)
		}
	}
	asked := make(chan int64, 10)
	ask := func(_ context.Context, id int64) (time.Duration, error) { asked <- id; return 0, nil }
	_, beside := worker(t, path, false, ask)
	run(beside)
	for range 2 {
		stays("a look of another", beside.TakeBackLost(t.Context()))
	}
	// The server starts: it takes back what is its own, and not this.
	run(r.queue)
	stays("the server's start", nil)

	// One that starts takes it at once, and one that lives at its next look.
	firstDead.on.Store(true)
	if err := errors.Join(beside.Stop(t.Context()), first.Killed()); err != nil {
		t.Fatal(err)
	}
	run(second)
	<-inside
	_, next := worker(t, path, false, ask)
	run(next)
	stays("the start of another", next.TakeBackLost(t.Context()))
	secondDead.on.Store(true)
	if err := errors.Join(second.Killed(), next.TakeBackLost(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got != id {
		t.Errorf("asked %d, want %d", got, id)
	}
}
