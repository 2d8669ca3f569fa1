package chat

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

// Place is where a comment stands. The forge's ids are unique within a place alone.
type Place string

// The places.
const (
	// OnIssue is the conversation of a change.
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
	// Thread is the forge's id of what it answers: the comment that began the thread, or the discussion; empty for none.
	Thread string
	// Plain is true when it names no command and is one only as an answer to a comment of ours (see Reply).
	Plain bool
	Comment
}

// Reply reads a comment that answers a comment on a line. A command there may leave out its finding: it is about the one
// of the thread. Without any command, words that begin with "won't fix" or "false positive" say that the finding is
// wrong; they count only where the thread is ours.
func (p *Posted) Reply(body string) {
	p.Comment, p.Plain = parse(body, p.Thread != ""), false
	if p.Thread == "" || !p.Empty() || len(body) > MaxBytes {
		return
	}
	for _, line := range visibleLines(body) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := dismissive.FindStringSubmatch(line)
		if m == nil || strings.ContainsFunc(line, deceptive) {
			return
		}
		category := "accepted-risk"
		if strings.HasPrefix(strings.ToLower(m[1]), "f") {
			category = "false-positive"
		}
		p.Plain = true
		p.Commands = []Command{{Name: "wrong", Category: category, Reason: text.Clip(line, maxReason-1)}}
		return
	}
}

// Edited reads a comment that was edited: it asks for what the text before had not.
func (p *Posted) Edited(body, before string) {
	earlier := *p
	earlier.Reply(before)
	p.Reply(body)
	if p.Plain && earlier.Plain {
		p.Comment = Comment{} // it said so before
	}
	p.Comment = New(p.Comment, earlier.Comment)
	p.Plain = p.Plain && !p.Empty()
}

// dismissive begins a reply that says no: "Won't fix: ...", "This is a false positive, ...". What follows must not go on
// with the word, as in "false positives are rare".
var dismissive = lazyregexp.New(`(?i)^[*_~"'(]*(?:(?:this|that|it)(?:['\x{2019}]s| is| looks like) (?:a )?)?` +
	`(won['\x{2019}]?t[ -]?fix|will not fix|false[ -]positive)(?:[^\pL\pN_]|$)`)
