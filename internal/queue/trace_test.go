package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
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

// spans tells how each span of a job ended.
type spans chan string

func (s spans) Begin(string, time.Duration, []trace.Fact) trace.Span { return &span{ended: s} }

type span struct {
	ended spans
	facts string
}

func (s *span) Start(string, bool, []trace.Fact) trace.Span { return s }
func (s *span) Note(facts []trace.Fact)                     { s.facts = fmt.Sprint(facts) }
func (s *span) Link(string)                                 {}
func (s *span) Parent() string                              { return "" }
func (s *span) Trace() string                               { return "" }
func (s *span) End(err error)                               { s.ended <- fmt.Sprint(s.facts, " ", err) }

// TestPostponedIsNoFailure: the span of a job that is postponed did not fail, and says what happened.
func TestPostponedIsNoFailure(t *testing.T) {
	for answer, want := range map[error]string{
		&job.Later{After: time.Hour}:                               "[{lintel.outcome 0 postponed}] <nil>",
		&change.Limited{Until: time.Now().Add(time.Hour)}:          "[{lintel.outcome 0 postponed}] <nil>",
		&job.GivenUp{Err: errors.New("no such organisation here")}: " no such organisation here",
	} {
		ended := make(spans, 99)
		r := start(
			t,
			"sqlite://"+t.TempDir()+"/q.db",
			handler{scan: func(context.Context, delivery.Scan) error { return answer }},
			func(s *setup) { s.queue.Traces = ended },
		)
		if _, err := r.store.Admit(t.Context(), delivery.Admission{
			Delivery: delivery.Delivery{ID: "d1", Forge: change.GitHub, ReceivedAt: time.Now()}, Outcome: delivery.Accepted,
			Scans: []delivery.Scan{{Forge: change.GitHub, Connection: 1, Why: "test"}},
		}); err != nil {
			t.Fatal(err)
		}
		if err := r.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got := <-ended; got != want {
			t.Errorf("%v: %q, want %q", answer, got, want)
		}
	}
}
