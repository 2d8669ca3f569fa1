// Package gitlabhooks is what a server does with GitLab's deliveries beside storing them: it takes back at once what lets
// a merge request merge, and keeps what could not be stored, since GitLab never sends a delivery again.
//
// Callers may rely on: what lets a merge request merge is taken back before the delivery is stored; deliveries that are
// kept are stored in their order, once each.
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
			s.Log.Warn("could not take back what lets a merge request merge; its next verdict will", "change", ev.Ref.String(),
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

	mu     sync.Mutex
	events []change.Event
	// more is true when there were too many to keep.
	more bool
}

// NewMissed keeps what next cannot store. The sweep makes up for deliveries that were too many.
func NewMissed(next inbound.Acceptor, sweep func(context.Context) error) *Missed {
	return &Missed{next: next, sweep: sweep}
}

// Keep keeps a delivery that could not be stored. An update is stored as one whose verdict is published again: what lets
// its merge request merge may have been taken back for it already.
func (m *Missed) Keep(ev change.Event) {
	ev.Again = ev.Again || ev.Kind == change.Updated
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == maxMissed {
		m.more = true
		return
	}
	m.events = append(m.events, ev)
}

// Store stores what is kept, oldest first, up to the first that cannot be.
func (m *Missed) Store(ctx context.Context) error {
	for {
		m.mu.Lock()
		if len(m.events) == 0 {
			more := m.more
			m.more = false
			m.mu.Unlock()
			if !more {
				return nil
			}
			return m.sweep(ctx)
		}
		ev := m.events[0]
		m.mu.Unlock()
		if _, err := m.next.Accept(ctx, ev); err != nil {
			return err
		}
		m.mu.Lock()
		m.events = m.events[1:]
		m.mu.Unlock()
	}
}
