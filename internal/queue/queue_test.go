package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
)

// patience is how long the tests wait for what must come. It bounds only how late a failure is seen, so a slow machine
// fails nothing.
const patience = 3 * time.Minute

// handler counts looks and calls a function for each.
type handler struct {
	look func(ctx context.Context, r change.Record, a job.Attempt) error
	scan func(ctx context.Context, s delivery.Scan) error
}

func (h handler) Look(ctx context.Context, r change.Record, a job.Attempt) error {
	return h.look(ctx, r, a)
}

func (h handler) Scan(ctx context.Context, s delivery.Scan) error { return h.scan(ctx, s) }

type rig struct {
	store *store.Store
	queue *queue.Queue
	ended chan lookjobs.Ended
}

// setup is what a test may change of a rig: the queue's kinds but for looks and scans stand in queue.Kinds.
type setup struct {
	queue queue.Options
	looks lookjobs.Options
}

// onBoth runs a test on an empty database of each engine.
func onBoth(t *testing.T, run func(t *testing.T, at string)) {
	t.Run("SQLite", func(t *testing.T) { run(t, "sqlite://"+filepath.Join(t.TempDir(), "q.db")) })
	t.Run("PostgreSQL", func(t *testing.T) {
		run(t, onPostgres(t))
	})
}

// prepare makes the tables of an empty database.
func prepare(address string) error {
	st, err := store.Open(context.Background(), address, time.Now, deaf{})
	if err != nil {
		return err
	}
	return errors.Join(queue.Migrate(context.Background(), st.Writer(), slog.New(slog.DiscardHandler)), st.Close())
}

var seed = sqlitetest.Copies(prepare)

// start starts a queue on the database at an address, or in a SQLite file, which has its tables where it is a new one.
func start(t *testing.T, at string, h handler, change ...func(*setup)) *rig {
	t.Helper()
	ctx := context.Background()
	if !strings.Contains(at, "://") {
		at = "sqlite://" + at
	}
	if path, ok := strings.CutPrefix(at, "sqlite://"); ok {
		seed(t, path)
	}
	jobs, err := queue.NewJobsFor(at, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, at, time.Now, jobs)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{store: st, ended: make(chan lookjobs.Ended, 100000)}
	log := slog.New(slog.DiscardHandler)
	s := setup{
		queue: queue.Options{Jobs: jobs, DB: st.Writer(), Log: log, Now: time.Now},
		looks: lookjobs.Options{
			Record: st, Jobs: jobs, Handler: h, Log: log, Now: time.Now, Workers: 8, PerConnection: 4,
			Debounce: 10 * time.Millisecond, Timeout: patience, Observe: func(e lookjobs.Ended) { r.ended <- e },
		},
	}
	for _, c := range change {
		c(&s)
	}
	worker, err := lookjobs.New(s.looks)
	if err != nil {
		t.Fatal(err)
	}
	s.queue.Kinds = append(s.queue.Kinds,
		queue.Do(job.Look{}.Queue(), 4*s.looks.Workers,
			func(ctx context.Context, a job.Look, run *queue.Run) error { return worker.Look(ctx, a, run) }),
		queue.Do(job.SweepQueue, 4, func(ctx context.Context, a job.Scan, _ *queue.Run) error { return worker.Scan(ctx, a) }))
	if r.queue, err = queue.New(ctx, s.queue); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := errors.Join(r.queue.Stop(stop), st.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

func ref(number int, connection int64) *change.Ref {
	return &change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: 7, Number: number},
		Owner:      "acme",
		Name:       "shop",
		Connection: connection,
	}
}

func (r *rig) touch(t *testing.T, id string, number int, connection int64) delivery.Receipt {
	t.Helper()
	return r.touchAs(context.Background(), t, id, number, connection)
}

// touchIn is touch in a lane.
func (r *rig) touchIn(t *testing.T, lane delivery.Lane, id string, number int, connection int64) {
	t.Helper()
	r.admit(t.Context(), t, lane, id, number, connection)
}

func (r *rig) touchAs(ctx context.Context, t *testing.T, id string, number int, connection int64) delivery.Receipt {
	t.Helper()
	return r.admit(ctx, t, delivery.Interactive, id, number, connection)
}

func (r *rig) admit(ctx context.Context, t *testing.T, lane delivery.Lane, id string, number int, connection int64) delivery.Receipt {
	t.Helper()
	receipt, err := r.store.Admit(ctx, delivery.Admission{
		Delivery: delivery.Delivery{ID: id, Forge: change.GitHub, Name: "pull_request", RepoID: 7, ReceivedAt: time.Now()},
		Outcome:  delivery.Accepted,
		Requests: []delivery.ReviewRequest{{Ref: ref(number, connection), Lane: lane, Why: "test"}},
	})
	if err != nil {
		t.Error(err)
	}
	return receipt
}

// TestNothingIsLost streams deliveries and repeats of them from several intakers over few changes and asserts that
// every change was looked at after its last event, that no two looks at one change overlapped, and that events were
// gathered.
//
// Attack by anybody who has a recorded delivery: Replay it: delivery ids are kept longer than GitHub can
// redeliver, and a delivery is only a hint. Also `internal/server/story_stack_test.go` `TestReplayedDelivery`.
func TestNothingIsLost(t *testing.T) { onBoth(t, testNothingIsLost) }

func testNothingIsLost(t *testing.T, at string) {
	const changes, intakers, each = 20, 4, 100
	var mu sync.Mutex
	seen := map[change.Key]int64{}
	running := map[change.Key]bool{}
	var overlaps, looks atomic.Int64
	h := handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		mu.Lock()
		if running[r.Key] {
			overlaps.Add(1)
		}
		running[r.Key] = true
		mu.Unlock()
		looks.Add(1)
		time.Sleep(time.Millisecond) // makes room for an overlap, were there one
		mu.Lock()
		running[r.Key] = false
		seen[r.Key] = r.Generation
		mu.Unlock()
		return nil
	}}
	r := start(t, at, h)
	if err := r.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range intakers {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("d-%d-%d", n, i)
				if got := r.touch(t, id, 1+i%changes, 1); got.Repeat {
					t.Errorf("first delivery %s taken for a repeat", id)
				}
				if got := r.touch(t, id, 1+i%changes, 1); !got.Repeat {
					t.Errorf("repeated delivery %s taken again", id)
				}
			}
		})
	}
	wg.Wait()
	deadline := time.Now().Add(patience)
	for {
		lag, err := r.store.Lag(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if lag.Waiting == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d changes still wait", lag.Waiting)
		}
		<-r.ended
	}
	mu.Lock()
	defer mu.Unlock()
	for i := 1; i <= changes; i++ {
		key := ref(i, 1).Key
		rec, err := r.store.Record(context.Background(), key)
		if err != nil {
			t.Fatal(err)
		}
		if seen[key] != rec.Generation {
			t.Errorf("%s: looked at generation %d, the newest is %d", key, seen[key], rec.Generation)
		}
	}
	if overlaps.Load() != 0 {
		t.Errorf("%d looks overlapped", overlaps.Load())
	}
	if n := looks.Load(); n >= intakers*each {
		t.Errorf("%d looks for %d events: nothing was gathered", n, intakers*each)
	}
}

// TestPushDuringBackoffWakes asserts that a failed look which waits an hour for its retry is pulled to now by a new
// event.
func TestPushDuringBackoffWakes(t *testing.T) { onBoth(t, testPushDuringBackoffWakes) }

func testPushDuringBackoffWakes(t *testing.T, at string) {
	var tries atomic.Int64
	looked := make(chan int64, 10)
	h := handler{look: func(_ context.Context, _ change.Record, a job.Attempt) error {
		n := tries.Add(1)
		looked <- n
		if n < 5 {
			return errors.New("the forge is down")
		}
		return nil
	}}
	r := start(t, at, h, func(s *setup) { s.queue.Pace = time.Hour })
	if err := r.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i := int64(1); i <= 5; i++ {
		r.touch(t, fmt.Sprintf("d%d", i), 1, 1)
		select {
		case got := <-looked:
			if got != i {
				t.Fatalf("look %d came as %d", i, got)
			}
		case <-time.After(patience):
			t.Fatalf("look %d did not come: events do not wake the waiting job", i)
		}
		<-r.ended
		waitState(t, r, i == 5)
	}
}

// TestEventWhileGivenUp asserts that a change which is raised during a look that no other try follows is looked at again,
// by a job of its own.
func TestEventWhileGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		fault   error
		tries   int
		outcome string
	}{
		"the forge refuses":  {&change.Refused{What: "no", Remedy: "grant it"}, 25, "refused"},
		"the last try fails": {errors.New("the forge is down"), 1, "retry"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, at string) {
				var r *rig
				looked := make(chan struct{}, 10)
				var tries atomic.Int64
				h := handler{look: func(context.Context, change.Record, job.Attempt) error {
					defer func() { looked <- struct{}{} }()
					if tries.Add(1) == 1 {
						r.touch(t, "d2", 1, 1)
						return c.fault
					}
					return nil
				}}
				r = start(t, at, h)
				r.touch(t, "d1", 1, 1)
				if _, err := r.store.Writer().Exec(`UPDATE river_job SET max_attempts = $1`, c.tries); err != nil {
					t.Fatal(err)
				}
				if err := r.queue.Start(context.Background()); err != nil {
					t.Fatal(err)
				}
				var outcomes []string // a look's end may be reported after the next one's
				for i := range 2 {
					select {
					case <-looked:
					case <-time.After(patience):
						t.Fatalf("look %d did not come", i+1)
					}
					outcomes = append(outcomes, (<-r.ended).Outcome)
				}
				slices.Sort(outcomes)
				if want := []string{"done", c.outcome}; !slices.Equal(outcomes, want) {
					t.Errorf("the looks ended as %q, want %q", outcomes, want)
				}
				waitState(t, r, true)
				if n, err := r.queue.GivenUp(context.Background()); err != nil || n != 1 {
					t.Errorf("%d jobs were given up, want the first: %v", n, err)
				}
			})
		})
	}
}

// waitState waits until the job has left the running state, so that the next event finds it waiting.
func waitState(t *testing.T, r *rig, done bool) {
	t.Helper()
	want := "retryable"
	if done {
		want = "completed"
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		var state string
		if err := r.store.Writer().QueryRow(`SELECT state FROM river_job WHERE kind = 'look' ORDER BY id DESC LIMIT 1`).Scan(
			&state); err != nil {
			t.Fatal(err)
		}
		if state == want || (!done && state == "available") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("job is %s, not %s", state, want)
		}
	}
}

// TestRateLimitHolds asserts that a limited connection is left alone: its job waits, and a push does not wake it.
func TestRateLimitHolds(t *testing.T) { onBoth(t, testRateLimitHolds) }

func testRateLimitHolds(t *testing.T, at string) {
	var looks atomic.Int64
	h := handler{look: func(context.Context, change.Record, job.Attempt) error {
		looks.Add(1)
		return &change.Limited{Until: time.Now().Add(time.Hour), Kind: "primary"}
	}}
	r := start(t, at, h)
	if err := r.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	if e := <-r.ended; e.Outcome != "limited" {
		t.Fatalf("outcome %q", e.Outcome)
	}
	r.touch(t, "d2", 1, 1)
	r.touch(t, "other", 2, 2)
	if e := <-r.ended; e.Key.Number != 2 {
		t.Fatalf("looked at %s, want the other connection's change", e.Key)
	}
	if n := looks.Load(); n != 2 {
		t.Errorf("%d looks, want one per connection", n)
	}
	// What another process noted holds for this one: it asks the forge nothing.
	if err := r.store.PauseRequests(t.Context(), change.GitHub, 3, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	low := change.Quota{Resource: "core", Allowed: 5000, Left: 999, Reset: time.Now().Add(time.Hour)}
	if _, err := r.store.NoteQuota(t.Context(), change.GitHub, 4, low); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "paused", 3, 3)
	r.touchIn(t, delivery.Backfill, "nobody waits", 4, 4)
	for range 2 {
		if e := <-r.ended; e.Outcome != "limited" {
			t.Errorf("#%d: outcome %q", e.Key.Number, e.Outcome)
		}
	}
	if n := looks.Load(); n != 2 {
		t.Errorf("%d looks, though the forge takes no requests", n)
	}
	r.touch(t, "somebody waits", 5, 4)
	if e := <-r.ended; e.Key.Number != 5 || looks.Load() != 3 {
		t.Errorf("looked at %s, %d looks", e.Key, looks.Load())
	}
}

// TestKilledProcessLosesNothing takes over the database of a queue that died in the middle of a look.
func TestKilledProcessLosesNothing(t *testing.T) { onBoth(t, testKilledProcessLosesNothing) }

func testKilledProcessLosesNothing(t *testing.T, at string) {
	path := at
	inside, die := make(chan struct{}), make(chan struct{})
	first := start(t, path, handler{look: func(ctx context.Context, _ change.Record, _ job.Attempt) error {
		close(inside)
		<-die
		return errors.New("this process is dead")
	}})
	t.Cleanup(func() { close(die) })
	if err := first.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	first.touch(t, "d1", 1, 1)
	<-inside
	looked := make(chan struct{}, 1)
	second := start(t, path, handler{look: func(context.Context, change.Record, job.Attempt) error {
		looked <- struct{}{}
		return nil
	}})
	if err := second.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-looked:
	case <-time.After(patience):
		t.Fatal("the job of the dead process was not taken up")
	}
}

// TestOneConnectionCannotHoldUpAnother floods one connection and asserts that another's single change does not wait behind the flood.
//
// Attack by somebody who may push: A flood of work in one organisation: connections take turns for workers.
func TestOneConnectionCannotHoldUpAnother(t *testing.T) {
	onBoth(t, testOneConnectionCannotHoldUpAnother)
}

func testOneConnectionCannotHoldUpAnother(t *testing.T, at string) {
	const flood = 600
	var before atomic.Int64
	quick := make(chan int64, 1)
	h := handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		if r.Connection == 2 {
			quick <- before.Load()
			return nil
		}
		before.Add(1)
		time.Sleep(5 * time.Millisecond) // the flood's work takes a while
		return nil
	}}
	r := start(t, at, h)
	for i := range flood {
		r.touch(t, fmt.Sprintf("flood-%d", i), 1+i, 1)
	}
	r.touch(t, "single", flood+1, 2)
	if err := r.queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := <-quick; n > flood/4 {
		t.Errorf("%d looks of the flood ran before the other connection's single one", n)
	}
}
