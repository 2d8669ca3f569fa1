package github

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// The methods here are the Go API: they seed the hub and act as people do, with the same webhooks as the REST API. They
// name things as people do: a login, "owner/name", a pull request's number.

// User is a person.
type User struct{ Login, Name, Email string }

// Org is an organisation. BasePermission is what every member may do in every repository: none, read (the default),
// write or admin. Members maps logins to member or admin.
type Org struct {
	Login, BasePermission string
	Members               map[string]string
}

// Team is a team of an organisation. Parent is a slug. Members maps logins to member or maintainer; Repos maps
// "owner/name" to pull, triage, push, maintain or admin.
type Team struct {
	Org, Slug, Name, Parent string
	Secret                  bool
	Members, Repos          map[string]string
}

// Repo is a repository. DefaultBranch "" is main. Collaborators maps logins to permissions. Merge nil is GitHub's
// default, which allows all three ways. ForkOf names the parent.
type Repo struct {
	Owner, Name, Description string
	Private                  bool
	DefaultBranch            string
	Merge                    *MergeSettings
	Collaborators            map[string]string
	ForkOf                   string
	Topics                   []string
	Properties               map[string]any
}

// Files maps paths to content.
type Files = map[string]string

// Modes of files, for Commit.Modes.
const (
	ModeExec    = githost.ModeExec
	ModeLink    = githost.ModeLink
	ModeGitlink = githost.ModeGitlink
)

// Commit is a commit on a branch. It starts at the branch's tip, or at From (a branch, tag or id) for a new one, or at
// the default branch; Parents overrides that, the first one giving the tree. A merge has two.
type Commit struct {
	Branch, From            string
	Parents                 []string
	Files                   Files
	Modes                   map[string]string // by path; absent is a plain file
	Delete                  []string
	Message                 string
	Author                  string // a login
	AuthorName, AuthorEmail string // overrides what Author gives
	When                    time.Time
	Force                   bool // lets the branch go where it was not
	// Signed makes the commit through the API, so that GitHub is its committer and signs it.
	Signed bool
}

// Pull is a pull request to open. Head is "branch", or "owner:branch" of a fork.
type Pull struct {
	Head, Base, Title, Body, Author string
	Draft                           bool
}

// Edit changes what is not nil.
type Edit struct{ Title, Body, Base *string }

// Review is a review to submit. State is APPROVE, REQUEST_CHANGES or COMMENT; Commit "" is the head.
type Review struct{ Author, State, Body, Commit string }

// locked runs f with the lock held and the repository named.
func (h *Hub) locked(repo string, f func(*repository) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.names[lower(repo)]
	if r == nil {
		return fmt.Errorf("repository %s: %w", repo, errNotFound)
	}
	return f(r)
}

func (h *Hub) lockedPull(repo string, number int, f func(*pull) error) error {
	h.warmNumber(repo, number)
	return h.locked(repo, func(r *repository) error {
		p := r.pulls[number]
		if p == nil {
			return fmt.Errorf("pull request %s#%d: %w", repo, number, errNotFound)
		}
		return f(p)
	})
}

func (h *Hub) warmNumber(repo string, number int) {
	h.mu.RLock()
	r := h.names[lower(repo)]
	h.mu.RUnlock()
	if r != nil {
		h.warmPull(&call{repo: r, params: map[string]string{"pull_number": fmt.Sprint(number)}})
	}
}

// person finds a login; "" is nobody in particular.
func (h *Hub) person(login string) (*account, error) {
	if login == "" {
		return nil, nil
	}
	u := h.accounts[lower(login)]
	if u == nil {
		return nil, fmt.Errorf("user %s: %w", login, errNotFound)
	}
	return u, nil
}

// AddUser adds a person.
func (h *Hub) AddUser(u User) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.addAccount(u.Login, "User", u.Name, u.Email)
	return err
}

// Token makes a personal access token for a user that may do all the user may.
func (h *Hub) Token(login string) (string, error) { return h.SetToken(login, "ghp_"+random(18)) }

// SetToken makes a known string a user's token. Seed files use it; prefer Token.
func (h *Hub) SetToken(login, secret string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	u, err := h.person(login)
	if err != nil || u == nil {
		return "", errors.Join(err, errors.New("a token needs a user"))
	}
	h.tokens[secret] = &token{secret: secret, user: u}
	return secret, nil
}

// AddOrg adds an organisation; its members must exist.
func (h *Hub) AddOrg(o Org) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for login, role := range o.Members {
		if h.accounts[lower(login)] == nil || (role != "member" && role != "admin") {
			return fmt.Errorf("add organisation %s: member %s: no such user or role %q", o.Login, login, role)
		}
	}
	u, err := h.addAccount(o.Login, "Organization", o.Login, "")
	if err != nil {
		return err
	}
	u.org.basePermission = cmp.Or(o.BasePermission, "read")
	for login, role := range o.Members {
		u.org.members[lower(login)] = role
	}
	return nil
}

// RenameOrg gives an organisation another login. The old addresses of its repositories redirect.
func (h *Hub) RenameOrg(org, login, by string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, actor, err := h.orgAnd(org, by)
	if err != nil {
		return err
	}
	if h.accounts[lower(login)] != nil {
		return fmt.Errorf("rename organisation %s: the login %q is taken", org, login)
	}
	delete(h.accounts, lower(org))
	o.login, h.accounts[lower(login)] = login, o
	for _, r := range h.sortedRepositories() {
		if r.owner == o {
			h.names[lower(r.fullName())] = r
		}
	}
	h.emit(audience{account: o}, "organization", "renamed", actor, object{"changes": object{"login": object{"from": org}}})
	return nil
}

// SetOrgMember makes somebody a member or an admin, or with role "" no member any more.
func (h *Hub) SetOrgMember(org, login, role, by string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, actor, err := h.orgAnd(org, by)
	if err != nil {
		return err
	}
	return h.setOrgMember(o, login, role, actor)
}

func (h *Hub) orgAnd(org, by string) (*account, *account, error) {
	o := h.accounts[lower(org)]
	if o == nil || o.org == nil {
		return nil, nil, fmt.Errorf("organisation %s: %w", org, errNotFound)
	}
	actor, err := h.person(by)
	return o, actor, err
}

// AddTeam adds a team.
func (h *Hub) AddTeam(t Team) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, _, err := h.orgAnd(t.Org, "")
	if err != nil {
		return err
	}
	slug := lower(t.Slug)
	if slug == "" || o.org.teams[slug] != nil {
		return fmt.Errorf("add team %s/%s: the slug is empty or taken", t.Org, t.Slug)
	}
	n := &team{
		id:      h.id(),
		slug:    slug,
		name:    cmp.Or(t.Name, t.Slug),
		privacy: "closed",
		members: map[string]string{},
		repos:   map[int64]string{},
		created: h.now(),
	}
	if t.Secret {
		n.privacy = "secret"
	}
	if t.Parent != "" {
		if n.parent = o.org.teams[lower(t.Parent)]; n.parent == nil {
			return fmt.Errorf("add team %s/%s: no parent %s", t.Org, t.Slug, t.Parent)
		}
	}
	for login, role := range t.Members {
		if h.accounts[lower(login)] == nil {
			return fmt.Errorf("add team %s/%s: no user %s", t.Org, t.Slug, login)
		}
		n.members[lower(login)] = role
		if o.org.members[lower(login)] == "" {
			o.org.members[lower(login)] = "member"
		}
	}
	for name, permission := range t.Repos {
		r := h.names[lower(name)]
		if r == nil || rank(permission) == 0 {
			return fmt.Errorf("add team %s/%s: repository %s: no such repository or permission %q", t.Org, t.Slug, name, permission)
		}
		n.repos[r.id] = permission
	}
	o.org.teams[slug] = n
	h.emit(audience{account: o}, "team", "created", h.installer(o), object{"team": h.team(o, n)})
	return nil
}

// SetTeamMember adds somebody to a team as member or maintainer, or with role "" removes them.
func (h *Hub) SetTeamMember(org, slug, login, role, by string) error {
	return h.withTeam(org, slug, by, func(o *account, t *team, actor *account) error { return h.setTeamMember(o, t, login, role, actor) })
}

// SetTeamRepo gives a team a permission on a repository, or with "" takes it away.
func (h *Hub) SetTeamRepo(org, slug, repo, permission, by string) error {
	return h.withTeam(org, slug, by, func(o *account, t *team, actor *account) error {
		r := h.names[lower(repo)]
		if r == nil {
			return fmt.Errorf("repository %s: %w", repo, errNotFound)
		}
		return h.setTeamRepo(o, t, r, permission, actor)
	})
}

func (h *Hub) withTeam(org, slug, by string, f func(o *account, t *team, actor *account) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, actor, err := h.orgAnd(org, by)
	if err != nil {
		return err
	}
	t := o.org.teams[lower(slug)]
	if t == nil {
		return fmt.Errorf("team %s/%s: %w", org, slug, errNotFound)
	}
	return f(o, t, actor)
}

// IsNotFound reports whether an error says that something named does not exist.
func IsNotFound(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}
