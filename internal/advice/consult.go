package advice

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Consult is one request for a language model's advice on a change at one head, and what became of it. It comes after a
// verdict and changes none.
//
// States: wanted -> prepared (the input is read and redacted) -> answered -> posted; from each of the first three also
// -> skipped (there is nothing to ask), failed (Reason says why, for people) or stale (a newer head is wanted). The
// last four are ends. At most one of a change is not at its end.
type Consult struct {
	ID int64
	// Ref names the change, with the installation by which it is read.
	Ref change.Ref
	// Head is the commit that the advice is about, MergeBase the other end of its diff.
	Head, MergeBase string
	// Scope names what the advice is made of (patches, settings, facts), so that an equal one is not asked for again.
	Scope string
	State ConsultState
	// Reason says why it ended without advice, or why its step is tried again.
	Reason string
	// Asked is true when a person asked for it, by Re-check.
	Asked bool
	// Attempts counts failed tries of the present step.
	Attempts int
	// Since is when advice on the change was first wanted and not given yet; DueAt is before when the next step does
	// not begin, EndedAt when it ended.
	Since, DueAt, EndedAt time.Time
}

// ConsultState is how far a consult is.
type ConsultState string

// The states of a consult.
const (
	ConsultWanted   ConsultState = "wanted"
	ConsultPrepared ConsultState = "prepared"
	ConsultAnswered ConsultState = "answered"
	ConsultPosted   ConsultState = "posted"
	ConsultSkipped  ConsultState = "skipped"
	ConsultFailed   ConsultState = "failed"
	ConsultStale    ConsultState = "stale"
)

// Ended reports whether nothing more happens to the consult.
func (s ConsultState) Ended() bool {
	return s != ConsultWanted && s != ConsultPrepared && s != ConsultAnswered
}

// Step is the work that brings a consult to its next state. Each is a job of its own: the first and the last need the
// forge, the middle one the model alone.
type Step string

// The steps of a consult.
const (
	Prepare Step = "prepare"
	Ask     Step = "advise"
	Post    Step = "post"
)

// Next is the step that a consult waits for; empty at its end.
func (s ConsultState) Next() Step {
	switch s {
	case ConsultWanted:
		return Prepare
	case ConsultPrepared:
		return Ask
	case ConsultAnswered:
		return Post
	}
	return ""
}

// SwitchedOff is the reason of a consult that was skipped because nobody asked for advice: nothing that a page has to tell.
const SwitchedOff = "advice is switched off"
