package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// TestTakenBack: jobs of a process that is over run in another one, those of a living one stay; and a process that
// counts as over though it lives changes nothing of a job that is no longer its own.
func TestTakenBack(t *testing.T) {
	for name, answer := range map[string]error{"it ends well": nil, "it fails": errors.New("cut off")} {
		t.Run(name, func(t *testing.T) { takenBack(t, answer) })
	}
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

func onPostgres(t *testing.T) string {
	t.Helper()
	return postgrestest.Prepared(t, "queue", func(address string) error { return prepare(t, address) })
}
