// Package plan is the outcome of one look at a change, and what stands on its commit and in its comment when the plan
// of effects is composed.
package plan

import (
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/verdict"
)

// ErrOutdated refuses a look that began before one that was saved already.
var ErrOutdated = errors.New("a newer look was saved")

// Look is the outcome of one look at a change, to be saved whole.
type Look struct {
	Record change.Record
	// KeepRecord is true when the record was not read anew: then only effects and lines are stored.
	KeepRecord bool
	// Verdict is nil when nothing was judged (the change is closed).
	Verdict  *verdict.Verdict
	Evidence []verdict.Evidence
	// Teams are the "org/slug" whose members the snapshot read, and the "@login" whose permission it read.
	Teams []string
	Draft bool
	// Found are the findings of the rules that are shown; nil when nothing was judged. What was found before and is not
	// here any more is recorded as addressed.
	Found []thread.Finding
	// Unjudged are rules that could not be judged; "*" is all. That they find nothing says nothing.
	Unjudged []string
	// Seen is the account of what rules found, from which the outcomes of findings follow; nil when nothing was judged.
	Seen *outcome.Look
	// Feedback is what people did about inline comments, as the reading saw it; what is known already changes nothing.
	Feedback []change.Feedback
	Lines    []history.Line
	// Unsure is true when the look is done and another one, later and without an event, may come to more: something was
	// not shown that may be there.
	Unsure bool
	// Turned is set when the operator's switch turned the verdict (nil: it did not).
	Turned *gateswitch.Turned
	// Wait is how long the head waits for reports of CI; nil says nothing of it.
	Wait *Wait
	// Checks are those that Lintel shall run on the head; nil says nothing of them, an empty list that none is wanted.
	Checks []checkrun.Want
	// Happened is what the reading tells of the change's past and size; what is recorded already changes nothing.
	Happened []flow.Event
}

// Wait is the waiting of one head for reports of CI.
type Wait struct {
	// SHA is the head, Since when it was first looked at with something to wait for. Both stay when the waiting is
	// over, so that nothing makes it begin anew.
	SHA   string
	Since time.Time
	// Due is when to look again without an event; zero when there is nothing to look for.
	Due time.Time
}

// Standing is what was published, or is intended, on one commit and in one comment.
type Standing struct {
	Peers []verdict.Peer
	// Checks are the newest effects on the commit by check name; Comment is the newest comment effect of the change.
	Checks  map[string]effect.Posted
	Comment *effect.Posted
	// Findings are the findings of the change that were posted or wait to be, with their inline comments, oldest first.
	Findings []thread.Finding
	// Sequence is the number to put into the keys of new effects; it is larger than any used on this commit.
	Sequence int64
}

// CommentParts are the parts of the change's one comment as it stands or is intended; empty when there is none.
func (st Standing) CommentParts() effect.Parts {
	if st.Comment == nil {
		return effect.Parts{}
	}
	c := st.Comment.Effect.Comment
	if c.Parts == (effect.Parts{}) {
		// Stored before there were parts.
		return effect.Parts{Gate: c.Body}
	}
	return c.Parts
}

// Rewrite makes the effect after which the one comment consists of p. It is false when it does so already.
func (st Standing) Rewrite(ref change.Ref, p effect.Parts) (effect.Effect, bool) {
	body := p.Body()
	c := effect.Comment{Body: body, Parts: p, Digest: text.Digest(body)}
	there := st.Comment
	if there == nil && body == "" || there != nil && there.Effect.Comment.Digest == c.Digest {
		return effect.Effect{}, false
	}
	if there != nil {
		// An edit that was never carried out leaves the comment that it meant.
		c.Edits = there.Effect.Comment.Edits
		if there.Receipt != nil {
			c.Edits = there.Receipt.RemoteID
		}
	}
	return effect.Effect{Key: fmt.Sprintf("comment/%s/%d", ref.Key, st.Sequence), Ref: ref, Comment: &c}, true
}
