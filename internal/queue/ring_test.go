package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
)

// TestEveryCommitIsHeard: jobs that are committed in quick succession start without a poll, each of them. River alone
// leaves out all notices but the first of a tenth of a second.
func TestEveryCommitIsHeard(t *testing.T) { onBoth(t, testEveryCommitIsHeard) }

func testEveryCommitIsHeard(t *testing.T, at string) {
	looked := make(chan change.Key, 9)
	r := start(t, at, handler{look: func(_ context.Context, r change.Record, _ job.Attempt) error {
		looked <- r.Key
		return nil
	}}, func(s *setup) { s.queue.Poll = time.Hour })
	if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 5; n++ {
		r.touch(t, fmt.Sprint("d", n), n, 1)
		select {
		case <-looked:
		case <-time.After(patience):
			t.Fatalf("the job of commit %d was not heard of", n)
		}
	}
}
