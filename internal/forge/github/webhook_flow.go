package github

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
)

// readFlow tells what a delivery says of the life of pull requests, also one that nothing else follows from. What it
// lacks is left out: a back-fill reads it.
func readFlow(name string, p payload) []flow.Event {
	if p.Repository == nil || p.Repository.ID <= 0 {
		return nil
	}
	t := &told{payload: p, pull: flow.Pull{Forge: string(change.GitHub), RepoID: p.Repository.ID}}
	if p.PullRequest != nil && p.PullRequest.Number > 0 {
		t.pull.Number = p.PullRequest.Number
		t.known()
	}
	switch {
	case name == "push":
		t.push()
	case name == "issue_comment":
		if p.Issue != nil && p.Issue.Pull != nil && p.Issue.Number > 0 {
			t.pull.Number = p.Issue.Number
			t.comment(false)
		}
	case t.pull.Number == 0:
	case name == "pull_request":
		t.pullRequest()
	case name == "pull_request_review":
		t.review()
	case name == "pull_request_review_comment":
		t.comment(true)
	case name == "pull_request_review_thread":
		t.thread()
	}
	return t.events
}

// told is one delivery while its events are made.
type told struct {
	payload
	pull   flow.Pull
	events []flow.Event
}

// add adds an event. One whose time is not known is left out.
func (t *told) add(kind flow.Kind, by *account, at time.Time, sha string, d flow.Detail) *flow.Event {
	if at.IsZero() {
		return &flow.Event{}
	}
	e := flow.Event{Pull: t.pull, Kind: kind, Actor: by.flow(), At: at.UTC(), SHA: sha, Detail: d}
	e.Key = flow.Key(e)
	t.events = append(t.events, e)
	return &t.events[len(t.events)-1]
}

func (a *account) flow() flow.Actor {
	if a == nil {
		return flow.NewActor(0, "", "")
	}
	return flow.NewActor(a.ID, a.Login, a.Type)
}

// known is what every delivery about a pull request says: that it was opened, and what it is now.
func (t *told) known() {
	pr := t.PullRequest
	fork := pr.Head.Repo == nil || pr.Head.Repo.ID != t.pull.RepoID
	t.add(flow.Opened, pr.User, pr.CreatedAt.Time, "", flow.Detail{Branch: pr.Head.Ref, Fork: fork})
	if pr.Additions == nil || pr.Head.SHA == "" {
		return
	}
	d := flow.Detail{
		Base:      pr.Base.Ref,
		Default:   t.Repository.DefaultBranch,
		Draft:     pr.Draft,
		Additions: *pr.Additions,
		Deletions: pr.Deletions,
		Files:     pr.ChangedFiles,
		Commits:   pr.Commits,
	}
	for _, l := range pr.Labels {
		d.Labels = append(d.Labels, l.Name)
	}
	t.add(flow.State, nil, pr.UpdatedAt.Time, pr.Head.SHA, d)
}

func (t *told) pullRequest() {
	pr, now := t.PullRequest, t.PullRequest.UpdatedAt.Time
	simple := map[string]flow.Kind{
		"ready_for_review":   flow.Ready,
		"converted_to_draft": flow.Drafted,
		"reopened":           flow.Reopened,
		"enqueued":           flow.Enqueued,
		"dequeued":           flow.Dequeued,
	}
	switch t.Action {
	case "opened":
		t.add(flow.Whole, nil, pr.CreatedAt.Time, "", flow.Detail{})
		if pr.Draft {
			t.add(flow.Drafted, pr.User, pr.CreatedAt.Time, "", flow.Detail{})
		}
	case "synchronize":
		t.add(flow.Pushed, t.Sender, now, pr.Head.SHA, flow.Detail{Before: t.Before})
	case "review_requested":
		t.requested(flow.ReviewRequested)
	case "review_request_removed":
		t.requested(flow.ReviewRequestRemoved)
	case "edited":
		var changes struct {
			Base *struct {
				Ref struct {
					From string `json:"from"`
				} `json:"ref"`
			} `json:"base"`
		}
		if json.Unmarshal(t.Changes, &changes) == nil && changes.Base != nil {
			t.add(flow.Retargeted, t.Sender, now, "", flow.Detail{From: changes.Base.Ref.From, Base: pr.Base.Ref})
		}
	case "closed":
		t.closed()
	default:
		if kind, ok := simple[t.Action]; ok {
			t.add(kind, t.Sender, now, "", flow.Detail{})
		}
	}
}

func (t *told) requested(kind flow.Kind) {
	now := t.PullRequest.UpdatedAt.Time
	switch {
	case t.Reviewer != nil:
		who := t.Reviewer.flow()
		t.add(kind, t.Sender, now, "", flow.Detail{Reviewer: &who})
	case t.RequestedTeam != nil:
		t.add(kind, t.Sender, now, "", flow.Detail{Team: t.RequestedTeam.Slug})
	}
}

// closed tells of the end. One that landed may take back another: then that one is told of it, too.
func (t *told) closed() {
	pr := t.PullRequest
	if !pr.Merged {
		t.add(flow.Closed, t.Sender, pr.ClosedAt.Time, "", flow.Detail{})
		return
	}
	by := pr.MergedBy
	if by == nil {
		by = t.Sender
	}
	t.add(flow.Merged, by, pr.MergedAt.Time, pr.MergeCommitSHA, flow.Detail{Base: pr.Base.Ref, Default: t.Repository.DefaultBranch})
	t.events = append(t.events, flow.RevertsBy(t.pull, flow.Landing{
		Repository: t.Repository.FullName,
		Branch:     pr.Head.Ref,
		Base:       pr.Base.Ref,
		Body:       pr.Body,
		At:         pr.MergedAt.Time,
	})...)
}

func (t *told) review() {
	r := t.Review
	switch {
	case r == nil || r.ID <= 0:
	case t.Action == "submitted":
		state, ok := reviewStates[strings.ToUpper(r.State)]
		if ok {
			t.add(flow.Reviewed, r.User, r.SubmittedAt.Time, r.CommitID, flow.Detail{Review: r.ID, State: state})
		}
	case t.Action == "dismissed":
		t.add(flow.ReviewDismissed, t.Sender, t.PullRequest.UpdatedAt.Time, "", flow.Detail{Review: r.ID})
	}
}

func (t *told) comment(inline bool) {
	c := t.Comment
	if c == nil || c.ID <= 0 || t.Action != "created" {
		return
	}
	e := t.add(flow.Commented, c.User, c.CreatedAt.Time, "", flow.Detail{Inline: inline, Review: c.Review})
	e.Key = flow.CommentKey(t.pull.Forge, inline, c.ID)
}

func (t *told) thread() {
	kind := map[string]flow.Kind{"resolved": flow.ThreadResolved, "unresolved": flow.ThreadUnresolved}[t.Action]
	if kind != "" && t.Thread != nil && t.Thread.NodeID != "" {
		t.add(kind, t.Sender, t.PullRequest.UpdatedAt.Time, "", flow.Detail{Thread: t.Thread.NodeID})
	}
}

// push tells of a forced push, and of commits of the default branch: which landed, and which take back others.
func (t *told) push() {
	branch, ok := strings.CutPrefix(t.Ref, "refs/heads/")
	if !ok || t.Deleted || t.After == "" || strings.HasPrefix(branch, queuePrefix) {
		return
	}
	if t.Forced && t.HeadCommit != nil {
		t.add(flow.BranchPushed, t.Sender, t.HeadCommit.Timestamp.Time, t.After,
			flow.Detail{Forced: true, Branch: branch, Before: t.Before})
	}
	if branch != t.Repository.DefaultBranch {
		return
	}
	if t.HeadCommit != nil {
		t.add(flow.Landed, t.Sender, t.HeadCommit.Timestamp.Time, t.After, flow.Detail{Branch: branch})
	}
	for _, c := range t.Commits {
		for _, sha := range flow.RevertedCommits(c.Message) {
			t.add(flow.Reverted, t.Sender, c.Timestamp.Time, sha, flow.Detail{Before: c.ID, Base: branch})
		}
	}
}
