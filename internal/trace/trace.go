// Package trace follows a delivery through the program and its processes.
//
// A context carries the trace and the delivery's id. A job's row carries both to whichever process works on it, so that
// one trace leads from a webhook to its check, and log lines name the delivery that caused them.
//
// Callers may rely on: without a Tracer nothing is measured; a fact holds a word of this program, a number or an id, and
// no text of others.
package trace

import (
	"context"
	"encoding/json"
	"time"
)

// Tracer begins what is measured in this process.
type Tracer interface {
	// Begin begins the span of a delivery or, where it names a parent of W3C's Trace Context, of a job that has waited for
	// so long in its trace. It is nil when nothing is measured.
	Begin(parent string, waited time.Duration, facts []Fact) Span
}

// Span is something that takes time.
type Span interface {
	// Start begins a span inside it, call says of which that it calls somebody.
	Start(name string, call bool, facts []Fact) Span
	Note(facts []Fact)
	// Link leads to another trace by its parent.
	Link(parent string)
	// Parent is the header by which another process goes on.
	Parent() string
	// Trace is the id of the trace; empty when it is not kept.
	Trace() string
	// End ends it. The error is why it failed, nil when it did not.
	End(err error)
}

// End ends a span. The error is why what it measured failed, nil when it did not.
type End func(err error)

// carried is what a job's row holds of the trace that asked for it.
type carried struct {
	Delivery string `json:"delivery,omitempty"`
	Parent   string `json:"traceparent,omitempty"`
}

type (
	carriedKey struct{}
	spanKey    struct{}
)

// Deliver begins a trace at a delivery. A nil tracer notes only the delivery.
func Deliver(ctx context.Context, by Tracer, delivery string, facts ...Fact) (context.Context, End) {
	return begin(context.WithValue(ctx, carriedKey{}, carried{Delivery: delivery}), by, 0, facts)
}

// Resume goes on with what Carry wrote, for a job that has waited for so long. Without it, as for a sweep, a trace begins
// here.
func Resume(ctx context.Context, by Tracer, from string, waited time.Duration, facts ...Fact) (context.Context, End) {
	return begin(Follow(ctx, from), by, max(1, waited), facts)
}

func begin(ctx context.Context, by Tracer, waited time.Duration, facts []Fact) (context.Context, End) {
	if by == nil {
		return ctx, func(error) {}
	}
	c, _ := ctx.Value(carriedKey{}).(carried)
	return with(ctx, by.Begin(c.Parent, waited, facts))
}

// with puts a span into a context, nil as none.
func with(ctx context.Context, s Span) (context.Context, End) {
	if s == nil {
		return ctx, func(error) {}
	}
	return context.WithValue(ctx, spanKey{}, s), s.End
}

func current(ctx context.Context) (Span, bool) {
	s, ok := ctx.Value(spanKey{}).(Span)
	return s, ok
}

// Carry writes what Resume goes on with, as JSON; empty when a context follows nothing.
func Carry(ctx context.Context) string {
	c, _ := ctx.Value(carriedKey{}).(carried)
	if s, ok := current(ctx); ok {
		c.Parent = s.Parent()
	}
	if c == (carried{}) {
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic("trace: two texts cannot be written as JSON: " + err.Error())
	}
	return string(text)
}

// Follow puts what Carry wrote into a context. What cannot be read is as nothing: a trace decides nothing.
func Follow(ctx context.Context, from string) context.Context {
	var c carried
	if from == "" || json.Unmarshal([]byte(from), &c) != nil {
		return ctx
	}
	return context.WithValue(ctx, carriedKey{}, c)
}

// Join links the span of a context to the one of a job that was asked for before, and stands for both.
func Join(ctx context.Context, from string) {
	c, _ := Follow(context.Background(), from).Value(carriedKey{}).(carried)
	if s, ok := current(ctx); ok && c.Parent != "" {
		s.Link(c.Parent)
	}
}

// Start begins a span inside the one of the context; without one it measures nothing.
func Start(ctx context.Context, name string, facts ...Fact) (context.Context, End) {
	return start(ctx, name, false, facts)
}

// Call is Start for a call of somebody else.
func Call(ctx context.Context, name string, facts ...Fact) (context.Context, End) {
	return start(ctx, name, true, facts)
}

func start(ctx context.Context, name string, call bool, facts []Fact) (context.Context, End) {
	outer, ok := current(ctx)
	if !ok {
		return ctx, func(error) {}
	}
	return with(ctx, outer.Start(name, call, facts))
}

// Note adds facts to the span of a context, such as what came of it.
func Note(ctx context.Context, facts ...Fact) {
	if s, ok := current(ctx); ok {
		s.Note(facts)
	}
}

// Cause is the delivery that a context follows, and the id of its trace where it is kept; empty where there is none.
func Cause(ctx context.Context) (delivery, id string) {
	c, _ := ctx.Value(carriedKey{}).(carried)
	if s, ok := current(ctx); ok {
		id = s.Trace()
	}
	return c.Delivery, id
}
