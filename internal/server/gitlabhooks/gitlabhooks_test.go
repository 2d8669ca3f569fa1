package gitlabhooks

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
)

// steps notes what is done, in order.
type steps struct {
	done []string
	fail error
}

func (s *steps) Suspend(_ context.Context, _ change.Ref, _ string, pushed bool) error {
	s.done = append(s.done, map[bool]string{true: "push", false: "retarget"}[pushed])
	return s.fail
}

func (s *steps) Accept(_ context.Context, ev change.Event) (intake.Result, error) {
	s.done = append(s.done, map[bool]string{true: "store, publish again", false: "store"}[ev.Again])
	return intake.Result{}, nil
}

// TestMergingIsSuspendedFirst: what may merge may be something else from a push on, or with another target, so that goes
// before anything else is done; what cannot change the code or the target leaves it.
func TestMergingIsSuspendedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		ev   change.Event
		fail error
		want string
	}{
		"a push": {change.Event{Kind: change.Updated, Action: "update", Before: "abc", Facts: []string{"title"}}, nil,
			"push store, publish again"},
		"perhaps a retarget":   {change.Event{Kind: change.Updated, Action: "update"}, nil, "retarget store, publish again"},
		"a title":              {change.Event{Kind: change.Updated, Action: "update", Facts: []string{"title"}}, nil, "store"},
		"an opening":           {change.Event{Kind: change.Updated, Action: "open"}, nil, "store"},
		"a comment":            {change.Event{Kind: change.Ignored, Action: "update"}, nil, "store"},
		"GitLab does not hear": {change.Event{Kind: change.Updated, Before: "abc"}, errors.New("down"), "push store, publish again"},
	} {
		s := &steps{fail: c.fail}
		if _, err := (Suspending{s, s, slog.New(slog.DiscardHandler), time.Now}).Accept(t.Context(), c.ev); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(s.done, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestRepeatIsLookedAt: what was taken back for a delivery that came before is given again by a look of its own.
func TestRepeatIsLookedAt(t *testing.T) {
	s := &repeats{}
	ev := change.Event{Kind: change.Updated, Delivery: "d", Before: "abc"}
	for range 2 {
		if _, err := (Suspending{s, &steps{}, slog.New(slog.DiscardHandler), time.Now}).Accept(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.stored) != 2 || s.stored[0] != "d" || !strings.HasPrefix(s.stored[1], "d+") {
		t.Errorf("stored %q", s.stored)
	}
}

// repeats knows each delivery once.
type repeats struct {
	stored []string
	down   bool
}

func (r *repeats) Accept(_ context.Context, ev change.Event) (intake.Result, error) {
	if r.down || strings.HasPrefix(ev.Delivery, "bad") {
		return intake.Result{}, errors.New("the disk is full")
	}
	if slices.Contains(r.stored, ev.Delivery) {
		return intake.Result{Repeat: true}, nil
	}
	r.stored = append(r.stored, ev.Delivery)
	return intake.Result{}, nil
}

// TestMissedArePublishedAgain: what was taken back for an update that could not be stored is given again after it is.
func TestMissedArePublishedAgain(t *testing.T) {
	s := &steps{}
	m := NewMissed(s, nil, slog.New(slog.DiscardHandler))
	m.Keep(change.Event{Kind: change.Updated, Action: "update", Before: "abc"})
	m.Keep(change.Event{Kind: change.Ignored})
	if err := m.Store(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.done, ", "); got != "store, publish again, store" {
		t.Error(got)
	}
}

// TestMissedAreStored: deliveries that could not be stored are, once that works, in their order; a sweep makes up for
// those that were too many.
func TestMissedAreStored(t *testing.T) {
	r, swept := &repeats{down: true}, 0
	m := NewMissed(r, func(context.Context) error { swept++; return nil }, slog.New(slog.DiscardHandler))
	for i := range maxMissed + 1 {
		m.Keep(change.Event{Delivery: strconv.Itoa(i)})
	}
	if err := m.Store(t.Context()); err == nil || len(m.events) != maxMissed {
		t.Errorf("%v, %d kept", err, len(m.events))
	}
	r.down = false
	m.events = m.events[:3]
	if err := m.Store(t.Context()); err != nil || strings.Join(r.stored, " ") != "0 1 2" || swept != 1 {
		t.Errorf("%v, stored %q, %d sweeps", err, r.stored, swept)
	}
	if err := m.Store(t.Context()); err != nil || swept != 1 {
		t.Errorf("%v, %d sweeps", err, swept)
	}
}

// TestMissedAreStoredHere: the process that keeps deliveries stores them itself, whoever does the works of the clock.
func TestMissedAreStoredHere(t *testing.T) {
	r := &repeats{}
	m := NewMissed(r, nil, slog.New(slog.DiscardHandler))
	m.Keep(change.Event{Delivery: "1"})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.Watch(ctx, time.Millisecond)
	}()
	kept := func() int {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.events)
	}
	for kept() > 0 {
		time.Sleep(time.Millisecond)
	}
	m.Keep(change.Event{Delivery: "2"})
	for kept() > 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
	if got := strings.Join(r.stored, " "); got != "1 2" {
		t.Errorf("stored %q", got)
	}
}

// TestMissedThatCannotBeStored: deliveries that can never be stored hold up none behind them, and are given up when others
// show that the fault is theirs; then a sweep looks at what is open. When nothing can be stored, none is given up.
func TestMissedThatCannotBeStored(t *testing.T) {
	var log bytes.Buffer
	r, swept := &repeats{}, 0
	m := NewMissed(r, func(context.Context) error { swept++; return nil }, slog.New(slog.NewTextHandler(&log, nil)))
	keep := func(ids ...string) {
		for _, id := range ids {
			m.Keep(change.Event{Delivery: id})
		}
	}
	keep("bad1", "bad2", "bad3", "1", "2")
	if err := m.Store(t.Context()); err == nil || strings.Join(r.stored, " ") != "2 1" || len(m.events) != 3 || swept != 0 {
		t.Errorf("%v, stored %q, %d kept, %d sweeps", err, r.stored, len(m.events), swept)
	}
	r.down = true
	for range 5 {
		if err := m.Store(t.Context()); err == nil || len(m.events) != 3 || log.Len() > 0 {
			t.Fatalf("%v, %d kept: %s", err, len(m.events), log.String())
		}
	}
	r.down = false
	keep("3")
	if err := m.Store(t.Context()); err == nil || len(m.events) != 3 {
		t.Errorf("%v, %d kept", err, len(m.events))
	}
	keep("4")
	if err := m.Store(t.Context()); err != nil || len(m.events) != 0 || swept != 1 || strings.Count(log.String(), "given up") != 3 {
		t.Errorf("%v, %d kept, %d sweeps: %s", err, len(m.events), swept, log.String())
	}
}
