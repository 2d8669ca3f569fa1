package queue_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

// TestSurvey: what waits and what fails is seen on both engines; a job that was given up runs again, or is forgotten.
func TestSurvey(t *testing.T) {
	onBoth(t, func(t *testing.T, at string) {
		var fails error = &job.GivenUp{Err: errors.New("no such place")}
		tried := make(chan int, 99)
		r := start(t, at, handler{look: func(_ context.Context, _ change.Record, a job.Attempt) error {
			tried <- a.Number
			return fails
		}})
		survey := func() queue.Survey {
			t.Helper()
			s, err := queue.NewSurvey(t.Context(), r.store.Reader())
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		of := func(s queue.Survey) (w queue.Waiting) {
			for _, q := range s.Queues {
				if q.Queue == (job.Look{}).Queue() {
					w = q
				}
			}
			return w
		}
		r.touch(t, "d1", 1, 1)
		if w := of(survey()); w.Ready+w.Later != 1 || w.Running != 0 {
			t.Errorf("before the start: %+v", w)
		}
		if notes := 0; strings.HasPrefix(at, "sqlite") {
			err := r.store.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_notification`).Scan(&notes)
			if err != nil || notes != 0 {
				t.Errorf("%d notes were written that nobody reads, %v", notes, err)
			}
		}
		if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		<-tried
		var s queue.Survey
		for ; of(s).GivenUp != 1 || s.Leader == ""; time.Sleep(time.Millisecond) {
			s = survey()
		}
		if len(s.Failing) != 1 {
			t.Fatalf("failing: %+v", s.Failing)
		}
		f := s.Failing[0]
		if w := of(s); w.GivenUp != 1 || f.Kind != (job.Look{}).Kind() || f.Args == "" || f.Error == "" || f.Attempt != 1 {
			t.Errorf("%+v, %+v", w, f)
		}
		jobs, err := queue.NewJobsFor(at, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		type button = func(context.Context, *sql.Tx, int64) (queue.Failing, error)
		act := func(what button, id int64) error {
			tx, err := r.store.Writer().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			told, err := what(t.Context(), tx, id)
			if err == nil && (told.ID != f.ID || told.Kind != f.Kind || !strings.Contains(told.Args, "7#1")) {
				t.Errorf("acted on %+v, want %+v", told, f)
			}
			return errors.Join(err, tx.Commit())
		}
		if err := act(jobs.RetryTx, f.ID+1000); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("retried what is not there: %v", err)
		}
		// within acts where something has just happened in the same transaction, and takes all of it back.
		within := func(happens func(context.Context, *sql.Tx, int64) error, what button) error {
			tx, err := r.store.Writer().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := happens(t.Context(), tx, f.ID); err != nil {
				t.Fatal(err)
			}
			_, err = what(t.Context(), tx, f.ID)
			return errors.Join(err, tx.Rollback())
		}
		var args job.Look
		if err := json.Unmarshal([]byte(f.Args), &args); err != nil {
			t.Fatal(err)
		}
		asked := func(ctx context.Context, tx *sql.Tx, _ int64) error {
			return jobs.InsertTx(ctx, tx, args, job.When{Lane: 1})
		}
		if err := within(asked, jobs.RetryTx); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("retried beside an equal one that waits: %v", err)
		}
		done := func(ctx context.Context, tx *sql.Tx, id int64) error {
			_, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'completed' WHERE id = $1`, id)
			return err
		}
		for _, what := range []button{jobs.RetryTx, jobs.DiscardTx} {
			if err := within(done, what); !errors.Is(err, change.ErrNotFound) {
				t.Errorf("acted on a job that is done: %v", err)
			}
		}
		if err := act(jobs.RetryTx, f.ID); err != nil {
			t.Fatal(err)
		}
		<-tried
		for of(survey()).GivenUp != 1 {
			time.Sleep(time.Millisecond)
		}
		if err := act(jobs.DiscardTx, f.ID); err != nil {
			t.Fatal(err)
		}
		if w := of(survey()); w != (queue.Waiting{}) && w != (queue.Waiting{Queue: w.Queue}) {
			t.Errorf("after it was discarded: %+v", w)
		}
		if err := act(jobs.DiscardTx, f.ID); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("discarded what is not there: %v", err)
		}
	})
}
