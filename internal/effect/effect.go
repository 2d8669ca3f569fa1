// Package effect is what Lintel intends to do to the outside world, as data with a key, and the receipts that prove it
// was done. An effect is saved before it is carried out; the same key is never carried out twice on purpose.
package effect

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Effect is one intended write to a forge. Exactly one of Check, Comment and Inline is set.
type Effect struct {
	// Key is unique for good. It is written into the remote (a check's external id, the hidden marker of a
	// comment), so that a lost receipt can be found again.
	Key string     `json:"key"`
	Ref change.Ref `json:"ref"`
	// Check concludes or announces a check; Comment makes, edits or clears the sticky comment.
	Check   *Check   `json:"check,omitempty"`
	Comment *Comment `json:"comment,omitempty"`
	// Inline makes, edits or closes an inline review comment.
	Inline *InlineComment `json:"remark,omitempty"`
}

// Kind is what an effect writes.
type Kind string

// The kinds of effects.
const (
	KindCheck   Kind = "check"
	KindComment Kind = "comment"
	KindInline  Kind = "remark"
)

// Kind names the effect's kind; it is empty for one that intends nothing.
func (e Effect) Kind() Kind {
	switch {
	case e.Check != nil:
		return KindCheck
	case e.Comment != nil:
		return KindComment
	case e.Inline != nil:
		return KindInline
	}
	return ""
}

// Status is a check's status.
type Status string

// The statuses of a check that Lintel writes.
const (
	InProgress Status = "in_progress"
	Completed  Status = "completed"
)

// Conclusion is how a check ends. There are two: GitHub lets a neutral or skipped check merge, so Lintel never says
// either.
type Conclusion string

// The conclusions.
const (
	Success Conclusion = "success"
	Failure Conclusion = "failure"
)

// Check is one check as it shall stand.
type Check struct {
	// Name is "lintel" or "lintel / family".
	Name string `json:"name"`
	// SHA is the commit that the run belongs to.
	SHA        string     `json:"sha"`
	Status     Status     `json:"status"`
	Conclusion Conclusion `json:"conclusion,omitempty"`
	// Digest is that of the verdict it shows; an equal digest is not posted again on the same SHA.
	Digest string `json:"digest"`
	// Title, Summary and Text are Markdown, already escaped and within the forge's limits.
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Text    string `json:"text"`
	// DetailsURL leads to the page that explains the verdict; empty without a public address.
	DetailsURL  string       `json:"details_url,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
	// Continues is the forge's id of a run in progress that this effect completes; empty makes a new run.
	Continues ID `json:"continues,omitempty"`
	// Buttons are shown on the check.
	Buttons []Button `json:"buttons,omitempty"`
	// StartedAt is when the work began.
	StartedAt time.Time `json:"started_at"`
}

// Level is an annotation's weight in the forge's words.
type Level string

// The levels of an annotation.
const (
	LevelFailure Level = "failure"
	LevelWarning Level = "warning"
	LevelNotice  Level = "notice"
)

// Annotation points at lines of the head. Plain text.
type Annotation struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Level   Level  `json:"level"`
	Title   string `json:"title"`
	Message string `json:"message"`
}

// Button asks the forge for an action button on a check.
type Button struct {
	Label       string `json:"label"`
	Description string `json:"description"`
	ID          string `json:"id"`
}

// Comment is the one comment that Lintel keeps on a change and edits in place.
type Comment struct {
	// Body is Markdown, already escaped and within the forge's limits, without the hidden marker.
	Body string `json:"body"`
	// Parts are what Body is made of.
	Parts Parts `json:"parts"`
	// Digest is that of the body.
	Digest string `json:"digest"`
	// Edits is the forge's id of the comment to edit; empty makes a new one.
	Edits ID `json:"edits,omitempty"`
}

// Parts are the voices in the one comment: what the gate says, the answers to commands, and what a language model
// advises. Each is composed by itself, by code that leaves the others as they stand; so advice can neither erase nor
// write what the gate says.
type Parts struct {
	Gate   string `json:"gate,omitempty"`
	Chat   string `json:"chat,omitempty"`
	Advice string `json:"advice,omitempty"`
}

// Body is the whole comment: the gate speaks first, advice last.
func (p Parts) Body() string {
	var parts []string
	for _, part := range []string{p.Gate, p.Chat, p.Advice} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n\n---\n\n")
}

// Receipt is proof that an effect was carried out.
type Receipt struct {
	Key string `json:"key"`
	// RemoteID is the forge's id of the check, comment or review comment, URL its page. It is never empty.
	RemoteID ID     `json:"remote_id"`
	URL      string `json:"url,omitempty"`
	// Thread is the forge's id of the thread that an inline comment began; empty where the comment's own id names it.
	Thread ID        `json:"thread,omitempty"`
	At     time.Time `json:"at"`
	// Found is true when the remote was searched and already had it.
	Found bool `json:"found,omitempty"`
}

// CommentError says that the checks were published and a comment was not; only the comment is retried.
type CommentError struct{ Err error }

func (e *CommentError) Error() string { return e.Err.Error() }

// Unwrap returns the forge's own error.
func (e *CommentError) Unwrap() error { return e.Err }
