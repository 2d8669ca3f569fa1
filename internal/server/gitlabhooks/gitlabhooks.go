// Package gitlabhooks is what a server does with GitLab's deliveries beside storing them: it takes back at once what lets
// a merge request merge, and keeps what could not be stored, since GitLab never sends a delivery again.
//
// Callers may rely on: what lets a merge request merge is taken back before the delivery is stored; deliveries that are
// kept are stored in their order, once each; one that can never be stored holds up none behind it.
package gitlabhooks

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// Suspender takes back what lets a merge request merge.
type Suspender interface {
	Suspend(ctx context.Context, ref change.Ref, head string, pushed bool) error
}

// Suspending takes back what lets a merge request merge before a push or another target is stored: until the next verdict
// it would hold for what nobody judged. The verdict is then published again, also where it stays the same: a late delivery
// may tell of a head that was judged before.
type Suspending struct {
	Next inbound.Acceptor
	By   Suspender
	Log  *slog.Logger
	Now  func() time.Time
}

// suspendTime bounds the calls: GitLab waits ten seconds for the answer to a delivery.
const suspendTime = 5 * time.Second

// Accept implements inbound.Acceptor.
func (s Suspending) Accept(ctx context.Context, ev change.Event) (intake.Result, error) {
	// An update that names no fact may have changed the target.
	pushed := ev.Before != ""
	if ev.Kind == change.Updated && (pushed || ev.Action == "update" && len(ev.Facts) == 0) {
		ev.Again = true
		within, cancel := context.WithTimeout(ctx, suspendTime)
		if err := s.By.Suspend(within, ev.Ref, ev.Head.SHA, pushed); err != nil {
			s.Log.WarnContext(ctx, "could not take back what lets a merge request merge; its next verdict will",
				"change", ev.Ref.String(),
				"error", err.Error())
		}
		cancel()
		got, err := s.Next.Accept(ctx, ev)
		if err != nil || !got.Repeat {
			return got, err
		}
		// What was taken back is given again by a look alone, and a delivery that came before asks for none.
		ev.Delivery += "+" + strconv.FormatInt(s.Now().UnixNano(), 36)
	}
	return s.Next.Accept(ctx, ev)
}

// maxMissed bounds the deliveries that are kept in memory.
const maxMissed = 10_000

// Missed keeps authentic deliveries that could not be stored, and stores them as soon as that works: GitLab never sends
// them again, and what a sweep compares tells of no pipeline and no comment. They do not outlive the process; its next
// start sweeps.
type Missed struct {
	next  inbound.Acceptor
	sweep func(context.Context) error
	log   *slog.Logger

	mu     sync.Mutex
	events []missed
	// more is true when there were too many to keep, or one was given up.
	more bool
}

// missed is a delivery, and how often it could not be stored while others were.
type missed struct {
	change.Event
	failed int
}

// maxFailed is how often one delivery may fail before others that are stored show that the fault is its own.
const maxFailed = 3

// NewMissed keeps what next cannot store. The sweep makes up for deliveries that were too many, and for those given up.
func NewMissed(next inbound.Acceptor, sweep func(context.Context) error, log *slog.Logger) *Missed {
	return &Missed{next: next, sweep: sweep, log: log}
}

// Watch stores what is kept again and again until the context ends. It is no work of the queue's clock: that may ring in
// another process, and what is kept is in the memory of this one.
func (m *Missed) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := m.Store(ctx); err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "deliveries that were missed could not be stored; they are tried again", "error",
				err.Error())
		}
	}
}

// Keep keeps a delivery that could not be stored. An update is stored as one whose verdict is published again: what lets
// its merge request merge may have been taken back for it already.
func (m *Missed) Keep(ev change.Event) {
	ev.Again = ev.Again || ev.Kind == change.Updated
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) >= maxMissed {
		m.more = true
		return
	}
	m.events = append(m.events, missed{Event: ev})
}

// Store stores what is kept, oldest first. What cannot be stored waits for the next time and holds up nothing behind it,
// unless nothing at all can be stored. One that fails again and again while others are stored is told of and given up; a
// sweep makes up for it.
func (m *Missed) Store(ctx context.Context) error {
	m.mu.Lock()
	events := m.events
	m.events = nil
	m.mu.Unlock()
	left, tried, stored, failed := m.store(ctx, events)
	keep, gaveUp := []missed{}, false
	for i, ev := range left {
		if stored > 0 && i < tried {
			ev.failed++
		}
		if ev.failed < maxFailed {
			keep = append(keep, ev)
			continue
		}
		gaveUp = true
		m.log.ErrorContext(ctx, "a delivery cannot be stored and is given up; a sweep looks at what is open",
			"change", ev.Ref.String(),
			"event", ev.Name, "delivery", ev.Delivery, "error", failed.Error(), "remedy", "please report it with this line")
	}
	m.mu.Lock()
	m.events = append(keep, m.events...)
	m.more = m.more || gaveUp
	more := m.more && len(keep) == 0
	if more {
		m.more = false
	}
	m.mu.Unlock()
	switch {
	case len(keep) > 0:
		return failed
	case more:
		return m.sweep(ctx)
	}
	return nil
}

// store tries each delivery; the first tried of those that are left failed. When the oldest few fail, the newest says
// whether anything can be stored at all.
func (m *Missed) store(ctx context.Context, events []missed) (left []missed, tried, stored int, failed error) {
	for i := 0; i < len(events); i++ {
		_, err := m.next.Accept(ctx, events[i].Event)
		if err == nil {
			stored++
			continue
		}
		failed = err
		left, tried = append(left, events[i]), tried+1
		if i+1 == maxFailed && stored == 0 && len(events) > maxFailed {
			newest := len(events) - 1
			if _, err := m.next.Accept(ctx, events[newest].Event); err != nil {
				return append(left, events[i+1:]...), tried, 0, failed
			}
			stored, events = 1, events[:newest]
		}
		if ctx.Err() != nil {
			return append(left, events[i+1:]...), tried, stored, failed
		}
	}
	return left, tried, stored, failed
}
