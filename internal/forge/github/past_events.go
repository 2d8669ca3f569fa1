package github

import (
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
)

// pastOf makes events of the pull requests of one repository, with the keys that webhooks make.
type pastOf struct {
	repo int64
	// name is the repository's full name, standard its default branch.
	name, standard string
}

// pastLife is the life of one pull request while its events are made.
type pastLife struct {
	pastOf
	*pastPull
	all []flow.Event
}

// events are all that the forge tells of a pull request. It does not tell when a thread was resolved, nor of a push
// that was not forced: such a push is known by its commits.
func (of pastOf) events(p *pastPull) []flow.Event {
	l := &pastLife{pastOf: of, pastPull: p}
	l.add(flow.Opened, p.Author, p.CreatedAt, "", flow.Detail{Branch: p.HeadRefName, Fork: p.IsCrossRepository})
	if !p.cut {
		l.add(flow.Whole, nil, p.CreatedAt, "", flow.Detail{})
	}
	if p.beganAsDraft() {
		l.add(flow.Drafted, p.Author, p.CreatedAt, "", flow.Detail{})
	}
	l.commits()
	l.timeline()
	l.talk()
	if p.State == "MERGED" && p.MergedAt != nil {
		l.add(flow.Merged, p.MergedBy, *p.MergedAt, p.MergeCommit.sha(), flow.Detail{Base: p.BaseRefName, Default: of.standard})
		landing := flow.Landing{Repository: of.name, Branch: p.HeadRefName, Base: p.BaseRefName, Body: p.Body, At: *p.MergedAt}
		l.all = append(l.all, flow.RevertsBy(flow.Pull{Forge: string(change.GitHub), RepoID: of.repo, Number: p.Number}, landing)...)
	}
	l.add(flow.State, nil, p.UpdatedAt, p.HeadRefOID, of.state(p))
	return l.all
}

// add adds an event under its key.
func (l *pastLife) add(kind flow.Kind, by *graphAuthor, at time.Time, sha string, d flow.Detail) {
	e := l.event(kind, by, at, sha, d)
	e.Key = flow.Key(e)
	l.all = append(l.all, e)
}

func (l *pastLife) event(kind flow.Kind, by *graphAuthor, at time.Time, sha string, d flow.Detail) flow.Event {
	return flow.Event{
		Pull:   flow.Pull{Forge: string(change.GitHub), RepoID: l.repo, Number: l.Number},
		Kind:   kind,
		Actor:  by.actor(),
		At:     at.UTC(),
		SHA:    sha,
		Detail: d,
	}
}

// beganAsDraft reports whether a pull request was opened as a draft: then the first that is told of the mark is that it
// was taken away, or it has it still.
func (p *pastPull) beganAsDraft() bool {
	for _, m := range p.TimelineItems.nodes() {
		switch m.Typename {
		case "ReadyForReviewEvent":
			return true
		case "ConvertToDraftEvent":
			return false
		}
	}
	return p.IsDraft
}

func (l *pastLife) commits() {
	for _, n := range l.Commits.nodes() {
		c := n.Commit
		by := (*graphAuthor)(nil)
		if c.Author != nil {
			by = c.Author.User
		}
		committed := c.CommittedDate.UTC()
		l.add(flow.Commit, by, c.AuthoredDate, c.OID, flow.Detail{
			CommittedAt: &committed,
			Merge:       strings.HasPrefix(c.MessageHeadline, "Merge "),
			Lines:       c.Additions + c.Deletions,
		})
	}
}

// timeline tells of all but talk and commits. A merge closes, too, and is told as a merge alone.
func (l *pastLife) timeline() {
	for _, m := range l.TimelineItems.nodes() {
		switch m.Typename {
		case "ReadyForReviewEvent":
			l.add(flow.Ready, m.Actor, m.CreatedAt, "", flow.Detail{})
		case "ConvertToDraftEvent":
			l.add(flow.Drafted, m.Actor, m.CreatedAt, "", flow.Detail{})
		case "ClosedEvent":
			if l.MergedAt == nil || m.CreatedAt.Before(l.MergedAt.Add(-time.Second)) {
				l.add(flow.Closed, m.Actor, m.CreatedAt, "", flow.Detail{})
			}
		case "ReopenedEvent":
			l.add(flow.Reopened, m.Actor, m.CreatedAt, "", flow.Detail{})
		case "HeadRefForcePushedEvent":
			if m.AfterCommit.sha() != "" {
				l.add(flow.Pushed, m.Actor, m.CreatedAt, m.AfterCommit.sha(), flow.Detail{Before: m.BeforeCommit.sha(), Forced: true})
			}
		case "BaseRefChangedEvent":
			l.add(flow.Retargeted, m.Actor, m.CreatedAt, "", flow.Detail{From: m.PreviousRefName, Base: m.CurrentRefName})
		case "AutomaticBaseChangeSucceededEvent":
			l.add(flow.Retargeted, m.Actor, m.CreatedAt, "", flow.Detail{From: m.OldBase, Base: m.NewBase})
		case "ReviewRequestedEvent", "ReviewRequestRemovedEvent":
			l.asked(m)
		case "ReviewDismissedEvent":
			if m.Review.number() > 0 {
				l.add(flow.ReviewDismissed, m.Actor, m.CreatedAt, "", flow.Detail{Review: m.Review.number()})
			}
		case "AddedToMergeQueueEvent":
			l.add(flow.Enqueued, m.Actor, m.CreatedAt, "", flow.Detail{})
		case "RemovedFromMergeQueueEvent":
			l.add(flow.Dequeued, m.Actor, m.CreatedAt, "", flow.Detail{})
		}
	}
}

// asked tells whose review was asked for, or is no longer. Of an account or a team that is gone nothing is told.
func (l *pastLife) asked(m *pastMoment) {
	kind, r := flow.ReviewRequested, m.RequestedReviewer
	if m.Typename == "ReviewRequestRemovedEvent" {
		kind = flow.ReviewRequestRemoved
	}
	switch {
	case r == nil:
	case r.Typename == "Team":
		l.add(kind, m.Actor, m.CreatedAt, "", flow.Detail{Team: r.Slug})
	default:
		who := r.graphAuthor.actor()
		l.add(kind, m.Actor, m.CreatedAt, "", flow.Detail{Reviewer: &who})
	}
}

// reviewStates are the words of events for GitHub's.
var reviewStates = map[string]flow.Review{
	"APPROVED": flow.Approved, "CHANGES_REQUESTED": flow.ChangesRequested, "COMMENTED": flow.ReviewCommented,
}

// talk tells of reviews and comments. A review that was dismissed is told as what it was.
func (l *pastLife) talk() {
	was, inline := map[int64]string{}, map[int64]int{}
	for _, m := range l.TimelineItems.nodes() {
		if m.Typename == "ReviewDismissedEvent" {
			was[m.Review.number()] = m.PreviousReviewState
		}
	}
	for _, t := range l.ReviewThreads.nodes() {
		for _, c := range t.Comments.nodes() {
			review := c.PullRequestReview.number()
			inline[review]++
			l.comment(&c.pastComment, flow.Detail{Inline: true, Review: review})
		}
	}
	for _, c := range l.Comments.nodes() {
		l.comment(c, flow.Detail{})
	}
	for _, v := range l.Reviews.nodes() {
		state, ok := reviewStates[v.State]
		if !ok {
			state, ok = reviewStates[was[v.number()]]
		}
		if !ok {
			state = flow.ReviewCommented // dismissed, and the forge no longer says what it was
		}
		if v.SubmittedAt != nil && v.number() > 0 {
			l.add(flow.Reviewed, v.Author, *v.SubmittedAt, v.Commit.sha(),
				flow.Detail{Review: v.number(), State: state, Comments: inline[v.number()]})
		}
	}
}

func (l *pastLife) comment(c *pastComment, d flow.Detail) {
	e := l.event(flow.Commented, c.Author, c.CreatedAt, "", d)
	e.Key = flow.CommentKey(e.Pull.Forge, d.Inline, c.number())
	l.all = append(l.all, e)
}

// state is a pull request as it is now.
func (of pastOf) state(p *pastPull) flow.Detail {
	d := flow.Detail{
		Base:      p.BaseRefName,
		Default:   of.standard,
		Draft:     p.IsDraft,
		Additions: p.Additions,
		Deletions: p.Deletions,
		Files:     p.ChangedFiles,
	}
	if p.Commits != nil {
		d.Commits = p.Commits.TotalCount
	}
	for _, l := range p.Labels.Nodes {
		d.Labels = append(d.Labels, l.Name)
	}
	return d
}

// actor is an account as events have it; of nobody it is the ghost.
func (a *graphAuthor) actor() flow.Actor {
	if a == nil {
		return flow.NewActor(0, "", "")
	}
	return flow.NewActor(a.DatabaseID, a.toChange().Login, a.Typename)
}

// sha is the commit's id; empty when there is none.
func (o *graphOID) sha() string {
	if o == nil {
		return ""
	}
	return o.OID
}

// number is the id as a number; 0 when there is none.
func (i *pastID) number() int64 {
	if i == nil {
		return 0
	}
	n, err := strconv.ParseInt(i.ID, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
