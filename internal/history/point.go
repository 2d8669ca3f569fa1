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

// Suppression keeps a kind of advice silent in a part of a repository, because people dismissed it again and again. It is seen in lists,
// exported as policy data, can be lifted, and ends by itself.
type Suppression struct {
	ID     int64        `json:"id"`
	Forge  change.Forge `json:"forge"`
	RepoID int64        `json:"repo_id"`
	// Category is that of the advice; Paths a path or "FOLDER/*"; Symbol one that it is limited to, or empty.
	Category string    `json:"category"`
	Paths    string    `json:"paths"`
	Symbol   string    `json:"symbol,omitempty"`
	Why      string    `json:"why"`
	By       []string  `json:"by"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
}
