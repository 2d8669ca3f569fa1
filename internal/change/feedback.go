package change

import "time"

// FeedbackKind is what somebody did about an inline comment of ours.
type FeedbackKind string

// The kinds. Editing is none: nothing follows from it.
const (
	FeedbackThumbsUp   FeedbackKind = "thumbs_up"
	FeedbackThumbsDown FeedbackKind = "thumbs_down"
	FeedbackResolved   FeedbackKind = "resolved"
	FeedbackUnresolved FeedbackKind = "unresolved"
	FeedbackReply      FeedbackKind = "replied"
	FeedbackDeleted    FeedbackKind = "deleted"
	// FeedbackWrong is an answer in words or by a command that says no.
	FeedbackWrong FeedbackKind = "wrong"
)

// Role is how a person stands towards a change.
type Role string

// The roles. What a bot does never counts; what a reader does is recorded and decides nothing.
const (
	RoleAuthor  Role = "author"
	RoleWriter  Role = "writer"
	RoleReader  Role = "reader"
	RoleBot     Role = "bot"
	RoleUnknown Role = "unknown"
)

// Decides reports whether the role's acts count: those of the author, and of people with write permission.
func (r Role) Decides() bool { return r == RoleAuthor || r == RoleWriter }

// Feedback is one thing that a person did about an inline comment: a hint of an event, or what a reading saw. No text of anybody is kept.
type Feedback struct {
	// Comment is the forge's id of the comment that began the thread.
	Comment int64        `json:"comment"`
	Kind    FeedbackKind `json:"kind"`
	Actor   string       `json:"actor"`
	Role    Role         `json:"role"`
	// At is when, as far as the forge says it.
	At time.Time `json:"at"`
	// Source is the same when the same thing is told again: "delivery:ID", "reaction:ID". It is empty for a state that was seen
	// ("this thread is resolved"), which is news only when the record says otherwise.
	Source string `json:"source"`
}
