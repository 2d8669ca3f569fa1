package gitlab

import (
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// pastOf makes events of the merge requests of one project, with the keys that webhooks make.
type pastOf struct {
	repo int64
	// name is the project's path, standard its default branch.
	name, standard string
}

// pastLife is the life of one merge request while its events are made.
type pastLife struct {
	pastOf
	*pastRequest
	pull flow.Pull
	all  []flow.Event
	// people are those of whom GitLab says both number and name: its notes name people alone.
	people map[string]flow.Actor
	asked  map[int64]bool
	drafts []flow.Kind
}

// events are all that GitLab tells of a merge request. It does not tell when a thread was resolved, nor of pushes, which
// are known by their commits.
func (of pastOf) events(m *pastRequest) []flow.Event {
	l := &pastLife{
		pastOf:      of,
		pastRequest: m,
		pull:        flow.Pull{Forge: string(change.GitLab), RepoID: of.repo, Number: m.number},
		people:      map[string]flow.Actor{},
		asked:       map[int64]bool{},
	}
	for i := range m.Reviewers.Nodes {
		l.know(&m.Reviewers.Nodes[i])
	}
	for _, n := range m.Notes.Nodes {
		l.know(n.Author)
	}
	author := l.know(m.Author)
	l.add(
		flow.Opened,
		author,
		m.CreatedAt,
		"",
		flow.Detail{Branch: m.SourceBranch, Fork: m.SourceProjectID != m.TargetProjectID},
	)
	if !m.cut {
		l.add(flow.Whole, flow.Actor{}, m.CreatedAt, "", flow.Detail{})
	}
	for _, n := range m.Notes.Nodes {
		l.note(n)
	}
	if len(l.drafts) == 0 && m.Draft || len(l.drafts) > 0 && l.drafts[0] == flow.Ready {
		l.add(flow.Drafted, author, m.CreatedAt, "", flow.Detail{})
	}
	for _, u := range m.Reviewers.Nodes {
		if who := l.know(&u); !l.asked[who.ID] {
			l.add(flow.ReviewRequested, author, m.CreatedAt, "", flow.Detail{Reviewer: &who})
		}
	}
	for _, c := range m.Commits.Nodes {
		if c.AuthoredDate != nil {
			l.add(
				flow.Commit,
				l.know(c.Author),
				*c.AuthoredDate,
				c.SHA,
				flow.Detail{Merge: strings.HasPrefix(c.Title, "Merge ")},
			)
		}
	}
	l.ends()
	l.add(flow.State, flow.Actor{}, m.UpdatedAt, m.DiffHeadSHA, of.state(m))
	return l.all
}

// ends tells of the merge, or of a close and what came before it. A merge is told as a merge alone.
func (l *pastLife) ends() {
	for _, s := range l.states {
		if s.CreatedAt == nil {
			continue
		}
		by := (*graphUser)(nil)
		if s.User != nil {
			by = &graphUser{ID: gid(fmt.Sprintf("gid://gitlab/User/%d", s.User.ID)), Username: s.User.Username}
		}
		switch s.State {
		case "closed":
			l.add(flow.Closed, l.know(by), *s.CreatedAt, "", flow.Detail{})
		case "reopened":
			l.add(flow.Reopened, l.know(by), *s.CreatedAt, "", flow.Detail{})
		}
	}
	if l.State != "merged" || l.MergedAt == nil {
		return
	}
	landed := l.MergeCommitSHA
	if landed == "" && !l.SquashOnMerge {
		landed = l.DiffHeadSHA
	}
	l.add(flow.Merged, l.know(l.MergeUser), *l.MergedAt, landed, flow.Detail{Base: l.TargetBranch, Default: l.standard})
	l.all = append(
		l.all,
		flow.RevertsBy(l.pull, flow.Landing{Repository: l.name, Branch: l.SourceBranch, Base: l.TargetBranch,
			Body: l.Description, At: l.MergedAt.UTC()})...)
}

// know remembers somebody by name, and gives them as events have them; of nobody it is the ghost.
func (l *pastLife) know(u *graphUser) flow.Actor {
	if u == nil {
		return flow.NewActor(0, "", "")
	}
	who := hook.Actor(u.ID.number(), u.Username)
	l.people[strings.ToLower(u.Username)] = who
	return who
}

// add adds an event under its key. One whose time is not known is left out.
func (l *pastLife) add(kind flow.Kind, by flow.Actor, at time.Time, sha string, d flow.Detail) {
	if at.IsZero() {
		return
	}
	e := flow.Event{Pull: l.pull, Kind: kind, Actor: by, At: at.UTC(), SHA: sha, Detail: d}
	e.Key = flow.Key(e)
	l.all = append(l.all, e)
}

// Texts of the notes that GitLab writes of what happened. No field says what a note is of, and these have stood for years;
// one that changes is not told, and nothing else follows.
const (
	noteApproved = "approved this merge request"
	noteTaken    = "unapproved this merge request"
	noteReset    = "reset approvals from " // by a push: of whom it names
	noteDraft    = "marked this merge request as **draft**"
	noteReady    = "marked this merge request as **ready**"
	noteDrafted  = "marked as a **Work In Progress**" // before GitLab 13.10
	noteUndraft  = "unmarked as a **Work In Progress**"
	noteAsked    = "requested review from "
	noteUnasked  = "removed review request for "
)

var (
	noteTarget = lazyregexp.New("^changed target branch from `([^`]+)` to `([^`]+)`$")
	noteNames  = lazyregexp.New(`@([A-Za-z0-9_][A-Za-z0-9_.-]*)`)
)

// note tells of a comment, or of what GitLab wrote of a happening.
func (l *pastLife) note(n pastNote) {
	by := l.know(n.Author)
	if !n.System {
		l.comment(n, by)
		return
	}
	switch body := strings.TrimSpace(n.Body); {
	case body == noteApproved:
		l.add(
			flow.Reviewed,
			by,
			n.CreatedAt,
			"",
			flow.Detail{Review: hook.ReviewID(l.pull, by.ID, n.CreatedAt), State: flow.Approved},
		)
	case body == noteTaken:
		l.add(flow.ReviewDismissed, by, n.CreatedAt, "", flow.Detail{Reviewer: &by})
	case strings.HasPrefix(body, noteReset):
		l.named(body, func(who flow.Actor) {
			l.add(flow.ReviewDismissed, by, n.CreatedAt, "", flow.Detail{Reviewer: &who})
		})
	case strings.HasPrefix(body, noteDraft), strings.HasPrefix(body, noteDrafted):
		l.drafts = append(l.drafts, flow.Drafted)
		l.add(flow.Drafted, by, n.CreatedAt, "", flow.Detail{})
	case strings.HasPrefix(body, noteReady), strings.HasPrefix(body, noteUndraft):
		l.drafts = append(l.drafts, flow.Ready)
		l.add(flow.Ready, by, n.CreatedAt, "", flow.Detail{})
	case strings.HasPrefix(body, noteAsked), strings.HasPrefix(body, noteUnasked):
		asked, unasked, _ := strings.Cut(body, noteUnasked)
		l.askedFor(flow.ReviewRequested, asked, by, n.CreatedAt)
		l.askedFor(flow.ReviewRequestRemoved, unasked, by, n.CreatedAt)
	default:
		if m := noteTarget.FindStringSubmatch(body); m != nil {
			l.add(flow.Retargeted, by, n.CreatedAt, "", flow.Detail{From: m[1], Base: m[2]})
		}
	}
}

// askedFor tells whose review was asked for, or is no longer. Who is named and never known by number is left out.
func (l *pastLife) askedFor(kind flow.Kind, names string, by flow.Actor, at time.Time) {
	l.named(names, func(who flow.Actor) {
		l.asked[who.ID] = true
		l.add(kind, by, at, "", flow.Detail{Reviewer: &who})
	})
}

// named calls for everybody in a text who is known by number.
func (l *pastLife) named(names string, call func(flow.Actor)) {
	for _, m := range noteNames.FindAllStringSubmatch(names, -1) {
		if who, ok := l.people[strings.ToLower(strings.TrimRight(m[1], ".-"))]; ok {
			call(who)
		}
	}
}

func (l *pastLife) comment(n pastNote, by flow.Actor) {
	inline := n.Position != nil || strings.HasPrefix(string(n.ID), "gid://gitlab/DiffNote/")
	e := flow.Event{
		Pull:   l.pull,
		Kind:   flow.Commented,
		Actor:  by,
		At:     n.CreatedAt.UTC(),
		Detail: flow.Detail{Inline: inline},
	}
	if e.Key = flow.CommentKey(l.pull.Forge, inline, n.ID.number()); n.ID.number() > 0 && !n.CreatedAt.IsZero() {
		l.all = append(l.all, e)
	}
}

// state is a merge request as it is now.
func (of pastOf) state(m *pastRequest) flow.Detail {
	d := flow.Detail{Base: m.TargetBranch, Default: of.standard, Draft: m.Draft, Commits: len(m.Commits.Nodes)}
	if s := m.DiffStatsSummary; s != nil {
		d.Additions, d.Deletions, d.Files = s.Additions, s.Deletions, s.FileCount
	}
	for _, l := range m.Labels.Nodes {
		d.Labels = append(d.Labels, l.Title)
	}
	return d
}
