package fakehub

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fakehub/githost"
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
			return nil, invalid("PullRequest", "", "custom", fmt.Sprintf("A pull request already exists for %s:%s.", from.owner.login, branch))
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
	base := ""
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
		if err := h.pullEvent(p, "edited", by, object{"changes": changes}); err != nil {
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
		if err := h.pullEvent(p, "labeled", by, object{"label": h.label(p.repo, l)}); err != nil {
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
	return h.pullEvent(p, "unlabeled", by, object{"label": h.label(p.repo, l)})
}

// mergePull merges by one of GitHub's three ways.
func (h *Hub) mergePull(p *pull, method, title, text, sha string, by *account) error {
	m := p.repo.merge
	switch {
	case p.state != "open" || p.draft:
		return fail(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	case sha != "" && sha != p.headSHA:
		return fail(http.StatusConflict, "Head branch was modified. Review and try the merge again.")
	case method == "merge" && !m.Merge:
		return fail(http.StatusMethodNotAllowed, "Merge commits are not allowed on this repository.")
	case method == "squash" && !m.Squash:
		return fail(http.StatusMethodNotAllowed, "Squash merges are not allowed on this repository.")
	case method == "rebase" && !m.Rebase:
		return fail(http.StatusMethodNotAllowed, "Rebase merges are not allowed on this repository.")
	}
	if why := h.refusal(p); why != "" {
		return fail(http.StatusMethodNotAllowed, "%s", why)
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok {
		return fail(http.StatusMethodNotAllowed, "Base branch does not exist")
	}
	commit, err := h.landing(p, tip, method, title, text, by)
	if err != nil {
		return err
	}
	if err := p.repo.git.SetRef("refs/heads/"+p.baseRef, commit); err != nil {
		return err
	}
	if err := h.merged(p, commit, by); err != nil {
		return err
	}
	return h.pushed(p.repo, githost.RefChange{Name: "refs/heads/" + p.baseRef, Old: tip, New: commit}, by)
}

// landing makes the commit that puts a pull request on top of a base, by one of the three ways.
func (h *Hub) landing(p *pull, tip, method, title, text string, by *account) (string, error) {
	g := p.repo.git
	m, err := g.MergeTree(context.Background(), tip, p.headSHA)
	if err != nil {
		return "", err
	}
	if m.Conflicts {
		return "", fail(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	who := h.signature(by)
	c := githost.Commit{Tree: m.Tree, Parents: []string{tip}, Author: who, Committer: githost.Signature{Name: "GitHub", Email: "noreply@github.com", When: who.When}}
	switch method {
	case "squash":
		c.Author = h.signature(p.user)
		defaultTitle, defaultText, err := h.squashText(p)
		if err != nil {
			return "", err
		}
		c.Message = joinMessage(title, defaultTitle, text, defaultText)
	case "rebase":
		return h.replay(p, tip)
	default:
		c.Parents = append(c.Parents, p.headSHA)
		owner := p.user.login
		if p.headRepo != nil {
			owner = p.headRepo.owner.login
		}
		c.Message = joinMessage(title, fmt.Sprintf("Merge pull request #%d from %s/%s", p.number, owner, p.headRef), text, p.title)
	}
	return g.WriteCommit(c)
}

func joinMessage(title, otherTitle, text, otherText string) string {
	if title == "" {
		title = otherTitle
	}
	if text == "" {
		text = otherText
	}
	return strings.TrimSpace(title + "\n\n" + text)
}

// squashText is the title and text GitHub proposes for a squash merge under the repository's settings.
func (h *Hub) squashText(p *pull) (title, text string, err error) {
	c, err := p.comparison()
	if err != nil {
		return "", "", err
	}
	var messages []string
	for _, sha := range c.Ahead {
		commit, err := p.repo.git.Commit(sha)
		if err != nil {
			return "", "", err
		}
		messages = append(messages, message(commit))
	}
	title = p.title
	var body string
	if len(messages) == 1 && p.repo.merge.SquashTitle == "COMMIT_OR_PR_TITLE" {
		title, body, _ = strings.Cut(messages[0], "\n")
	}
	title += fmt.Sprintf(" (#%d)", p.number)
	switch p.repo.merge.SquashMessage {
	case "PR_BODY":
		text = p.body
	case "COMMIT_MESSAGES":
		if text = strings.TrimSpace(body); len(messages) > 1 {
			text = "* " + strings.Join(messages, "\n\n* ")
		}
	}
	return title, text, nil
}

// replay puts each commit of a pull request on top of tip, one by one, as a rebase merge does.
func (h *Hub) replay(p *pull, tip string) (string, error) {
	g := p.repo.git
	c, err := p.comparison()
	if err != nil {
		return "", err
	}
	for _, sha := range c.Ahead {
		old, err := g.Commit(sha)
		if err != nil {
			return "", err
		}
		m, err := g.MergeTree(context.Background(), tip, sha)
		if err != nil {
			return "", err
		}
		if m.Conflicts {
			return "", fail(http.StatusMethodNotAllowed, "This branch can't be rebased")
		}
		if tip, err = g.WriteCommit(githost.Commit{Tree: m.Tree, Parents: []string{tip}, Author: old.Author,
			Committer: githost.Signature{Name: "GitHub", Email: "noreply@github.com", When: h.now()}, Message: old.Message}); err != nil {
			return "", err
		}
	}
	return tip, nil
}

// signature is a user as author of a commit.
func (h *Hub) signature(u *account) githost.Signature {
	s := githost.Signature{Name: "ghost", Email: "ghost@users.noreply.github.com", When: h.now()}
	if u != nil {
		s.Name, s.Email = u.name, u.email
		if s.Name == "" {
			s.Name = u.login
		}
		if s.Email == "" {
			s.Email = fmt.Sprintf("%d+%s@users.noreply.github.com", u.id, u.login)
		}
	}
	return s
}
