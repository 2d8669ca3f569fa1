package gitlab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	return m, nil
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
	Squash                     *bool
}

// Edit changes a merge request. A new target makes a new version.
func (l *Lab) Edit(id, iid int64, by string, e Edit) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error { return l.edit(m, u, e) })
}

func (l *Lab) edit(m *request, by *user, e Edit) error {
	now := l.now()
	if e.Title != nil {
		m.title = *e.Title
	}
	if e.Description != nil {
		m.description = *e.Description
	}
	if e.Squash != nil {
		m.squash = *e.Squash
	}
	if e.Labels != nil {
		m.labels = nil
		for _, name := range e.Labels {
			m.labels = append(m.labels, l.label(m.target, name))
		}
	}
	if e.Reviewers != nil {
		if err := l.setReviewers(m, e.Reviewers); err != nil {
			return err
		}
	}
	m.updated = now
	if e.Target != nil && *e.Target != m.targetRef {
		if _, ok := m.target.branch(*e.Target); !ok {
			return fmt.Errorf("retarget !%d: branch %q does not exist", m.iid, *e.Target)
		}
		m.targetRef = *e.Target
		if err := l.newVersion(m); err != nil {
			return err
		}
	}
	if e.State == nil || *e.State == m.state {
		return nil
	}
	m.state = *e.State
	if m.state == "closed" {
		m.closedAt, m.closedBy = now, by
		return nil
	}
	m.closedAt, m.closedBy = time.Time{}, nil
	if sha, ok := m.source.branch(m.sourceRef); ok && sha != m.head {
		return l.newHead(m, sha, by)
	}
	return nil
}

// Approve approves a merge request as somebody.
func (l *Lab) Approve(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, l.approve)
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

// noteInput is what makes a note: in a thread that exists, one that it begins, or alone.
type noteInput struct {
	body       string
	discussion string // "" begins one
	thread     bool   // begins a thread that can be answered and resolved
	system     bool
	position   *position
}

func (l *Lab) addNote(m *request, u *user, in noteInput) *note {
	now := l.now()
	n := &note{
		id:         l.id(),
		discussion: in.discussion,
		body:       in.body,
		author:     u,
		system:     in.system,
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
	return n
}

// Job is a job of a pipeline to play. State "" is success.
type Job struct {
	Name, State  string
	AllowFailure bool
}

// Pipeline describes a pipeline to start: of a branch, or with IID of a merge request.
type Pipeline struct {
	Branch string
	SHA    string // "" is the branch's or request's head
	IID    int64
	Merged bool   // for merged results: its commit is a merge made for it
	Train  bool   // of a merge train: likewise
	Source string // "" is push or merge_request_event
	State  string // without jobs: the pipeline's own state
	Jobs   []Job
	By     string // "" is root
}

// StartPipeline starts a pipeline and returns its id and the commit that it is of.
func (l *Lab) StartPipeline(id int64, spec Pipeline) (pipeline int64, sha string, err error) {
	err = l.locked(id, func(p *project) error {
		x, err := l.startPipeline(p, spec)
		if err != nil {
			return fmt.Errorf("start a pipeline: %w", err)
		}
		pipeline, sha = x.id, x.sha
		return nil
	})
	return pipeline, sha, err
}

func (l *Lab) startPipeline(p *project, spec Pipeline) (*pipeline, error) {
	u, err := l.person(cmp.Or(spec.By, "root"))
	if err != nil {
		return nil, err
	}
	now := l.now()
	x := &pipeline{
		project: p,
		kind:    "branch",
		ref:     spec.Branch,
		sha:     spec.SHA,
		source:  cmp.Or(spec.Source, "push"),
		fixed:   spec.State,
		user:    u,
		created: now,
		updated: now,
	}
	if spec.IID != 0 {
		m := p.requests[spec.IID]
		if m == nil {
			return nil, fmt.Errorf("merge request !%d does not exist", spec.IID)
		}
		x.request, x.kind, x.source, x.sha = m, "request", cmp.Or(spec.Source, "merge_request_event"), cmp.Or(spec.SHA, m.head)
		x.ref = fmt.Sprintf("refs/merge-requests/%d/head", m.iid)
		if spec.Merged || spec.Train {
			if err := l.mergedResult(x, m, spec.Train); err != nil {
				return nil, err
			}
		}
	} else if x.sha == "" {
		var ok bool
		if x.sha, ok = p.branch(spec.Branch); !ok {
			return nil, fmt.Errorf("branch %q does not exist", spec.Branch)
		}
	}
	p.nextPipeline++
	x.id, x.iid = l.id(), p.nextPipeline
	for _, j := range spec.Jobs {
		x.jobs = append(
			x.jobs,
			&job{id: l.id(), name: j.Name, stage: "test", state: cmp.Or(j.State, "success"), allowFailure: j.AllowFailure,
				user: u, created: now},
		)
	}
	p.pipelines = append(p.pipelines, x)
	return x, nil
}

// mergedResult makes the merge of a request's head and its target that the pipeline runs on.
func (l *Lab) mergedResult(x *pipeline, m *request, train bool) error {
	x.sourceSHA = m.head
	tip, ok := m.target.branch(m.targetRef)
	if !ok {
		return fmt.Errorf("branch %q does not exist", m.targetRef)
	}
	merge, err := m.target.git.MergeTree(asking(), tip, m.head)
	if err != nil || merge.Conflicts {
		return cmp.Or(err, fmt.Errorf("!%d has conflicts", m.iid))
	}
	who := githost.Signature{Name: m.author.name, Email: m.author.email, When: l.now()}
	x.kind, x.targetSHA, x.ref = "merged", tip, fmt.Sprintf("refs/merge-requests/%d/merge", m.iid)
	if train {
		x.kind, x.ref = "train", fmt.Sprintf("refs/merge-requests/%d/train", m.iid)
	}
	x.sha, err = m.target.git.WriteCommit(
		githost.Commit{Tree: merge.Tree, Parents: []string{tip, m.head}, Author: who, Committer: who,
			Message: fmt.Sprintf("Merge branch '%s' into '%s'", m.sourceRef, m.targetRef)},
	)
	if err != nil {
		return err
	}
	return m.target.git.SetRef(x.ref, x.sha)
}

// SetJob moves a job of a pipeline to another state; a name that it does not have begins one.
func (l *Lab) SetJob(id, pipeline int64, name, state string) error {
	return l.locked(id, func(p *project) error {
		for _, x := range p.pipelines {
			if x.id != pipeline {
				continue
			}
			now := l.now()
			x.updated, x.fixed = now, ""
			i := slices.IndexFunc(x.jobs, func(j *job) bool { return j.name == name && !j.status && !j.retried })
			if i < 0 {
				x.jobs = append(x.jobs, &job{id: l.id(), name: name, stage: "test", user: x.user, created: now})
				i = len(x.jobs) - 1
			}
			x.jobs[i].state = strings.ToLower(state)
			if finished(state) {
				x.jobs[i].finished = now
			}
			return l.pipelineChanged(x)
		}
		return fmt.Errorf("pipeline %d does not exist", pipeline)
	})
}
