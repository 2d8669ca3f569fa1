// Package thread is the life of a finding on a change: its inline comment, what people did about it, and what became of
// it.
package thread

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

// State is how a finding stands on a change.
type State string

// The states of a finding. A dismissed one stays dismissed, whatever is found again, until the person's act is taken
// back.
const (
	// Waiting: its inline comment is a draft that nobody has released.
	Waiting State = "waiting"
	// Open: it was posted, as an inline comment or in the check, and what it is about still stands.
	Open State = "open"
	// Addressed: the code that it is about is gone, or the rule no longer finds it on a newer head.
	Addressed State = "addressed"
	// Dismissed: a person who may decide that does not want it.
	Dismissed State = "dismissed"
	// Rejected: the forge would not take its inline comment; Reason says why.
	Rejected State = "unsaid"
)

// Finding is one finding's life on one change: of a rule or of advice. Its name is the fingerprint.
type Finding struct {
	Key         change.Key   `json:"key"`
	Fingerprint string       `json:"point"`
	About       effect.About `json:"about"`
	// Path is where it was last, SHA the head that it was last seen on.
	Path   string `json:"path"`
	SHA    string `json:"sha"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
	// Actor is who brought it into its state; empty when Lintel did.
	Actor string `json:"actor,omitempty"`
	// At is when it was first seen, ChangedAt when its state changed last.
	At        time.Time `json:"at"`
	ChangedAt time.Time `json:"changed_at"`
	// Posted is its newest inline comment; nil for a finding that has none.
	Posted *effect.Posted `json:"posted,omitempty"`
}

// CommentID is the forge's id of the finding's inline comment, with that of its thread where it has one of its own; both
// are empty when there is none on the forge.
func (p Finding) CommentID() (comment, thread effect.ID) {
	if p.Posted == nil {
		return "", ""
	}
	if r := p.Posted.Receipt; r != nil {
		return r.RemoteID, r.Thread
	}
	// An edit that was never carried out leaves the comment that it meant.
	return p.Posted.Effect.Inline.Edits, p.Posted.Effect.Inline.Thread
}

// Stands reports whether the finding's comment says something that is not said to be over: it is open or waits, or it is
// a rule's, which is known to be addressed before its comment is.
func (p Finding) Stands() bool {
	if p.State == Addressed && p.About.Origin == effect.FromRule {
		return p.Posted != nil && p.Posted.Effect.Inline.AddressedIn == ""
	}
	return p.State == Open || p.State == Waiting
}

// Uncommented reports whether the finding is an open one of a rule that has no inline comment.
func (p Finding) Uncommented() bool {
	return p.About.Origin == effect.FromRule && p.State == Open && p.Posted == nil
}

// Reopened reports whether the finding is an open one of a rule whose inline comment says that it is addressed: it came back.
func (p Finding) Reopened() bool {
	return p.About.Origin == effect.FromRule && p.State == Open && p.Posted != nil && p.Posted.Effect.Inline.AddressedIn != ""
}

// OutcomeKind is what became of a finding, or what somebody did about it.
type OutcomeKind string

// The kinds of outcomes. The record is append-only: what counts as a false positive is decided where it is counted.
const (
	ThumbsUp   OutcomeKind = "thumbs_up"
	ThumbsDown OutcomeKind = "thumbs_down"
	Resolved   OutcomeKind = "resolved"
	Unresolved OutcomeKind = "unresolved"
	Replied    OutcomeKind = "replied"
	Deleted    OutcomeKind = "deleted"
	// AddressedBy: a commit changed it; SHA names the head.
	AddressedBy OutcomeKind = "addressed"
	// Cleared: a rule no longer reports it, on the same head (an approval came, the settings changed).
	Cleared OutcomeKind = "cleared"
	// DismissedBy follows a person's act that counts as a dismissal.
	DismissedBy OutcomeKind = "dismissed"
	ReleasedBy  OutcomeKind = "released"
	Dropped     OutcomeKind = "dropped"
)

// Outcome is one line of the record of what became of a finding.
type Outcome struct {
	Key         change.Key  `json:"key"`
	Fingerprint string      `json:"point"`
	Kind        OutcomeKind `json:"kind"`
	Actor       string      `json:"actor,omitempty"`
	Role        change.Role `json:"role,omitempty"`
	At          time.Time   `json:"at"`
	// SHA is the change's head at that time.
	SHA string `json:"sha,omitempty"`
	// Source is where Lintel learned of it, the same when it learns it again: "delivery:ID", "reaction:ID", "look:SHA".
	Source string `json:"source"`
}

// Dismissal is a finding that a person dismissed: what is learned from, when people dismiss the same again and again.
type Dismissal struct {
	Key         change.Key   `json:"key"`
	Fingerprint string       `json:"point"`
	About       effect.About `json:"about"`
	Path        string       `json:"path"`
	By          string       `json:"by"`
	// Why is what the person did: "resolved", "thumbs_down", "deleted".
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}
