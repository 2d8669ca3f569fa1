package queue_test

import (
	"context"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/trace"
)

// TestDeliveryInTheRow: a job is worked on in the name of the delivery that asked for it, on both engines, and its
// context carries the same to the jobs that follow.
func TestDeliveryInTheRow(t *testing.T) {
	onBoth(t, func(t *testing.T, at string) {
		heard := make(chan string, 9)
		r := start(t, at, handler{look: func(ctx context.Context, _ change.Record, _ job.Attempt) error {
			delivery, _ := trace.Cause(ctx)
			heard <- delivery + " " + trace.Carry(ctx)
			return nil
		}})
		ctx, _ := trace.Deliver(t.Context(), nil, "d-42")
		r.touchAs(ctx, t, "d-42", 1, 1)
		if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != `d-42 {"delivery":"d-42"}` {
			t.Errorf("the look was told %q", got)
		}
	})
}
