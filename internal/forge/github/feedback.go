package github

import (
	"errors"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

// setFeedback makes the event the sender's feedback on the comment that began a thread. It keeps no text that anybody wrote.
func setFeedback(p payload, ev *change.Event, comment int64, kind change.FeedbackKind, otherwise change.Role) {
	role := otherwise
	switch {
	case ev.SenderBot:
		ignore(ev, "what a program does about a comment does not count")
		return
	case p.PullRequest.User != nil && p.PullRequest.User.Login != "" && strings.EqualFold(p.PullRequest.User.Login, ev.Sender):
		role = change.RoleAuthor
	}
	ev.Kind, ev.Feedback = change.CommentFeedback,
		&change.Feedback{Comment: comment, Kind: kind, Actor: ev.Sender, Role: role, At: ev.UpdatedAt}
}

func readReviewComment(p payload, ev *change.Event) error {
	if err := about(p, ev); err != nil {
		return err
	}
	if p.Comment == nil || p.Comment.ID <= 0 {
		return errors.New("comment is missing")
	}
	c := p.Comment
	switch {
	case p.Action == "created" && c.InReplyTo != 0:
		setFeedback(p, ev, c.InReplyTo, change.FeedbackReply, change.RoleUnknown)
	case p.Action == "deleted" && c.InReplyTo == 0 && c.User != nil && c.User.Type == "Bot":
		// A comment of an App can be deleted by the App itself and by people with write permission.
		setFeedback(p, ev, c.ID, change.FeedbackDeleted, change.RoleWriter)
	default:
		ignore(ev, "nothing follows from this pull_request_review_comment."+p.Action)
	}
	return nil
}

func readReviewThread(p payload, ev *change.Event) error {
	if err := about(p, ev); err != nil {
		return err
	}
	if p.Thread == nil || len(p.Thread.Comments) == 0 || p.Thread.Comments[0].ID <= 0 {
		return errors.New("thread has no comment")
	}
	root := p.Thread.Comments[0]
	if root.InReplyTo != 0 { // the comment that began it is gone
		root.ID = root.InReplyTo
	}
	// Only the author of the pull request and people with write permission can resolve a thread.
	switch p.Action {
	case "resolved":
		setFeedback(p, ev, root.ID, change.FeedbackResolved, change.RoleWriter)
	case "unresolved":
		setFeedback(p, ev, root.ID, change.FeedbackUnresolved, change.RoleWriter)
	default:
		ignore(ev, "nothing follows from pull_request_review_thread."+p.Action)
	}
	return nil
}
