package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestTakenBack: jobs of a process that is over run in another one, those of a living one stay; and a process that
// counts as over though it lives changes nothing of a job that is no longer its own.
func TestTakenBack(t *testing.T) {
	for name, answer := range map[string]error{"it ends well": nil, "it fails": errors.New("cut off")} {
		t.Run(name, func(t *testing.T) { takenBack(t, answer) })
	}
}

// newKind is a job of a later version.
type newKind struct{ N int }

func (newKind) Kind() string  { return "kind-of-a-later-version" }
func (newKind) Queue() string { return job.Look{}.Queue() }

// TestLaterKindsWait: a job that only a later version knows waits for it untouched, in a queue that an older one works on;
// and a queue that a process leaves to others waits for them.
func TestLaterKindsWait(t *testing.T) { onBoth(t, testLaterKindsWait) }

func testLaterKindsWait(t *testing.T, at string) {
	looked, left := make(chan change.Record, 9), newLeaving()
	r := start(t, at, handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		looked <- r
		return nil
	}}, func(s *setup) {
		s.queue.Left = left.leaves
		s.queue.Poll = 10 * time.Millisecond
	})
	begin := func(q *queue.Queue) {
		t.Helper()
		if err := q.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(at, "://") {
		at = "sqlite://" + at
	}
	jobs, err := queue.NewJobsFor(at, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := r.store.Writer().Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(jobs.InsertTx(t.Context(), tx, newKind{1}, job.When{}), tx.Commit()); err != nil {
		t.Fatal(err)
	}
	begin(r.queue)
	for n := range 3 { // each look comes after the other job in the queue's order
		r.touch(t, fmt.Sprint("d", n), n+1, 1)
		<-looked
	}
	left.begin()
	r.touch(t, "d9", 9, 1)
	var state string
	var attempt int
	read := func() {
		t.Helper()
		err := r.store.Writer().QueryRow(`SELECT state, attempt FROM river_job WHERE kind = $1`, newKind{}.Kind()).Scan(&state, &attempt)
		if err != nil {
			t.Fatal(err)
		}
	}
	if read(); state != "available" || attempt != 0 {
		t.Errorf("the later kind is %s after %d tries", state, attempt)
	}
	done := make(chan int, 1)
	other, err := queue.New(t.Context(), queue.Options{Jobs: jobs, DB: r.store.Writer(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Beside: true, Poll: 10 * time.Millisecond, Kinds: []queue.Kind{
			queue.Do(job.Look{}.Queue(), 1, func(_ context.Context, a newKind, _ *queue.Run) error {
				done <- a.N
				return nil
			})}})
	if err != nil {
		t.Fatal(err)
	}
	begin(other)
	t.Cleanup(func() { _ = other.Stop(context.WithoutCancel(t.Context())) })
	<-done
	if len(looked) > 0 {
		t.Error("took a job of a queue that it leaves to others")
	}
	left.on.Store(false)
	<-looked
}

// leaving has a process leave its queues to others.
type leaving struct {
	on   atomic.Bool
	seen chan struct{}
}

func newLeaving() *leaving { return &leaving{seen: make(chan struct{}, 1)} }

func (l *leaving) leaves(queue string) bool {
	on := l.on.Load()
	if on && queue == (job.Look{}).Queue() {
		select {
		case l.seen <- struct{}{}:
		default:
		}
	}
	return on
}

// begin waits for the fetch of looks that may have begun before.
func (l *leaving) begin() {
	l.on.Store(true)
	<-l.seen
}

func takenBack(t *testing.T, answer error) {
	at := onPostgres(t)
	type process struct {
		*rig
		begun chan change.Record
		end   chan error
	}
	begin := func(client string) process {
		p := process{begun: make(chan change.Record, 9), end: make(chan error, 9)}
		p.rig = start(t, at, handler{look: func(ctx context.Context, r change.Record, _ job.Attempt) error {
			p.begun <- r
			select {
			case err := <-p.end:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}}, func(s *setup) {
			s.queue.Client, s.queue.Clock, s.looks.Workers, s.looks.PerConnection = client, time.Now, 1, 1
		})
		if err := p.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		return p
	}
	db := postgrestest.Open(t, at)
	looks := func() (all string) {
		t.Helper()
		err := db.QueryRow(`SELECT COALESCE(string_agg(state || ' ' || array_to_string(attempted_by, ','), '; ' ORDER BY id), '')
			FROM river_job WHERE kind = 'look'`).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	each := func(what string) string { return strings.TrimSuffix(strings.Repeat(what+"; ", places), "; ") }
	// All places of the first process are taken, so it cannot take its own jobs once more.
	first := begin("first")
	for n := range places {
		first.touch(t, fmt.Sprint("d", n), n+1, 1)
	}
	<-first.begun
	for looks() != each("running first") {
		time.Sleep(time.Millisecond)
	}
	second := begin("second")
	if err := second.queue.TakeBack(t.Context(), []string{"third", "fourth"}); err != nil {
		t.Fatal(err)
	}
	if got := looks(); got != each("running first") {
		t.Fatalf("the jobs of a living process: %s", got)
	}
	if err := second.queue.TakeBack(t.Context(), []string{"third", "first"}); err != nil {
		t.Fatal(err)
	}
	for looks() != each("running first,second") {
		time.Sleep(time.Millisecond)
	}
	<-second.begun
	for range places {
		first.end <- answer
	}
	stop, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := first.queue.Stop(stop); err != nil {
		t.Fatal(err)
	}
	if got := looks(); got != each("running first,second") {
		t.Errorf("after the first process ended them: %s", got)
	}
	for range places {
		second.end <- nil
	}
	if err := second.queue.Stop(stop); err != nil {
		t.Fatal(err)
	}
	if got := looks(); got != each("completed first,second") {
		t.Errorf("in the end: %s", got)
	}
	for n := range places {
		if got, err := second.store.Record(t.Context(), ref(n+1, 1).Key); err != nil || got.Evaluated != got.Generation {
			t.Errorf("evaluated %d of %d: %v", got.Evaluated, got.Generation, err)
		}
	}
}

// places is how many jobs of a rig's process run at once that looks at one change at a time.
const places = 4

// TestRetryByTheDatabasesClock: a process whose own clock is wrong retries when the database's clock says so.
func TestRetryByTheDatabasesClock(t *testing.T) {
	at := onPostgres(t)
	begun := make(chan int, 9)
	r := start(t, at, handler{look: func(_ context.Context, _ change.Record, a job.Attempt) error {
		begun <- a.Number
		return errors.New("try again")
	}}, func(s *setup) {
		s.queue.Client, s.queue.Pace = "ahead", time.Minute
		s.queue.Clock = func() time.Time { return time.Now().Add(time.Hour) }
	})
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.touch(t, "d1", 1, 1)
	<-begun
	stop, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.queue.Stop(stop); err != nil {
		t.Fatal(err)
	}
	var late bool
	err := postgrestest.Open(t, at).QueryRow(`SELECT scheduled_at > now() + interval '59 minutes' FROM river_job WHERE kind = 'look'`).
		Scan(&late)
	if err != nil || !late {
		t.Errorf("the retry is due by the machine's clock, not by the one that the queue was given: %v", err)
	}
}

// TestKeptByTheDatabasesClock: a process whose own clock is ahead of the database's forgets no ended job sooner.
func TestKeptByTheDatabasesClock(t *testing.T) {
	const ahead = 30 * time.Minute
	r := start(t, onPostgres(t), handler{}, func(s *setup) {
		s.queue.Client = "ahead"
		s.queue.Clock = func() time.Time { return time.Now().Add(-ahead) }
	})
	db := r.store.Writer()
	for kind, ended := range map[string]time.Duration{"kept": 45 * time.Minute, "forgotten": 75 * time.Minute} {
		if _, err := db.Exec(`INSERT INTO river_job (kind, queue, args, max_attempts, state, priority, finalized_at)
			VALUES ($1, 'elsewhere', '{}', 1, 'completed', 1, $2)`, kind, time.Now().Add(-ahead-ended)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	left := func(kind string) (n int) {
		t.Helper()
		if err := db.QueryRow(`SELECT COUNT(*) FROM river_job WHERE kind = $1`, kind).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for deadline := time.Now().Add(patience); left("forgotten") > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a job that ended more than an hour ago is not forgotten")
		}
	}
	if left("kept") != 1 {
		t.Error("a job that ended less than an hour ago is forgotten")
	}
}

func onPostgres(t *testing.T) string {
	t.Helper()
	return postgrestest.Prepared(t, "queue", prepare)
}

// TestFairAcrossProcesses: an connection that keeps all places of two processes busy does not hold up another one's
// single change: it is the next that either process takes, whatever waits longer.
func TestFairAcrossProcesses(t *testing.T) {
	at := onPostgres(t)
	begun, end := make(chan change.Record, 999), make(chan struct{}, 999)
	var all []*rig
	for _, client := range []string{"first", "second"} {
		all = append(all, start(t, at, handler{look: func(ctx context.Context, r change.Record, _ job.Attempt) error {
			begun <- r
			select {
			case <-end:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}, func(s *setup) {
			s.queue.Client, s.queue.Poll = client, 10*time.Millisecond
			s.looks.Workers, s.looks.PerConnection = 3, 1
		}))
	}
	// Each process takes four jobs for each of its places: more than the twenty of an connection that sink to no lane.
	const taken, flood = 24, 40
	for n := range flood {
		all[n%2].touch(t, fmt.Sprint("d", n), n+1, 1)
	}
	for _, r := range all {
		if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	db := postgrestest.Open(t, at)
	await := func(running, completed int) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			var r, c int
			err := db.QueryRow(`SELECT COUNT(*) FILTER (WHERE state = 'running'), COUNT(*) FILTER (WHERE state = 'completed')
				FROM river_job WHERE kind = 'look'`).Scan(&r, &c)
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("%d jobs run, %d are completed: %v", r, c, err)
			}
			if r == running && c == completed {
				return
			}
		}
	}
	await(taken, 0)
	all[0].touch(t, "quiet", flood+1, 2)
	for range 2 { // one look of each process
		if r := <-begun; r.Connection != 1 {
			t.Errorf("looked at %s", r.Ref)
		}
	}
	end <- struct{}{}
	await(taken, 1)
	// One look of the flood ended and two begin: the flood's next one, and the quiet one.
	next := [2]change.Record{<-begun, <-begun}
	if next[0].Connection != 2 && next[1].Connection != 2 {
		t.Errorf("%d changes waited longer, and %s and %s went before the other installation's", flood-taken, next[0].Ref, next[1].Ref)
	}
	for range flood + 1 {
		end <- struct{}{}
	}
	await(0, flood+1)
}
