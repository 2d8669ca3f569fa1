package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

func (h *Hub) addRepository(spec Repo) (*repository, error) {
	owner := h.accounts[lower(spec.Owner)]
	if owner == nil {
		return nil, fmt.Errorf("add repository %s/%s: no such owner", spec.Owner, spec.Name)
	}
	if spec.Name == "" || strings.ContainsAny(spec.Name, "/ ") {
		return nil, invalid("Repository", "name", "invalid", "")
	}
	key := lower(owner.login + "/" + spec.Name)
	if old := h.names[key]; old != nil && lower(old.fullName()) == key {
		return nil, invalid("Repository", "name", "already_exists", "name already exists on this account")
	}
	branch := cmp.Or(spec.DefaultBranch, "main")
	var parent *repository
	var shared *githost.Repo
	if spec.ForkOf != "" {
		if parent = h.names[lower(spec.ForkOf)]; parent == nil {
			return nil, fmt.Errorf("fork %s: %w", spec.ForkOf, errNotFound)
		}
		shared, branch = parent.git, parent.defaultBranch
	}
	id := h.id()
	git, err := h.newGit(id, branch, shared)
	if err != nil {
		return nil, err
	}
	now := h.now()
	r := &repository{id: id, owner: owner, name: spec.Name, description: spec.Description, private: spec.Private, fork: parent,
		defaultBranch: branch, merge: defaultMergeSettings(), collaborators: map[string]string{}, protected: map[string]*Protection{},
		labels: map[string]*label{}, created: now, updated: now, pushed: now, git: git, pulls: map[int]*pull{}, open: map[int]*pull{},
		byHead: map[string][]*pull{},
		suites: map[string][]*checkSuite{}, suiteByID: map[int64]*checkSuite{}, runByID: map[int64]*checkRun{},
		statuses: map[string][]*status{}, topics: spec.Topics, properties: spec.Properties,
		runs: map[string][]*checkRun{}, groups: map[string]*mergeGroup{}}
	if spec.Merge != nil {
		r.merge = *spec.Merge
		r.merge.fill()
	}
	for login, permission := range spec.Collaborators {
		if h.accounts[lower(login)] == nil || rank(permission) == 0 {
			return nil, fmt.Errorf("add repository %s: collaborator %s: no such user or permission %q", key, login, permission)
		}
		r.collaborators[lower(login)] = permission
	}
	h.repos[id], h.names[key] = r, r
	root := r.network()
	root.family = append(root.family, r)
	h.emit(audience{repo: r}, "repository", "created", owner, object{})
	for _, i := range h.sortedInstallations() {
		if i.all && i.account == owner {
			h.tellRepositories(i, "added", []*repository{r}, owner)
		}
	}
	return r, nil
}

// fill gives the texts GitHub starts with.
func (m *MergeSettings) fill() {
	d := defaultMergeSettings()
	m.SquashTitle, m.SquashMessage = cmp.Or(m.SquashTitle, d.SquashTitle), cmp.Or(m.SquashMessage, d.SquashMessage)
	m.MergeTitle, m.MergeMessage = cmp.Or(m.MergeTitle, d.MergeTitle), cmp.Or(m.MergeMessage, d.MergeMessage)
}

// moveRepository renames a repository, or transfers it when owner is not "". The old name redirects.
func (h *Hub) moveRepository(r *repository, owner, name string, by *account) error {
	to := r.owner
	if owner != "" {
		if to = h.accounts[lower(owner)]; to == nil {
			return fail(http.StatusUnprocessableEntity, "Could not find the new owner")
		}
	}
	name = cmp.Or(name, r.name)
	key := lower(to.login + "/" + name)
	if other := h.names[key]; other != nil && other != r && lower(other.fullName()) == key {
		return invalid("Repository", "name", "already_exists", "name already exists on this account")
	}
	from, oldName, transferred := r.owner, r.name, to != r.owner
	r.owner, r.name, r.updated = to, name, h.now()
	h.names[key] = r
	if transferred {
		kind := "user"
		if from.org != nil {
			kind = "organization"
		}
		for _, i := range h.sortedInstallations() {
			if i.account == from && i.repos[r.id] {
				delete(i.repos, r.id)
				h.tellRepositories(i, "removed", []*repository{r}, by)
			}
		}
		h.emit(audience{repo: r}, "repository", "transferred", by,
			object{"changes": object{"owner": object{"from": object{kind: h.user(from)}}}})
		return nil
	}
	h.emit(audience{repo: r}, "repository", "renamed", by, object{"changes": object{"repository": object{"name": object{"from": oldName}}}})
	return nil
}

func (h *Hub) setVisibility(r *repository, private bool, by *account) {
	if r.private == private {
		return
	}
	r.private, r.updated = private, h.now()
	action := "publicized"
	if private {
		action = "privatized"
	}
	h.emit(audience{repo: r}, "repository", action, by, object{})
}

func (h *Hub) setDefaultBranch(r *repository, branch string, by *account) error {
	if _, ok := r.git.Ref("refs/heads/" + branch); !ok {
		return invalid("Repository", "default_branch", "invalid",
			"The branch "+branch+" was not found. Please push that ref first or create it via the Git Data API.")
	}
	if branch == r.defaultBranch {
		return nil
	}
	if err := r.git.SetHEAD(branch); err != nil {
		return err
	}
	from := r.defaultBranch
	r.defaultBranch = branch
	h.emit(audience{repo: r}, "repository", "edited", by, object{"changes": object{"default_branch": object{"from": from}}})
	return nil
}

func (h *Hub) setCollaborator(r *repository, login, permission string, by *account) error {
	u := h.accounts[lower(login)]
	if u == nil {
		return errNotFound
	}
	was := r.collaborators[lower(login)]
	switch {
	case permission == "" && was == "":
		return nil
	case permission == "":
		delete(r.collaborators, lower(login))
		h.emit(audience{repo: r}, "member", "removed", by, object{"member": h.user(u)})
		return nil
	case rank(permission) == 0:
		return invalid("Collaborator", "permission", "invalid", "")
	}
	r.collaborators[lower(login)] = permission
	if was == "" {
		h.emit(audience{repo: r}, "member", "added", by,
			object{"member": h.user(u),
				"changes": object{"permission": object{"to": legacy(rank(permission))},
					"role_name": object{"to": rankRole[rank(permission)]}}})
	} else {
		h.emit(audience{repo: r}, "member", "edited", by,
			object{"member": h.user(u),
				"changes": object{"old_permission": object{"from": legacy(rank(was))},
					"permission": object{"from": legacy(rank(was)), "to": legacy(rank(permission))}}})
	}
	return nil
}

// commitFiles makes a commit without moving a branch. It takes no lock but git's own.
func (h *Hub) commitFiles(r *repository, c Commit) (string, error) {
	g := r.git
	parents := c.Parents
	if parents == nil {
		from := cmp.Or(c.From, c.Branch)
		if tip, err := g.Resolve(context.Background(), from); err == nil {
			parents = []string{tip}
		} else if c.From != "" {
			return "", fmt.Errorf("commit: from %s: %w", c.From, err)
		} else if tip, ok := g.Ref("refs/heads/" + r.defaultBranch); ok {
			parents = []string{tip}
		}
	}
	base := ""
	if len(parents) > 0 {
		first, err := g.Commit(parents[0])
		if err != nil {
			return "", fmt.Errorf("commit: parent: %w", err)
		}
		base = first.Tree
	}
	files := map[string]*githost.File{}
	for name, content := range c.Files {
		files[name] = &githost.File{Content: []byte(content), Mode: c.Modes[name]}
	}
	for _, name := range c.Delete {
		files[name] = nil
	}
	tree, err := g.WriteTree(base, files)
	if err != nil {
		return "", err
	}
	author := h.signature(h.accounts[lower(c.Author)])
	if c.Author != "" && h.accounts[lower(c.Author)] == nil {
		return "", fmt.Errorf("commit: no user %q", c.Author)
	}
	if c.When != (time.Time{}) {
		author.When = c.When
	}
	if c.AuthorName != "" {
		author.Name, author.Email = c.AuthorName, c.AuthorEmail
	}
	committer := author
	if c.Signed {
		committer = githost.Signature{Name: "GitHub", Email: forgeEmail, When: author.When}
	}
	return g.WriteCommit(
		githost.Commit{Tree: tree, Parents: parents, Author: author, Committer: committer, Message: cmp.Or(c.Message, "change")})
}
