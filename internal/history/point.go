package history

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

// PointState is how a finding stands on a change.
type PointState string

// The states of a point. A dismissed one stays dismissed, whatever is found again, until the person's act is taken back.
const (
	// Waiting: its remark is a draft that nobody has released.
	Waiting PointState = "waiting"
	// Open: it was said, by a remark or in the check, and what it is about still stands.
	Open PointState = "open"
	// Addressed: the code that it is about is gone, or the rule no longer finds it on a newer head.
	Addressed PointState = "addressed"
	// Dismissed: a person who may decide that does not want it.
	Dismissed PointState = "dismissed"
	// Unsaid: the forge would not take its remark; Reason says why.
	Unsaid PointState = "unsaid"
)

// Point is one finding's life on one change: of a rule or of advice. Its name is the fingerprint.
type Point struct {
	Key   change.Key   `json:"key"`
	Point string       `json:"point"`
	About effect.About `json:"about"`
	// Path is where it was last, SHA the head that it was last seen on.
	Path   string     `json:"path"`
	SHA    string     `json:"sha"`
	State  PointState `json:"state"`
	Reason string     `json:"reason,omitempty"`
	// Actor is who brought it into its state; empty when Lintel did.
	Actor string `json:"actor,omitempty"`
	// At is when it was first seen, ChangedAt when its state changed last.
	At        time.Time `json:"at"`
	ChangedAt time.Time `json:"changed_at"`
	// Posted is its newest remark; nil for a finding that has none.
	Posted *Posted `json:"posted,omitempty"`
}

// Said reports whether a remark of the point stands on the forge, and its id there.
func (p Point) Said() (remote int64, ok bool) {
	if p.Posted == nil {
		return 0, false
	}
	if p.Posted.Receipt != nil {
		return p.Posted.Receipt.RemoteID, true
	}
	// An edit that was never carried out leaves the comment that it meant.
	return p.Posted.Effect.Remark.Edits, p.Posted.Effect.Remark.Edits != 0
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
	// Cleared: a rule no longer says it, on the same head (an approval came, the settings changed).
	Cleared OutcomeKind = "cleared"
	// DismissedBy follows a person's act that counts as a dismissal.
	DismissedBy OutcomeKind = "dismissed"
	ReleasedBy  OutcomeKind = "released"
	Dropped     OutcomeKind = "dropped"
)

// Outcome is one line of the record of what became of a finding.
type Outcome struct {
	Key   change.Key  `json:"key"`
	Point string      `json:"point"`
	Kind  OutcomeKind `json:"kind"`
	Actor string      `json:"actor,omitempty"`
	Role  change.Role `json:"role,omitempty"`
	At    time.Time   `json:"at"`
	// SHA is the change's head at that time.
	SHA string `json:"sha,omitempty"`
	// Source is what told of it, the same when it is told again: "delivery:ID", "reaction:ID", "look:SHA".
	Source string `json:"source"`
}

// Dismissal is a finding that a person dismissed: what is learned from, when people dismiss the same again and again.
type Dismissal struct {
	Key   change.Key   `json:"key"`
	Point string       `json:"point"`
	About effect.About `json:"about"`
	Path  string       `json:"path"`
	By    string       `json:"by"`
	// Why is what the person did: "resolved", "thumbs_down", "deleted".
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// ReleaseAsk is somebody's wish to let the drafts of a change be posted. Whether that person may is read when the change is looked at.
type ReleaseAsk struct {
	ID    int64      `json:"id"`
	Key   change.Key `json:"key"`
	SHA   string     `json:"sha"`
	Actor string     `json:"actor"`
	// Via says how it was asked: "button" or "command".
	Via string    `json:"via"`
	At  time.Time `json:"at"`
}
