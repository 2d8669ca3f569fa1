package queue_test

import (
	"context"
	"testing"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

// TestArgumentsAreExact: a job names its row by an id as large as nanoseconds, which no float64 holds, on both engines.
func TestArgumentsAreExact(t *testing.T) {
	onBoth(t, func(t *testing.T, at string) {
		asked := make(chan job.Advise, 9)
		var jobs *queue.Jobs
		r := start(t, at, handler{look: nothing}, func(s *setup) {
			jobs = s.queue.Jobs
			s.queue.Kinds = append(s.queue.Kinds, queue.Do(job.AskQueue, 1, func(_ context.Context, a job.Advise, _ *queue.Run) error {
				asked <- a
				return nil
			}))
		})
		if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		tx, err := r.store.Writer().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := job.Advise{Step: consult.Ask, ID: 1796037978846950097}
		if err := jobs.InsertTx(t.Context(), tx, want, job.When{Lane: delivery.Interactive}); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		jobs.Ring()
		if got := <-asked; got != want {
			t.Errorf("the worker was asked for %+v, want %+v", got, want)
		}
	})
}
