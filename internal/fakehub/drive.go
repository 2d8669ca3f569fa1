package fakehub

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fakehub/githost"
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
	n := &team{id: h.id(), slug: slug, name: cmp.Or(t.Name, t.Slug), privacy: "closed", members: map[string]string{}, repos: map[int64]string{}, created: h.now()}
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

// AddRepo adds a repository and returns its id.
func (h *Hub) AddRepo(r Repo) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out, err := h.addRepository(r)
	if err != nil {
		return 0, err
	}
	return out.id, nil
}

// GitDir is the folder of a repository's bare git repository.
func (h *Hub) GitDir(repo string) (dir string, err error) {
	err = h.locked(repo, func(r *repository) error { dir = r.git.Dir(); return nil })
	return dir, err
}

// RenameRepo gives a repository another name; TransferRepo another owner. The old name redirects.
func (h *Hub) RenameRepo(repo, name, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.moveRepository(r, "", name, actor)
	})
}

// TransferRepo gives a repository to another account.
func (h *Hub) TransferRepo(repo, owner, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.moveRepository(r, owner, "", actor)
	})
}

// SetPrivate changes a repository's visibility.
func (h *Hub) SetPrivate(repo string, private bool, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		h.setVisibility(r, private, actor)
		return err
	})
}

// SetMerge changes how a repository lets pull requests in. GitHub sends no event for it.
func (h *Hub) SetMerge(repo string, m MergeSettings) error {
	return h.locked(repo, func(r *repository) error {
		m.fill()
		r.merge, r.updated = m, h.now()
		return nil
	})
}

// SetDefaultBranch changes the default branch, which must exist.
func (h *Hub) SetDefaultBranch(repo, branch, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setDefaultBranch(r, branch, actor)
	})
}

// SetCollaborator gives somebody a permission on a repository, or with "" takes it away.
func (h *Hub) SetCollaborator(repo, login, permission, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setCollaborator(r, login, permission, actor)
	})
}

// Protect protects a branch, or with nil unprotects it.
func (h *Hub) Protect(repo, branch string, p *Protection) error {
	return h.locked(repo, func(r *repository) error {
		if p == nil {
			delete(r.protected, branch)
		} else {
			r.protected[branch] = p
		}
		return nil
	})
}

// Commit makes a commit and pushes it to its branch, as its author. It returns the commit's id.
func (h *Hub) Commit(repo string, c Commit) (string, error) {
	h.mu.RLock()
	r := h.names[lower(repo)]
	if r == nil {
		h.mu.RUnlock()
		return "", fmt.Errorf("repository %s: %w", repo, errNotFound)
	}
	if c.Branch == "" {
		c.Branch = r.defaultBranch
	}
	sha, err := h.commitFiles(r, c)
	h.mu.RUnlock()
	if err != nil {
		return "", err
	}
	return sha, h.Push(repo, c.Branch, sha, c.Author, c.Force)
}

// Push points a branch at a commit the repository (or its fork network) has.
func (h *Hub) Push(repo, branch, sha, by string, force bool) error {
	name := "refs/heads/" + branch
	h.mu.RLock()
	r := h.names[lower(repo)]
	h.mu.RUnlock()
	if r == nil {
		return fmt.Errorf("repository %s: %w", repo, errNotFound)
	}
	old, _ := r.git.Ref(name)
	h.warmPush(r, []githost.RefChange{{Name: name, Old: old, New: sha}})
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.setRef(r, name, sha, force, actor)
	})
}

// DeleteBranch removes a branch; pull requests from or to it are closed, as on GitHub.
func (h *Hub) DeleteBranch(repo, branch, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.deleteRef(r, "refs/heads/"+branch, actor)
	})
}

// Tip is the commit a branch points to, "" if there is none.
func (h *Hub) Tip(repo, branch string) (sha string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r := h.names[lower(repo)]; r != nil {
		sha, _ = r.git.Ref("refs/heads/" + branch)
	}
	return sha
}

// OpenPull opens a pull request and returns its number.
func (h *Hub) OpenPull(repo string, p Pull) (number int, err error) {
	n := newPull{Title: p.Title, Head: p.Head, Base: p.Base, Draft: p.Draft, Body: &p.Body}
	h.warmOpen(repo, n)
	err = h.locked(repo, func(r *repository) error {
		if n.Base == "" {
			n.Base = r.defaultBranch
		}
		u, err := h.person(p.Author)
		if err != nil || u == nil {
			return errors.Join(err, errors.New("a pull request needs an author"))
		}
		opened, err := h.openPull(r, n, u)
		if opened != nil {
			number = opened.number
		}
		return err
	})
	return number, err
}

// warmOpen lets git compare the two branches outside the lock.
func (h *Hub) warmOpen(repo string, n newPull) {
	h.mu.RLock()
	r := h.names[lower(repo)]
	if r == nil {
		h.mu.RUnlock()
		return
	}
	from, branch, err := h.source(r, n)
	h.mu.RUnlock()
	if err != nil {
		return
	}
	head, _ := from.git.Ref("refs/heads/" + branch)
	base, ok := r.git.Ref("refs/heads/" + cmp.Or(n.Base, r.defaultBranch))
	if head != "" && ok {
		h.warmCompareOf(r, base, head)
	}
}

// EditPull changes title, body or base.
func (h *Hub) EditPull(repo string, number int, e Edit, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		return h.editPull(p, pullEdit{Title: e.Title, Body: e.Body, Base: e.Base}, actor)
	})
}

// actOn runs f on a pull request as somebody; "" acts as its author.
func (h *Hub) actOn(repo string, number int, by string, f func(*pull, *account) error) error {
	return h.lockedPull(repo, number, func(p *pull) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		if actor == nil {
			actor = p.user
		}
		return f(p, actor)
	})
}

// ClosePull closes a pull request without merging it.
func (h *Hub) ClosePull(repo string, number int, by string) error {
	return h.actOn(repo, number, by, h.closePull)
}

// ReopenPull opens a closed pull request again.
func (h *Hub) ReopenPull(repo string, number int, by string) error {
	return h.actOn(repo, number, by, h.reopenPull)
}

// SetDraft makes a pull request a draft or ready for review.
func (h *Hub) SetDraft(repo string, number int, draft bool, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.setDraft(p, draft, actor) })
}

// Label adds labels, making those the repository lacks; Unlabel removes one.
func (h *Hub) Label(repo string, number int, by string, names ...string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.addLabels(p, names, actor) })
}

// Unlabel removes a label.
func (h *Hub) Unlabel(repo string, number int, by, name string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.removeLabel(p, name, actor) })
}

// MergePull merges by merge, squash or rebase, and refuses what branch protection refuses.
func (h *Hub) MergePull(repo string, number int, method, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.mergePull(p, method, "", "", "", actor) })
}

// RequestReview asks people and teams (slugs) for a review.
func (h *Hub) RequestReview(repo string, number int, by string, logins, teams []string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.requestReview(p, logins, teams, actor) })
}

// Review submits a review and returns its id.
func (h *Hub) Review(repo string, number int, v Review) (id int64, err error) {
	err = h.actOn(repo, number, v.Author, func(p *pull, actor *account) error {
		out, err := h.addReview(p, reviewInput{CommitID: v.Commit, Body: v.Body, Event: v.State}, actor)
		if out != nil {
			id = out.id
		}
		return err
	})
	return id, err
}

// DismissReview dismisses a review with a reason.
func (h *Hub) DismissReview(repo string, number int, review int64, reason, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		v, err := p.review(review)
		if err != nil {
			return err
		}
		return h.dismissReview(p, v, reason, actor)
	})
}

// EditReview changes a review's text.
func (h *Hub) EditReview(repo string, number int, review int64, body, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		v, err := p.review(review)
		if err == nil {
			h.editReview(p, v, body, actor)
		}
		return err
	})
}

// Comment adds a comment to the conversation and returns its id.
func (h *Hub) Comment(repo string, number int, by, body string) (id int64, err error) {
	err = h.actOn(repo, number, by, func(p *pull, actor *account) error {
		c, err := h.comment(p, body, actor, nil)
		if c != nil {
			id = c.id
		}
		return err
	})
	return id, err
}

// Enqueue adds a pull request to its base's merge queue: the group branch is made and its checks are asked for. It
// returns the group's full reference name and head.
func (h *Hub) Enqueue(repo string, number int, method, by string) (ref, sha string, err error) {
	err = h.actOn(repo, number, by, func(p *pull, actor *account) error {
		g, err := h.enqueue(p, method, actor)
		if g != nil {
			ref, sha = g.ref, g.head
		}
		return err
	})
	return ref, sha, err
}

// Dequeue ends a merge group. Reason is merged, which moves the base to it, or invalidated or dequeued.
func (h *Hub) Dequeue(repo, ref, reason, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		g := r.groups[ref]
		if g == nil || !slices.Contains([]string{"merged", "invalidated", "dequeued"}, reason) {
			return fmt.Errorf("merge group %s of %s, reason %q: %w", ref, repo, reason, errNotFound)
		}
		return h.dequeue(g, reason, actor)
	})
}

// RerequestRun presses "Re-run" on a check run.
func (h *Hub) RerequestRun(repo string, run int64, by string) error {
	return h.onRun(repo, run, by, func(x *checkRun, actor *account) { h.runEvent(x, "rerequested", actor, x.suite.app) })
}

// RequestAction presses a button of a check run.
func (h *Hub) RequestAction(repo string, run int64, identifier, by string) error {
	return h.onRun(repo, run, by, func(x *checkRun, actor *account) {
		h.runEventWith(x, "requested_action", actor, x.suite.app, object{"requested_action": object{"identifier": identifier}})
	})
}

// RerequestSuite presses "Re-run all checks" for the App's suite at a commit.
func (h *Hub) RerequestSuite(repo, sha string, app int64, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		for _, s := range r.suites[sha] {
			if s.app.spec.ID == app {
				h.suiteEvent(s, "rerequested", actor, s.app)
				return nil
			}
		}
		return fmt.Errorf("check suite of App %d at %s: %w", app, sha, errNotFound)
	})
}

func (h *Hub) onRun(repo string, id int64, by string, f func(*checkRun, *account)) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		run := r.runByID[id]
		if err != nil || run == nil {
			return errors.Join(err, fmt.Errorf("check run %d of %s: %w", id, repo, errNotFound))
		}
		f(run, actor)
		return nil
	})
}

// PostRun makes a check run in the name of any App the hub knows, as a workflow of GitHub Actions would. Conclusion ""
// leaves it in progress.
func (h *Hub) PostRun(repo, sha, name, conclusion string, app int64) (id int64, err error) {
	err = h.locked(repo, func(r *repository) error {
		a := h.apps[app]
		if a == nil {
			return fmt.Errorf("app %d: %w", app, errNotFound)
		}
		status := "in_progress"
		in := checkInput{Name: &name, HeadSHA: sha, Status: &status}
		if conclusion != "" {
			in.Status, in.Conclusion = nil, &conclusion
		}
		run, err := h.createRun(r, a, in, a.bot)
		if run != nil {
			id = run.id
		}
		return err
	})
	return id, err
}

// PostStatus sets a commit status as somebody.
func (h *Hub) PostStatus(repo, sha, context, state, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		return h.createStatus(r, sha, &status{context: context, state: state}, actor)
	})
}

// AddApp makes the hub know another App.
func (h *Hub) AddApp(spec AppSpec) (AppSpec, error) {
	if err := spec.fill(); err != nil {
		return AppSpec{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addApp(spec).spec, nil
}

// SetWebhook points the App under test to a receiver, with its secret ("" keeps the one it has).
func (h *Hub) SetWebhook(url, secret string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.app.spec.WebhookURL, h.app.spec.WebhookSecret = url, cmp.Or(secret, h.app.spec.WebhookSecret)
}

// Ping sends the App the event GitHub sends when a webhook is set up.
func (h *Hub) Ping() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ping(h.app)
}

// Install installs the App under test on an account: on all repositories, or on those named. It returns the
// installation's id.
func (h *Hub) Install(owner string, repos ...string) (int64, error) {
	return h.InstallApp(h.app.spec.ID, owner, repos...)
}

// InstallApp is Install for any App the hub knows.
func (h *Hub) InstallApp(app int64, owner string, repos ...string) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, u := h.apps[app], h.accounts[lower(owner)]
	if a == nil || u == nil {
		return 0, fmt.Errorf("install App %d on %s: %w", app, owner, errNotFound)
	}
	for _, i := range h.installationsOf(a) {
		if i.account == u {
			return 0, fmt.Errorf("install App %d on %s: already installed", app, owner)
		}
	}
	chosen, err := h.named(repos)
	if err != nil {
		return 0, err
	}
	return h.install(a, u, len(repos) == 0, chosen, h.installer(u)).id, nil
}

// installer is an admin of the account.
func (h *Hub) installer(u *account) *account {
	if u.org != nil {
		for login, role := range u.org.members {
			if role == "admin" {
				return h.accounts[login]
			}
		}
	}
	return u
}

func (h *Hub) named(names []string) ([]*repository, error) {
	var out []*repository
	for _, name := range names {
		r := h.names[lower(name)]
		if r == nil {
			return nil, fmt.Errorf("repository %s: %w", name, errNotFound)
		}
		out = append(out, r)
	}
	return out, nil
}

// SetInstalled adds repositories to an installation of chosen ones, or takes them out.
func (h *Hub) SetInstalled(id int64, add bool, repos ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.installations[id]
	chosen, err := h.named(repos)
	if err != nil || i == nil || i.all {
		return errors.Join(err, fmt.Errorf("change installation %d: it must exist and be of chosen repositories", id))
	}
	action := "removed"
	if add {
		action = "added"
	}
	for _, r := range chosen {
		if add {
			i.repos[r.id] = true
		} else {
			delete(i.repos, r.id)
		}
	}
	h.tellRepositories(i, action, chosen, h.installer(i.account))
	return nil
}

// Uninstall removes an installation; its tokens stop working.
func (h *Hub) Uninstall(id int64) error {
	return h.onInstallation(id, func(i *installation) {
		h.tell(i, "installation", "deleted", h.installer(i.account), object{"repositories": list(h.covered(i), short)})
		delete(h.installations, id)
	})
}

// Suspend stops an installation until it is resumed: no webhooks, and its tokens answer 403.
func (h *Hub) Suspend(id int64, suspend bool) error {
	return h.onInstallation(id, func(i *installation) {
		action := "unsuspend"
		i.suspended = time.Time{}
		if suspend {
			i.suspended, action = h.now(), "suspend"
		}
		h.tell(i, "installation", action, h.installer(i.account), object{"repositories": list(h.covered(i), short)})
	})
}

// SetPermissions changes what an installation may do, as when its owner accepts or the App loses permissions.
func (h *Hub) SetPermissions(id int64, permissions map[string]string) error {
	return h.onInstallation(id, func(i *installation) {
		i.permissions = permissions
		h.tell(i, "installation", "new_permissions_accepted", h.installer(i.account), object{"repositories": list(h.covered(i), short)})
	})
}

func (h *Hub) onInstallation(id int64, f func(*installation)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.installations[id]
	if i == nil {
		return fmt.Errorf("installation %d: %w", id, errNotFound)
	}
	f(i)
	return nil
}

// InstallationToken makes a token of an installation with all it may do, as POST access_tokens would.
func (h *Hub) InstallationToken(id int64) (secret string, err error) {
	err = h.onInstallation(id, func(i *installation) {
		t := &token{secret: "ghs_" + random(18), inst: i, expires: h.now().Add(tokenLife), permissions: maps.Clone(i.permissions)}
		h.tokens[t.secret] = t
		secret = t.secret
	})
	return secret, err
}

// ExpireTokens makes every installation token invalid, as after an hour.
func (h *Hub) ExpireTokens() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for secret, t := range h.tokens {
		if t.inst != nil {
			delete(h.tokens, secret)
		}
	}
}

// IsNotFound reports whether an error says that something named does not exist.
func IsNotFound(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// shortName is the branch of a full reference name.
func shortName(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }
