package gitlab

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// Commit describes a commit to make and push to a branch. A branch that does not exist starts at From.
type Commit struct {
	Branch, From string // From is a branch or a commit; "" is the default branch
	Message      string
	By           string // username of author, committer and pusher; "" is root
	Files        map[string]string
	Modes        map[string]string // of files, as 100755
	Delete       []string
	Amend        bool // replaces the branch's tip
	Orphan       bool // has no parent: the branch begins a history of its own
}

// Commit makes a commit, pushes it, and returns its id.
func (l *Lab) Commit(id int64, c Commit) (sha string, err error) {
	err = l.locked(id, func(p *project) error {
		u, err := l.person(cmp.Or(c.By, "root"))
		if err != nil {
			return err
		}
		if sha, err = l.write(p, c, u); err != nil {
			return fmt.Errorf("commit to %s of %s: %w", c.Branch, p.path, err)
		}
		return l.move(p, c.Branch, sha, u)
	})
	return sha, err
}

func (l *Lab) write(p *project, c Commit, u *user) (string, error) {
	tip, exists := p.branch(c.Branch)
	if c.Orphan {
		tip, exists = "", true
	}
	if !exists {
		var err error
		if tip, err = p.git.Resolve(asking(), c.From); err != nil && len(p.git.RefNames("refs/heads/")) > 0 {
			return "", err
		}
	}
	base := ""
	var parents []string
	if tip != "" {
		at, err := p.git.Commit(tip)
		if err != nil {
			return "", err
		}
		base, parents = at.Tree, []string{tip}
		if c.Amend {
			parents = at.Parents
		}
	}
	files := map[string]*githost.File{}
	for name, content := range c.Files {
		files[name] = &githost.File{Mode: c.Modes[name], Content: []byte(content)}
	}
	for _, name := range c.Delete {
		files[name] = nil
	}
	tree, err := p.git.WriteTree(base, files)
	if err != nil {
		return "", err
	}
	who := githost.Signature{Name: u.name, Email: u.email, When: l.now()}
	return p.git.WriteCommit(githost.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: c.Message})
}

// move points a branch at a commit, as a push does.
func (l *Lab) move(p *project, branch, sha string, by *user) error {
	name := "refs/heads/" + branch
	old, _ := p.git.Ref(name)
	if err := p.git.SetRef(name, sha); err != nil {
		return err
	}
	return l.pushed(p, []githost.RefChange{{Name: name, Old: old, New: sha}}, by)
}

// Push points a branch at a commit that the project has, as a forced push does.
func (l *Lab) Push(id int64, branch, sha, by string) error {
	return l.locked(id, func(p *project) error {
		u, err := l.person(by)
		if err != nil {
			return err
		}
		if _, err := p.git.Commit(sha); err != nil {
			return fmt.Errorf("push to %s: %w", branch, err)
		}
		return l.move(p, branch, sha, u)
	})
}

// Tip is a branch's commit, "" when it does not exist.
func (l *Lab) Tip(id int64, branch string) (sha string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if p := l.projects[id]; p != nil {
		sha, _ = p.branch(branch)
	}
	return sha
}

// Request describes a merge request to open. SourceProject 0 is the target itself.
type Request struct {
	Source, Target     string // branches; Target "" is the default branch
	SourceProject      int64
	Title, Description string
	By                 string
	Labels, Reviewers  []string
	Squash             bool
}

// Open opens a merge request into a project and returns its iid.
func (l *Lab) Open(id int64, r Request) (iid int64, err error) {
	err = l.locked(id, func(p *project) error {
		u, err := l.person(r.By)
		if err != nil {
			return err
		}
		source := p
		if r.SourceProject != 0 {
			if source = l.projects[r.SourceProject]; source == nil {
				return fmt.Errorf("project %d does not exist", r.SourceProject)
			}
		}
		m, err := l.open(p, source, r, u)
		if err != nil {
			return fmt.Errorf("open a merge request of %s: %w", r.Source, err)
		}
		iid = m.iid
		return nil
	})
	return iid, err
}

func (l *Lab) open(target, source *project, r Request, u *user) (*request, error) {
	head, ok := source.branch(r.Source)
	if !ok {
		return nil, fmt.Errorf("the source branch %q does not exist", r.Source)
	}
	m := &request{
		target:      target,
		source:      source,
		sourceRef:   r.Source,
		targetRef:   cmp.Or(r.Target, target.defaultBranch),
		head:        head,
		title:       cmp.Or(r.Title, r.Source),
		description: r.Description,
		author:      u,
		state:       "opened",
		squash:      r.Squash,
		created:     l.now(),
		updated:     l.now(),
	}
	for _, other := range target.requests {
		if other.state == "opened" && other.source == source && other.sourceRef == m.sourceRef && other.targetRef == m.targetRef {
			return nil, fmt.Errorf("another open merge request already exists for this source branch: !%d", other.iid)
		}
	}
	for _, name := range r.Labels {
		m.labels = append(m.labels, l.label(target, name))
	}
	if err := l.setReviewers(m, r.Reviewers); err != nil {
		return nil, err
	}
	target.nextIID++
	m.id, m.iid = l.id(), target.nextIID
	if err := l.newVersion(m); err != nil {
		return nil, err
	}
	target.requests[m.iid], l.requests[m.id] = m, m
	l.requestEvent(m, "open", u, nil, nil)
	if what := asked(nil, m.reviewers); what != "" {
		l.recount(m, u, "user", what)
	}
	return m, l.runJobs(m)
}

// label is a project's label, made when it is missing.
func (l *Lab) label(p *project, name string) *label {
	for _, x := range p.labels {
		if x.name == name {
			return x
		}
	}
	x := &label{id: l.id(), name: name, color: "#6699cc", created: l.now()}
	p.labels = append(p.labels, x)
	return x
}

func (l *Lab) setReviewers(m *request, names []string) error {
	var out []*reviewer
	for _, name := range names {
		u, err := l.person(name)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(m.reviewers, func(r *reviewer) bool { return r.user == u })
		if i >= 0 {
			out = append(out, m.reviewers[i])
		} else {
			out = append(out, &reviewer{user: u, state: "unreviewed", created: l.now()})
		}
	}
	m.reviewers = out
	return nil
}

// onRequest runs f with a merge request and whoever acts, under the lock.
func (l *Lab) onRequest(id, iid int64, by string, f func(*request, *user) error) error {
	return l.locked(id, func(p *project) error {
		m := p.requests[iid]
		if m == nil {
			return fmt.Errorf("merge request !%d of %s does not exist", iid, p.path)
		}
		u, err := l.person(by)
		if err != nil {
			return err
		}
		return f(m, u)
	})
}

// Edit is what to change of a merge request; nil leaves it.
type Edit struct {
	Title, Description, Target *string
	State                      *string // closed or opened
	Labels, Reviewers          []string
	Assignees                  []string
	Squash                     *bool
}

// Edit changes a merge request. A new target makes a new version.
func (l *Lab) Edit(id, iid int64, by string, e Edit) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error { return l.edit(m, u, e) })
}

func (l *Lab) edit(m *request, by *user, e Edit) error {
	changes := object{"updated_at": changed(utc(m.updated), utc(l.now()))}
	l.editText(m, by, e, changes)
	if e.Labels != nil {
		before := hookLabels(m.target, m.labels)
		m.labels = nil
		for _, name := range e.Labels {
			m.labels = append(m.labels, l.label(m.target, name))
		}
		changes["labels"] = changed(before, hookLabels(m.target, m.labels))
	}
	if e.Reviewers != nil {
		before, were := l.reviewerUsers(m), m.reviewers
		if err := l.setReviewers(m, e.Reviewers); err != nil {
			return err
		}
		if what := asked(were, m.reviewers); what != "" {
			l.recount(m, by, "user", what)
		}
		changes["reviewers"] = changed(before, l.reviewerUsers(m))
	}
	if e.Assignees != nil {
		before := l.basicUsers(m.assignees)
		m.assignees = nil
		for _, name := range e.Assignees {
			u, err := l.person(name)
			if err != nil {
				return err
			}
			m.assignees = append(m.assignees, u)
		}
		changes["assignees"] = changed(before, l.basicUsers(m.assignees))
	}
	m.updated = l.now()
	if e.Target != nil && *e.Target != m.targetRef {
		if _, ok := m.target.branch(*e.Target); !ok {
			return fmt.Errorf("retarget !%d: branch %q does not exist", m.iid, *e.Target)
		}
		changes["target_branch"] = changed(m.targetRef, *e.Target)
		l.recount(m, by, "fork", fmt.Sprintf("changed target branch from `%s` to `%s`", m.targetRef, *e.Target))
		m.targetRef = *e.Target
		if err := l.newVersion(m); err != nil {
			return err
		}
	}
	if len(changes) > 1 {
		l.requestEvent(m, "update", by, changes, nil)
	}
	if e.State == nil || *e.State == m.state {
		return nil
	}
	return l.setState(m, by, *e.State)
}

func (l *Lab) editText(m *request, by *user, e Edit, changes object) {
	if e.Title != nil && *e.Title != m.title {
		was := m.draft()
		changes["title"] = changed(m.title, *e.Title)
		if m.title = *e.Title; was != m.draft() {
			changes["draft"] = changed(was, m.draft())
			l.recount(m, by, "pencil", "marked this merge request as **"+map[bool]string{true: "draft", false: "ready"}[m.draft()]+"**")
		}
	}
	if e.Description != nil && *e.Description != m.description {
		changes["description"] = changed(m.description, *e.Description)
		m.description = *e.Description
	}
	if e.Squash != nil && *e.Squash != m.squash {
		changes["squash"] = changed(m.squash, *e.Squash)
		m.squash = *e.Squash
	}
}

// setState closes a merge request or opens it again, at the head that its branch has by now. GitLab keeps these as events of
// a resource, and no note tells of them, nor of what a reopening takes over.
func (l *Lab) setState(m *request, by *user, state string) error {
	changes := object{"state_id": changed(stateID(m.state), stateID(state))}
	m.state = state
	if state == "closed" {
		m.closedAt, m.closedBy = l.now(), by
		l.moved(m, by, "closed")
		l.requestEvent(m, "close", by, changes, nil)
		return nil
	}
	m.closedAt, m.closedBy = time.Time{}, nil
	l.moved(m, by, "reopened")
	l.requestEvent(m, "reopen", by, changes, nil)
	if m.source == nil {
		return nil
	}
	if sha, ok := m.source.branch(m.sourceRef); ok && sha != m.head {
		return l.newHead(m, sha, by, false)
	}
	return nil
}

// Approve approves a merge request as somebody.
func (l *Lab) Approve(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, l.approve)
}

// NoteApproval writes the note of an approval: GitLab's job for it may be late, and writes another when it runs twice.
func (l *Lab) NoteApproval(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error {
		l.recount(m, u, "check", "approved this merge request")
		return nil
	})
}

// Unapprove takes somebody's approval back.
func (l *Lab) Unapprove(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, l.unapprove)
}

// RequestChanges makes somebody a reviewer who requested changes.
func (l *Lab) RequestChanges(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error {
		if !slices.ContainsFunc(m.reviewers, func(r *reviewer) bool { return r.user == u }) {
			m.reviewers = append(m.reviewers, &reviewer{user: u, created: l.now()})
		}
		m.review(u, "requested_changes")
		m.updated = l.now()
		return nil
	})
}

// Say writes a comment and returns its id.
func (l *Lab) Say(id, iid int64, by, body string) (note int64, err error) {
	err = l.onRequest(id, iid, by, func(m *request, u *user) error {
		note = l.addNote(m, u, noteInput{body: body}).id
		return nil
	})
	return note, err
}

// Reply answers in the thread of a note and returns the answer's id.
func (l *Lab) Reply(id, iid, to int64, by, body string) (answer int64, err error) {
	err = l.onNote(id, iid, to, by, func(m *request, n *note, u *user) error {
		answer = l.addNote(m, u, noteInput{body: body, discussion: n.discussion, position: n.position}).id
		return nil
	})
	return answer, err
}

// Award gives a note an emoji, as "thumbsup".
func (l *Lab) Award(id, iid, to int64, by, name string) error {
	return l.onNote(id, iid, to, by, func(m *request, n *note, u *user) error {
		a := &award{id: l.id(), name: name, user: u, created: l.now()}
		n.emoji = append(n.emoji, a)
		l.emojiEvent(m, n, a, "award")
		return nil
	})
}

// Resolve resolves the thread of a note, or opens it again.
func (l *Lab) Resolve(id, iid, of int64, by string, resolved bool) error {
	return l.onNote(id, iid, of, by, func(m *request, n *note, u *user) error {
		for _, x := range m.notes {
			if x.discussion == n.discussion && x.resolvable {
				x.resolved, x.resolvedBy, x.resolvedAt = resolved, u, l.now()
			}
		}
		return nil
	})
}

func (l *Lab) onNote(id, iid, of int64, by string, f func(*request, *note, *user) error) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error {
		for _, n := range m.notes {
			if n.id == of {
				return f(m, n, u)
			}
		}
		return fmt.Errorf("note %d of !%d does not exist", of, iid)
	})
}

// noteInput is what makes a note: in a thread that exists, one that it begins, or alone.
type noteInput struct {
	body       string
	discussion string // "" begins one
	thread     bool   // begins a thread that can be answered and resolved
	system     bool
	position   *position
	icon       string
}

// recount notes what was done to a merge request, as GitLab does by itself.
func (l *Lab) recount(m *request, by *user, icon, what string) {
	l.addNote(m, by, noteInput{body: what, system: true, icon: icon})
}

func (l *Lab) addNote(m *request, u *user, in noteInput) *note {
	now := l.now()
	n := &note{
		id:         l.id(),
		discussion: in.discussion,
		body:       in.body,
		author:     u,
		system:     in.system,
		icon:       in.icon,
		created:    now,
		updated:    now,
		position:   in.position,
	}
	switch {
	case in.position != nil:
		n.kind, n.resolvable = "DiffNote", true
	case in.thread || in.discussion != "":
		n.kind, n.resolvable = "DiscussionNote", true
	default:
		n.individual = true
	}
	if n.discussion == "" {
		n.discussion = random(20)
	}
	m.notes = append(m.notes, n)
	if !in.system {
		m.updated = now
	}
	l.noteEvent(m, n, "create", u)
	return n
}
