package chat

import "time"

// Place is where a comment stands. The forge's ids are unique within a place alone.
type Place string

// The places.
const (
	// OnIssue is the conversation of a pull request.
	OnIssue Place = "issue"
	// OnReview is the body of a review.
	OnReview Place = "review"
	// OnLine is a comment on a line.
	OnLine Place = "line"
	// OnCheck is a button of a check.
	OnCheck Place = "check"
)

// Posted is a comment that asks for something, as an event told of it.
type Posted struct {
	Place Place
	// ID is the forge's id of the comment.
	ID int64
	// At is when it was written or edited, by the forge's clock, to the second.
	At time.Time
	// Bot is true when a program wrote it.
	Bot bool
	// Head is the head that it was written on, where the event names it.
	Head string
	Comment
}
