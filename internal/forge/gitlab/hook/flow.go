package hook

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
)

// told is one delivery while its events for the metrics are made.
type told struct {
	pull   flow.Pull
	by     flow.Actor
	events []flow.Event
}

func tell(p payload, ev *change.Event) *told {
	return &told{
		pull: flow.Pull{Forge: string(change.GitLab), RepoID: ev.Ref.RepoID, Number: ev.Ref.Number},
		by:   Actor(p.UserID, ev.Sender),
	}
}

// Actor is an account as events have it: no payload says of a user that it is a program, its name does.
func Actor(id int64, login string) flow.Actor {
	kind := ""
	if bot.MatchString(login) {
		kind = "Bot"
	}
	return flow.NewActor(id, login, kind)
}

// add adds an event. One whose time is not known is left out.
func (t *told) add(kind flow.Kind, at time.Time, sha string, d flow.Detail) {
	if at.IsZero() {
		return
	}
	e := flow.Event{Pull: t.pull, Kind: kind, Actor: t.by, At: at.UTC(), SHA: sha, Detail: d}
	e.Key = flow.Key(e)
	t.events = append(t.events, e)
}

// readFlow tells what a delivery says of the life of a merge request, also one that nothing else follows from.
func readFlow(p payload, ev *change.Event) []flow.Event {
	a, t := p.Attributes, tell(p, ev)
	now := a.UpdatedAt.Time
	switch a.Action {
	case "open":
		fork := a.SourceProject != a.TargetProject
		t.add(flow.Opened, a.CreatedAt.Time, "", flow.Detail{Branch: a.SourceBranch, Fork: fork})
		t.add(flow.Whole, a.CreatedAt.Time, "", flow.Detail{})
		if ev.Draft {
			t.add(flow.Drafted, a.CreatedAt.Time, "", flow.Detail{})
		}
		t.reviewers(flow.ReviewRequested, p.Reviewers, nil, a.CreatedAt.Time)
	case "reopen":
		t.add(flow.Reopened, now, "", flow.Detail{})
	case "close":
		t.add(flow.Closed, now, "", flow.Detail{})
	case "approved", "approval":
		if !a.System && ev.Kind != change.Ignored {
			d := flow.Detail{Review: ReviewID(t.pull, p.UserID, now), State: flow.Approved}
			t.add(flow.Reviewed, now, ev.Head.SHA, d)
		}
	case "unapproved", "unapproval":
		t.takenBack(a.System, a.SystemAction, ev, now)
	case "merge":
		t.add(flow.Merged, now, first(a.MergeCommit, a.SquashCommit, ev.Head.SHA),
			flow.Detail{Base: ev.Base.Ref, Default: ev.Repository.DefaultBranch})
		t.events = append(t.events, flow.RevertsBy(t.pull, flow.Landing{Repository: ev.Repository.Owner + "/" + ev.Repository.Name,
			Branch: a.SourceBranch, Base: ev.Base.Ref, Body: a.Description, At: now})...)
	case "update":
		t.update(p, ev)
	}
	return t.events
}

// takenBack tells of approvals that are no more: somebody's own, or all of them after a push. Of a reset of code owners'
// approvals GitLab does not say whose they were, so nothing is told.
func (t *told) takenBack(bySystem bool, action string, ev *change.Event, at time.Time) {
	switch {
	case ev.Kind == change.Ignored:
	case !bySystem:
		t.add(flow.ReviewDismissed, at, "", flow.Detail{Reviewer: &t.by})
	case action == "approvals_reset_on_push":
		t.add(flow.ReviewDismissed, at, "", flow.Detail{})
	}
}

// ReviewID stands for the id that approvals lack. One click sends two events, of one second, which are one approval.
func ReviewID(p flow.Pull, by int64, at time.Time) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", p, by, at.Unix()))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// update tells of commits, of a draft that became ready, of another target, and of who is asked to review.
func (t *told) update(p payload, ev *change.Event) {
	now := p.Attributes.UpdatedAt.Time
	if ev.Before != "" && ev.Head.SHA != "" {
		t.add(flow.Pushed, now, ev.Head.SHA, flow.Detail{Before: ev.Before})
	}
	if was, ok := changed[bool](p, "draft"); ok && was != ev.Draft {
		kind := flow.Ready
		if ev.Draft {
			kind = flow.Drafted
		}
		t.add(kind, now, "", flow.Detail{})
	}
	if from, ok := changed[string](p, "target_branch"); ok {
		t.add(flow.Retargeted, now, "", flow.Detail{From: from, Base: ev.Base.Ref})
	}
	var asked struct{ Previous, Current []user }
	if json.Unmarshal(p.Changes["reviewers"], &asked) == nil {
		t.reviewers(flow.ReviewRequested, asked.Current, asked.Previous, now)
		t.reviewers(flow.ReviewRequestRemoved, asked.Previous, asked.Current, now)
	}
}

// reviewers tells of those in one list that are not in the other.
func (t *told) reviewers(kind flow.Kind, in, notIn []user, at time.Time) {
	for _, u := range in {
		if !slices.ContainsFunc(notIn, func(o user) bool { return o.ID == u.ID }) {
			who := Actor(u.ID, u.Username)
			t.add(kind, at, "", flow.Detail{Reviewer: &who})
		}
	}
}

// changed is what a field was before an update.
func changed[T any](p payload, key string) (previous T, ok bool) {
	var c struct {
		Previous *T `json:"previous"`
	}
	if json.Unmarshal(p.Changes[key], &c) != nil || c.Previous == nil {
		return previous, false
	}
	return *c.Previous, true
}

// readComment tells of a comment that somebody wrote.
func readComment(p payload, ev *change.Event) []flow.Event {
	a, t := p.Attributes, tell(p, ev)
	if a.ID <= 0 || a.Action == "update" {
		return nil
	}
	inline := a.Type == "DiffNote"
	t.add(flow.Commented, a.CreatedAt.Time, "", flow.Detail{Inline: inline})
	for i := range t.events {
		t.events[i].Key = flow.CommentKey(t.pull.Forge, inline, a.ID)
	}
	return t.events
}
