// Package consult is one request for advice on a change, from the moment it is wanted to its end, as values to be stored.
//
// Callers may rely on: a consult comes after a verdict and changes none; a state has at most one next step.
package consult

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Consult is one request for a language model's advice on a change at one head, and its state.
//
// States: wanted -> prepared (the input is read and redacted) -> answered -> posted; from each of the first three also
// -> skipped (there is nothing to ask), failed (Reason says why, for people) or stale (a newer head is wanted). The
// last four are final. At most one consult of a change has no final state.
type Consult struct {
	ID int64
	// Ref names the change, with the connection by which it is read.
	Ref change.Ref
	// Head is the commit that the advice is about, MergeBase the other end of its diff.
	Head, MergeBase string
	// Scope identifies the input of the advice (patches, settings, facts), so that an equal one is not requested again.
	Scope string
	State State
	// Reason says why it ended without advice, or why its step is retried.
	Reason string
	// Asked is true when a person asked for it, by Re-check.
	Asked bool
	// Attempts counts failed tries of the current step.
	Attempts int
	// Since is when advice on the change was first wanted and not given yet. DueAt is the earliest time the next step may
	// start. EndedAt is when the consult ended.
	Since, DueAt, EndedAt time.Time
}

// State is how far a consult has come.
type State string

// The states of a consult.
const (
	Wanted   State = "wanted"
	Prepared State = "prepared"
	Answered State = "answered"
	Posted   State = "posted"
	Skipped  State = "skipped"
	Failed   State = "failed"
	Stale    State = "stale"
)

// Ended reports whether nothing more happens to the consult.
func (s State) Ended() bool {
	return s != Wanted && s != Prepared && s != Answered
}

// Step is the work between two states. Each step is a job of its own: the first and the last need the forge, the middle
// one only the model.
type Step string

// The steps of a consult.
const (
	Prepare Step = "prepare"
	Ask     Step = "advise"
	Post    Step = "post"
)

// Next is the step that a consult waits for; empty at its end.
func (s State) Next() Step {
	switch s {
	case Wanted:
		return Prepare
	case Prepared:
		return Ask
	case Answered:
		return Post
	}
	return ""
}

// SwitchedOff is the reason of a consult that was skipped because nobody wants advice. Pages do not show it.
const SwitchedOff = "advice is switched off"
