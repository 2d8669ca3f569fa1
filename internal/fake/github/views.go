package github

import (
	"fmt"
	"time"
)

// What tests and the demo look at. Values are copies.

// PullView is a pull request as it stands.
type PullView struct {
	Number                       int
	ID                           int64
	Title, Body, State, Author   string
	Draft, Merged                bool
	Head, HeadSHA, Base, BaseSHA string
	MergeSHA                     string
	Labels                       []string
	Comments                     []CommentView
	// Reviewers are the people whose reviews are requested.
	Reviewers []string
	Updated   time.Time
	// Refusal says why branch protection would refuse a merge now, "" if it would not.
	Refusal string
}

// CommentView is a comment of the conversation.
type CommentView struct {
	ID               int64
	Author, Body     string
	Created, Updated time.Time
	// Reactions are "login content", in their order.
	Reactions []string
}

// RunView is a check run.
type RunView struct {
	ID, App                                   int64
	Name, HeadSHA, Status, Conclusion         string
	Title, Summary, Text, ExternalID, Details string
	Annotations                               []AnnotationView
	Actions                                   []string // identifiers
	Started, Completed                        time.Time
}

// AnnotationView is one annotation of a check run.
type AnnotationView struct {
	Path                  string
	Start, End            int
	Level, Title, Message string
}

// Pull looks at a pull request.
func (h *Hub) Pull(repo string, number int) (PullView, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	r := h.names[lower(repo)]
	if r == nil || r.pulls[number] == nil {
		return PullView{}, fmt.Errorf("pull request %s#%d: %w", repo, number, errNotFound)
	}
	p := r.pulls[number]
	v := PullView{Number: p.number, ID: p.id, Title: p.title, Body: p.body, State: p.state, Author: p.user.login, Draft: p.draft,
		Merged: p.merged,
		Head:   p.headRef, HeadSHA: p.headSHA, Base: p.baseRef, BaseSHA: p.baseSHA, MergeSHA: p.mergeSHA, Updated: p.updated}
	if p.state == "open" {
		v.Refusal = h.refusal(p)
	}
	for _, l := range p.labels {
		v.Labels = append(v.Labels, l.name)
	}
	for _, u := range p.reviewers {
		v.Reviewers = append(v.Reviewers, u.login)
	}
	for _, c := range p.comments {
		v.Comments = append(v.Comments, commentView(c.id, c.user, c.body, c.created, c.updated, c.reactions))
	}
	return v, nil
}

func commentView(id int64, by *account, body string, created, updated time.Time, reactions []*reaction) CommentView {
	v := CommentView{ID: id, Author: by.login, Body: body, Created: created, Updated: updated}
	for _, r := range reactions {
		v.Reactions = append(v.Reactions, r.user.login+" "+r.content)
	}
	return v
}

// Pulls lists the numbers of a repository's open pull requests.
func (h *Hub) Pulls(repo string) []int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []int
	if r := h.names[lower(repo)]; r != nil {
		for _, p := range r.sortedPulls() {
			if p.state == "open" {
				out = append(out, p.number)
			}
		}
	}
	return out
}

// Runs lists all check runs at a commit, oldest first.
func (h *Hub) Runs(repo, sha string) []RunView {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []RunView
	if r := h.names[lower(repo)]; r != nil {
		for _, run := range r.runs[sha] {
			out = append(out, viewRun(run))
		}
	}
	return out
}

func viewRun(run *checkRun) RunView {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	v := RunView{ID: run.id, App: run.suite.app.spec.ID, Name: run.name, HeadSHA: run.suite.head, Status: run.status,
		Conclusion: run.conclusion,
		Title:      text(run.title), Summary: text(run.summary), Text: text(run.text), ExternalID: run.externalID, Details: run.detailsURL,
		Started: run.started, Completed: run.completed}
	for _, a := range run.annotations {
		v.Annotations = append(v.Annotations, AnnotationView{a.Path, a.StartLine, a.EndLine, a.Level, text(a.Title), a.Message})
	}
	for _, a := range run.actions {
		v.Actions = append(v.Actions, a.Identifier)
	}
	return v
}
