package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (p *pull) ref() string { return "refs/pull/" + strconv.Itoa(p.number) + "/head" }

func (p *pull) setHead(sha string) {
	p.headSHA = sha
	if !slices.Contains(p.repo.byHead[sha], p) {
		p.repo.byHead[sha] = append(p.repo.byHead[sha], p)
	}
}

func (p *pull) setState(state string) {
	p.state = state
	if state == "open" {
		p.repo.open[p.number] = p
	} else {
		delete(p.repo.open, p.number)
	}
}

// newPull is what opening a pull request takes. Head is "branch" or "owner:branch".
type newPull struct {
	Title string  `json:"title"`
	Head  string  `json:"head"`
	Base  string  `json:"base"`
	Body  *string `json:"body"`
	Draft bool    `json:"draft"`
	// HeadRepo names the repository when an owner has more than one of the network.
	HeadRepo string `json:"head_repo"`
	CanEdit  *bool  `json:"maintainer_can_modify"`
}

// source finds the repository and branch of a head.
func (h *Hub) source(r *repository, n newPull) (*repository, string, error) {
	owner, branch, ok := strings.Cut(n.Head, ":")
	if !ok {
		owner, branch = r.owner.login, n.Head
	}
	if n.HeadRepo != "" {
		name := n.HeadRepo
		if !strings.Contains(name, "/") {
			name = owner + "/" + name
		}
		if from := h.names[lower(name)]; from != nil && from.network() == r.network() {
			return from, branch, nil
		}
		return nil, "", invalid("PullRequest", "head_repo", "invalid", "")
	}
	if strings.EqualFold(owner, r.owner.login) {
		return r, branch, nil
	}
	for _, other := range r.network().family {
		if strings.EqualFold(other.owner.login, owner) {
			return other, branch, nil
		}
	}
	return nil, "", invalid("PullRequest", "head", "invalid", "")
}

// network is the repository at the root of the forks.
func (r *repository) network() *repository {
	for r.fork != nil {
		r = r.fork
	}
	return r
}

func (h *Hub) openPull(r *repository, n newPull, by *account) (*pull, error) {
	if strings.TrimSpace(n.Title) == "" {
		return nil, invalid("PullRequest", "title", "missing_field", "")
	}
	from, branch, err := h.source(r, n)
	if err != nil {
		return nil, err
	}
	head, ok := from.git.Ref("refs/heads/" + branch)
	if !ok {
		return nil, invalid("PullRequest", "head", "invalid", "")
	}
	base, ok := r.git.Ref("refs/heads/" + n.Base)
	if !ok {
		return nil, invalid("PullRequest", "base", "invalid", "")
	}
	for _, p := range r.pulls {
		if p.state == "open" && p.headRepo == from && p.headRef == branch && p.baseRef == n.Base {
			return nil, invalid("PullRequest", "", "custom",
				fmt.Sprintf("A pull request already exists for %s:%s.", from.owner.login, branch))
		}
	}
	c, err := r.git.Compare(context.Background(), base, head)
	if err != nil {
		return nil, err
	}
	if len(c.Ahead) == 0 {
		return nil, invalid("PullRequest", "", "custom", fmt.Sprintf("No commits between %s and %s", n.Base, branch))
	}
	now := h.now()
	p := &pull{id: h.id(), number: r.nextNumber + 1, repo: r, headRepo: from, headRef: branch, baseRef: n.Base, baseSHA: base,
		title: n.Title, user: by, draft: n.Draft, state: "open", created: now, updated: now, maintainerCanEdit: from != r}
	h.id() // its issue's id
	if n.Body != nil {
		p.body = *n.Body
	}
	if err := r.git.SetRef(p.ref(), head); err != nil {
		return nil, err
	}
	r.nextNumber++
	r.pulls[p.number] = p
	p.setState("open")
	p.setHead(head)
	return p, h.pullEvent(p, "opened", by, nil)
}

// pullEdit changes what is not nil.
type pullEdit struct {
	Title *string `json:"title"`
	Body  *string `json:"body"`
	State *string `json:"state"`
	Base  *string `json:"base"`
}

func (h *Hub) editPull(p *pull, e pullEdit, by *account) error {
	changes := object{}
	if e.Title != nil && *e.Title != p.title {
		changes["title"] = object{"from": p.title}
	}
	if e.Body != nil && *e.Body != p.body {
		changes["body"] = object{"from": p.body}
	}
	base, from := "", p.baseRef
	if e.Base != nil && *e.Base != p.baseRef {
		tip, ok := p.repo.git.Ref("refs/heads/" + *e.Base)
		if !ok {
			return invalid("PullRequest", "base", "invalid", "")
		}
		if p.state != "open" {
			return invalid("PullRequest", "base", "invalid", "Cannot change the base branch of a closed pull request.")
		}
		base = tip
		changes["base"] = object{"ref": object{"from": p.baseRef}, "sha": object{"from": p.baseSHA}}
	}
	if e.State != nil && *e.State != "open" && *e.State != "closed" {
		return invalid("PullRequest", "state", "invalid", "")
	}
	if len(changes) > 0 {
		if e.Title != nil {
			p.title = *e.Title
		}
		if e.Body != nil {
			p.body = *e.Body
		}
		if base != "" {
			p.baseRef, p.baseSHA = *e.Base, base
		}
		p.updated = h.now()
		what := moment{}
		if base != "" {
			what = moment{kind: "BaseRefChangedEvent", from: from, to: p.baseRef}
		}
		if err := h.pullMoment(p, "edited", by, object{"changes": changes}, what); err != nil {
			return err
		}
	}
	if e.State == nil || *e.State == p.state {
		return nil
	}
	if *e.State == "closed" {
		return h.closePull(p, by)
	}
	return h.reopenPull(p, by)
}

func (h *Hub) closePull(p *pull, by *account) error {
	p.baseSHA = p.diffBase()
	p.setState("closed")
	p.closedAt, p.updated = h.now(), h.now()
	return h.pullEvent(p, "closed", by, nil)
}

func (h *Hub) reopenPull(p *pull, by *account) error {
	if p.merged || p.headRepo == nil {
		return invalid("PullRequest", "state", "invalid", "state cannot be changed. The pull request cannot be reopened.")
	}
	head, ok := p.headRepo.git.Ref("refs/heads/" + p.headRef)
	base, ok2 := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok || !ok2 {
		return invalid("PullRequest", "state", "invalid", "state cannot be changed. The head or base branch has been deleted.")
	}
	p.setState("open")
	p.updated, p.baseSHA = h.now(), base
	p.closedAt = p.mergedAt
	p.setHead(head)
	return h.pullEvent(p, "reopened", by, nil)
}

// merged records that a pull request is in its base as commit sha.
func (h *Hub) merged(p *pull, sha string, by *account) error {
	p.baseSHA = p.baseBefore(sha)
	p.setState("closed")
	p.merged, p.mergeSHA, p.mergedBy = true, sha, by
	p.mergedAt, p.closedAt, p.updated = h.now(), h.now(), h.now()
	return h.pullEvent(p, "closed", by, nil)
}

// baseBefore is the base a merge commit was put on, so that the diff stays what it was.
func (p *pull) baseBefore(merge string) string {
	if c, err := p.repo.git.Commit(merge); err == nil && merge != p.headSHA && len(c.Parents) > 0 {
		return c.Parents[0]
	}
	return p.baseSHA
}

func (h *Hub) setDraft(p *pull, draft bool, by *account) error {
	if p.draft == draft {
		return nil
	}
	p.draft, p.updated = draft, h.now()
	action := "ready_for_review"
	if draft {
		action = "converted_to_draft"
	}
	return h.pullEvent(p, action, by, nil)
}

// setLabels adds and removes labels by name; a label the repository does not have is made, as GitHub does.
func (h *Hub) addLabels(p *pull, names []string, by *account) error {
	for _, name := range names {
		l := p.repo.labels[lower(name)]
		if l == nil {
			l = &label{id: h.id(), name: name, color: "ededed"}
			p.repo.labels[lower(name)] = l
		}
		if slices.Contains(p.labels, l) {
			continue
		}
		p.labels, p.updated = append(slices.Clone(p.labels), l), h.now()
		what := moment{kind: "LabeledEvent", label: l}
		if err := h.pullMoment(p, "labeled", by, object{"label": h.label(p.repo, l)}, what); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) removeLabel(p *pull, name string, by *account) error {
	i := slices.IndexFunc(p.labels, func(l *label) bool { return strings.EqualFold(l.name, name) })
	if i < 0 {
		return fail(http.StatusNotFound, "Label does not exist")
	}
	l := p.labels[i]
	p.labels, p.updated = slices.Delete(slices.Clone(p.labels), i, i+1), h.now()
	return h.pullMoment(p, "unlabeled", by, object{"label": h.label(p.repo, l)}, moment{kind: "UnlabeledEvent", label: l})
}
