package flow

import (
	"fmt"
	"strconv"
	"strings"
)

// Key is an event's key: the forge, the kind and what tells this happening from all others of its kind. A webhook and a
// back-fill make the same one. The forge's own id of the happening is best (a review's, a comment's); where it has none
// that both know, it is the time in seconds, and where it can happen only once, nothing.
func Key(e Event) string {
	kind := func(parts ...any) string {
		var b strings.Builder
		b.WriteString(e.Pull.Forge + ":" + string(e.Kind))
		for _, p := range parts {
			fmt.Fprintf(&b, ":%v", p)
		}
		return b.String()
	}
	repo, number := e.Pull.RepoID, e.Pull.Number
	switch e.Kind {
	case Opened, Merged, State, Whole:
		return kind(repo, number)
	case Pushed, Commit, Measured:
		return kind(repo, number, e.SHA)
	case BranchPushed, Landed:
		return kind(repo, e.SHA)
	case Reviewed:
		return kind(e.Detail.Review)
	case Reverts:
		return kind(repo, number, e.Detail.Other, e.SHA)
	case Reverted:
		return kind(repo, number, e.SHA, e.Detail.Other, e.Detail.Before)
	}
	at := strconv.FormatInt(e.At.Unix(), 10)
	switch e.Kind {
	case ReviewDismissed:
		switch {
		case e.Detail.Review != 0:
			return kind(e.Detail.Review)
		case e.Detail.Reviewer != nil:
			return kind(repo, number, e.Detail.Reviewer.ID, at)
		}
		return kind(repo, number, "all", at)
	case ReviewRequested, ReviewRequestRemoved:
		if e.Detail.Reviewer != nil {
			return kind(repo, number, e.Detail.Reviewer.ID, at)
		}
		return kind(repo, number, "team", e.Detail.Team, at)
	case ThreadResolved, ThreadUnresolved:
		return kind(repo, number, e.Detail.Thread, at)
	}
	return kind(repo, number, at)
}

// CommentKey is the key of a comment: ids of inline comments and of those in the conversation are counted apart.
func CommentKey(forge string, inline bool, id int64) string {
	if inline {
		return fmt.Sprintf("%s:inline_comment:%d", forge, id)
	}
	return fmt.Sprintf("%s:comment:%d", forge, id)
}
