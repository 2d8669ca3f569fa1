// Package objective says how quickly Lintel answered for each head of a change, and whether that meets what it
// promises.
//
// Callers may rely on: every head is good, bad, superseded, open or no event of an objective, never two of these; what
// follows depends on the heads, the promise and the time given alone; a model's times bear on AdviceDone and on no
// other objective.
package objective

import "time"

// Name is one objective.
type Name string

// The objectives. The names are labels of metrics and do not change.
const (
	// Ack: the delivery is stored, and so answered.
	Ack Name = "ack"
	// FirstStatus: the forge took the first check on the head, in progress or concluded.
	FirstStatus Name = "first_status"
	// RulesDone: the first verdict of the rules is stored. One that waits for reports of CI counts.
	RulesDone Name = "rules_done"
	// AdviceDone: advice that was asked for was posted, or there was none to give.
	AdviceDone Name = "advice_done"
)

// Names are the objectives in the order of a head's life.
func Names() []Name { return []Name{Ack, FirstStatus, RulesDone, AdviceDone} }

// Head is one head of a change, with when things happened to it; zero for what did not.
type Head struct {
	// Change is "OWNER/REPO#N", SHA the head.
	Change, SHA string
	// ToldAt is the forge's time of the event, ReceivedAt when its delivery came, or when a sweep found the head.
	ToldAt, ReceivedAt time.Time
	// Lost is true when no delivery told of it in time.
	Lost bool
	// Done is when each objective was reached.
	Done map[Name]time.Time
	// AdviceAskedAt is when advice was asked for.
	AdviceAskedAt time.Time
	// SupersededAt is when a newer head of the same change came.
	SupersededAt time.Time
}

// Promise is what Lintel promises.
type Promise struct {
	// Within is how long each objective may take from the receipt of the delivery.
	Within map[Name]time.Duration
	// Target is the share of good heads, 0.99, over Window.
	Target float64
	Window time.Duration
}

// Result is how a head did by one objective.
type Result string

// The results. None: the objective does not concern the head. Open: there is still time.
const (
	Good       Result = "good"
	Bad        Result = "bad"
	Superseded Result = "superseded"
	Open       Result = "open"
	None       Result = "none"
)

// judge is how a head did, when that was decided, and how long it took; took is what it has waited when it is not done.
func (p Promise) judge(h Head, name Name, now time.Time) (r Result, at time.Time, took time.Duration) {
	due := h.ReceivedAt.Add(p.Within[name])
	done := h.Done[name]
	if name == AdviceDone && h.AdviceAskedAt.IsZero() {
		return None, time.Time{}, 0
	}
	took = now.Sub(h.ReceivedAt)
	if !done.IsZero() {
		took = done.Sub(h.ReceivedAt)
	}
	switch {
	case h.Lost:
		return Bad, h.ReceivedAt, took
	case !done.IsZero() && !done.After(due):
		return Good, done, took
	case !h.SupersededAt.IsZero() && !h.SupersededAt.After(due) && (done.IsZero() || h.SupersededAt.Before(done)):
		return Superseded, h.SupersededAt, took
	case !now.After(due):
		return Open, now, took
	}
	return Bad, due, took
}
