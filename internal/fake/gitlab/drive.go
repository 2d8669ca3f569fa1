package gitlab

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// locked runs f with a project under the lock. The state is driven by Go methods as by people who use GitLab's pages.
func (l *Lab) locked(id int64, f func(*project) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.projects[id]
	if p == nil {
		return fmt.Errorf("project %d does not exist", id)
	}
	l.origin = uuid()
	defer func() { l.origin = "" }()
	return f(p)
}

// person is a user by name.
func (l *Lab) person(username string) (*user, error) {
	if u := l.userNamed(username); u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("user %q does not exist", username)
}

// AddUser adds a person and returns the id. The e-mail address is username@example.com.
func (l *Lab) AddUser(username string) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if username == "" || strings.Contains(username, "/") || l.userNamed(username) != nil ||
		l.groups[strings.ToLower(username)] != nil {
		return 0, fmt.Errorf("add user %q: the name is taken or no name", username)
	}
	return l.newUser(username).id, nil
}

func (l *Lab) newUser(username string) *user {
	u := &user{
		id:       l.id(),
		username: username,
		name:     strings.ToUpper(username[:1]) + username[1:],
		email:    username + "@example.com",
		state:    "active",
		created:  l.now(),
	}
	l.users[u.id] = u
	return u
}

// SetUser changes a user: state is active, blocked or banned; admin makes an administrator.
func (l *Lab) SetUser(username, state string, admin bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, err := l.person(username)
	if err != nil {
		return err
	}
	u.state, u.admin = state, admin
	return nil
}

// DeleteUser removes a user and every membership, rule and approval of theirs.
func (l *Lab) DeleteUser(username string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, err := l.person(username)
	if err != nil {
		return err
	}
	delete(l.users, u.id)
	u.state = "blocked"
	for _, g := range l.groups {
		delete(g.members, u.id)
	}
	for _, p := range l.projects {
		delete(p.members, u.id)
		for _, r := range p.rules {
			r.users = slices.DeleteFunc(r.users, func(x *user) bool { return x == u })
		}
	}
	for _, m := range l.requests {
		m.approvals = slices.DeleteFunc(m.approvals, func(a *approval) bool { return a.user == u })
	}
	return nil
}

// AddGroup adds a group by its full path, with those above that are missing, and returns its id.
func (l *Lab) AddGroup(path string) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, err := l.group(path)
	if err != nil {
		return 0, err
	}
	return g.id, nil
}

func (l *Lab) group(path string) (*group, error) {
	if g := l.groups[strings.ToLower(path)]; g != nil {
		return g, nil
	}
	if path == "" || l.paths[strings.ToLower(path)] != nil || (above(path) == "" && l.userNamed(path) != nil) {
		return nil, fmt.Errorf("group %q: the path is taken or no path", path)
	}
	g := &group{path: path, name: last(path), members: map[int64]*member{}, created: l.now()}
	if up := above(path); up != "" {
		parent, err := l.group(up)
		if err != nil {
			return nil, err
		}
		g.parent = parent
	}
	g.id = l.id()
	l.groups[strings.ToLower(path)] = g
	return g, nil
}

// SetMember gives somebody an access level in a group or project by its path; 0 takes the membership away.
func (l *Lab) SetMember(path, username string, level int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	u, err := l.person(username)
	if err != nil {
		return err
	}
	members, err := l.membersOf(path)
	if err != nil {
		return err
	}
	was := members[u.id]
	what, m := "add_to", &member{user: u, level: level, created: l.now()}
	switch {
	case level == 0 && was == nil:
		return nil
	case level == 0:
		what, m = "remove_from", was
		delete(members, u.id)
	default:
		if was != nil {
			what = "update_for"
		}
		members[u.id] = m
	}
	l.memberEvent(l.groups[strings.ToLower(path)], l.paths[strings.ToLower(path)], m, what)
	return nil
}

func (l *Lab) membersOf(path string) (map[int64]*member, error) {
	if g := l.groups[strings.ToLower(path)]; g != nil {
		return g.members, nil
	}
	if p := l.paths[strings.ToLower(path)]; p != nil {
		return p.members, nil
	}
	return nil, fmt.Errorf("%q is neither a group nor a project", path)
}

// Invite marks a member as awaiting: listed, and without rights.
func (l *Lab) Invite(path, username string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	members, err := l.membersOf(path)
	if err != nil {
		return err
	}
	u, err := l.person(username)
	if err != nil || members[u.id] == nil {
		return errors.Join(err, fmt.Errorf("%q is no member of %q", username, path))
	}
	members[u.id].awaiting = true
	return nil
}

// Share invites a group into a project at a level.
func (l *Lab) Share(id int64, path string, level int) error {
	return l.locked(id, func(p *project) error {
		g := l.groups[strings.ToLower(path)]
		if g == nil {
			return fmt.Errorf("group %q does not exist", path)
		}
		p.shares = append(p.shares, share{g, level})
		return nil
	})
}

// Token describes an access token. Exactly one of User, Project and Group says whose: for a project or group a bot user
// is made, a member at Level.
type Token struct {
	User    string
	Project int64
	Group   string
	Name    string   // "" is lintel
	Level   int      // of the bot; 0 is Developer
	Scopes  []string // nil is api
	Expires time.Time

	Bot    string // username of whoever holds it, filled in
	UserID int64  // filled in
	Secret string // filled in when empty
}

// AddToken makes an access token. Group tokens do not exist on GitLab.com's free tier, which a Lab does not play.
func (l *Lab) AddToken(t Token) (Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	made := &token{id: l.id(), name: cmp.Or(t.Name, "lintel"), scopes: t.Scopes, created: l.now(), expires: t.Expires}
	if made.scopes == nil {
		made.scopes = []string{"api"}
	}
	var members map[int64]*member
	var of string
	switch {
	case t.Project != 0:
		p := l.projects[t.Project]
		if p == nil {
			return t, fmt.Errorf("project %d does not exist", t.Project)
		}
		made.project, members, of = p, p.members, fmt.Sprintf("project_%d", p.id)
	case t.Group != "":
		g := l.groups[strings.ToLower(t.Group)]
		if g == nil {
			return t, fmt.Errorf("group %q does not exist", t.Group)
		}
		made.group, members, of = g, g.members, fmt.Sprintf("group_%d", g.id)
	default:
		u, err := l.person(t.User)
		if err != nil {
			return t, err
		}
		made.user = u
	}
	if made.user == nil {
		made.user = l.newUser(of + "_bot_" + random(16))
		made.user.bot, made.user.name = true, made.name
		members[made.user.id] = &member{user: made.user, level: cmp.Or(t.Level, Developer), created: l.now()}
	}
	made.secret = cmp.Or(t.Secret, "glpat-"+random(10))
	l.tokens[made.secret] = made
	t.Bot, t.UserID, t.Secret = made.user.username, made.user.id, made.secret
	return t, nil
}

// Revoke ends a token. The bot of a project or group token goes with it, and every rule loses it.
func (l *Lab) Revoke(secret string) error {
	l.mu.Lock()
	t := l.tokens[secret]
	if t == nil {
		l.mu.Unlock()
		return errors.New("there is no such token")
	}
	t.revoked = true
	bot := t.project != nil || t.group != nil
	l.mu.Unlock()
	if bot {
		return l.DeleteUser(t.user.username)
	}
	return nil
}

// Project describes a project. Its groups are made when they are missing; a path of a user and a name is theirs.
type Project struct {
	Path       string
	Visibility string // "" is private
	Branch     string // the default branch; "" is main
	Files      map[string]string
	By         string // author of the first commit; "" is root, an administrator
	Settings   Settings
}

// AddProject adds a project with one commit and returns its id. The default branch is protected as GitLab does it:
// Maintainers push and merge.
func (l *Lab) AddProject(spec Project) (int64, error) {
	l.mu.Lock()
	p, err := l.newProject(spec, nil)
	l.mu.Unlock()
	if err != nil {
		return 0, fmt.Errorf("add project %q: %w", spec.Path, err)
	}
	files := spec.Files
	if files == nil {
		files = map[string]string{"README.md": "# " + last(spec.Path) + "\n"}
	}
	if _, err := l.Commit(p.id, Commit{Branch: p.defaultBranch, Message: "Initial commit", By: cmp.Or(spec.By,
		"root"), Files: files}); err != nil {
		return 0, err
	}
	return p.id, nil
}

func (l *Lab) newProject(spec Project, fork *project) (*project, error) {
	p := &project{
		id: l.id(), path: spec.Path, name: last(spec.Path), visibility: cmp.Or(spec.Visibility, "private"), settings: spec.Settings,
		defaultBranch: cmp.Or(
			spec.Branch,
			"main",
		), members: map[int64]*member{}, requests: map[int64]*request{}, created: l.now(), updated: l.now(), fork: fork,
	}
	if l.userNamed("root") == nil {
		l.newUser("root").admin = true
	}
	if owner := l.userNamed(above(spec.Path)); owner != nil {
		p.owner = owner
	} else {
		g, err := l.group(above(spec.Path))
		if err != nil {
			return nil, err
		}
		p.group = g
	}
	if q := l.paths[strings.ToLower(spec.Path)]; q != nil && strings.EqualFold(q.path, spec.Path) {
		return nil, errors.New("the path is taken")
	}
	var parent *githost.Repo
	if fork != nil {
		parent, p.defaultBranch = fork.git, fork.defaultBranch
	}
	repo, err := l.newGit(p.id, p.defaultBranch, parent)
	if err != nil {
		return nil, err
	}
	p.git = repo
	p.protected = []*protectedBranch{{id: l.id(), pattern: p.defaultBranch, push: Maintainer, merge: Maintainer}}
	l.projects[p.id], l.paths[strings.ToLower(p.path)] = p, p
	l.projectEvent(p, "create", "")
	return p, nil
}

// Fork makes a fork of a project at a path and returns its id.
func (l *Lab) Fork(id int64, path string) (fork int64, err error) {
	err = l.locked(id, func(p *project) error {
		made, err := l.newProject(Project{Path: path, Visibility: p.visibility}, p)
		if err != nil {
			return fmt.Errorf("fork %s to %q: %w", p.path, path, err)
		}
		fork = made.id
		return nil
	})
	return fork, err
}

// Rename moves a project to another path, in whatever group. The old path leads to it until another project takes it.
func (l *Lab) Rename(id int64, path string) error {
	return l.locked(id, func(p *project) error {
		if q := l.paths[strings.ToLower(path)]; q != nil && q != p && strings.EqualFold(q.path, path) {
			return fmt.Errorf("rename to %q: the path is taken", path)
		}
		g, err := l.group(above(path))
		if err != nil {
			return err
		}
		old := p.path
		p.group, p.owner, p.path, p.name = g, nil, path, last(path)
		l.paths[strings.ToLower(path)] = p
		what := "rename"
		if !strings.EqualFold(above(old), above(path)) {
			what = "transfer"
		}
		l.projectEvent(p, what, old)
		return nil
	})
}

// MoveGroup moves a group with all below it to another path, in whatever group, as its Owner does. Hooks of projects hear
// nothing of it.
func (l *Lab) MoveGroup(from, to string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.groups[strings.ToLower(from)]
	if g == nil || l.groups[strings.ToLower(to)] != nil {
		return fmt.Errorf("move group %q to %q: it does not exist, or the path is taken", from, to)
	}
	g.parent = nil
	if up := above(to); up != "" {
		parent, err := l.group(up)
		if err != nil {
			return err
		}
		g.parent = parent
	}
	moved := func(path string) string { return to + path[len(from):] }
	for path, other := range maps.Clone(l.groups) {
		if within(other.path+"/", from) || other == g {
			delete(l.groups, path)
			other.path = moved(other.path)
			other.name = last(other.path)
			l.groups[strings.ToLower(other.path)] = other
		}
	}
	for _, p := range l.projects {
		if within(p.path, from) {
			p.path = moved(p.path)
			l.paths[strings.ToLower(p.path)] = p
		}
	}
	return nil
}

// DeleteProject removes a project. Merge requests from it into others stay, without a source.
func (l *Lab) DeleteProject(id int64) error {
	return l.locked(id, func(p *project) error {
		delete(l.projects, p.id)
		maps.DeleteFunc(l.paths, func(_ string, q *project) bool { return q == p })
		for id, m := range l.requests {
			if m.target == p {
				delete(l.requests, id)
			}
			if m.source == p {
				m.source = nil
			}
		}
		l.projectEvent(p, "destroy", "")
		return nil
	})
}

// Configure changes a project's settings.
func (l *Lab) Configure(id int64, change func(*Settings, *ApprovalSettings)) error {
	return l.locked(id, func(p *project) error {
		change(&p.settings, &p.approvals)
		return nil
	})
}

// Protection is what a protected branch asks for. A level of 0 is nobody.
type Protection struct {
	Push, Merge int
	CodeOwners  bool
	ForcePush   bool
}

// Protect protects the branches that a pattern with "*" names, or with nil unprotects them.
func (l *Lab) Protect(id int64, pattern string, as *Protection) error {
	return l.locked(id, func(p *project) error {
		p.protected = slices.DeleteFunc(p.protected, func(b *protectedBranch) bool { return b.pattern == pattern })
		if as != nil {
			p.protected = append(p.protected, &protectedBranch{id: l.id(), pattern: pattern, push: as.Push, merge: as.Merge,
				codeOwners: as.CodeOwners, forcePush: as.ForcePush})
		}
		return nil
	})
}

// Rule is an approval rule of a project (Premium). Kind is regular (""), any_approver or code_owner.
type Rule struct {
	Name, Kind, Section string
	Required            int
	Users, Groups       []string
	Branches            []string // patterns of protected branches; nil is all branches
}

// SetRules replaces a project's approval rules. hidden says that groups the asker may not see are among the approvers.
func (l *Lab) SetRules(id int64, hidden bool, rules ...Rule) error {
	return l.locked(id, func(p *project) error {
		p.rules, p.hidden = nil, hidden
		for _, spec := range rules {
			r := &rule{
				id:       l.id(),
				name:     spec.Name,
				kind:     cmp.Or(spec.Kind, "regular"),
				section:  spec.Section,
				required: spec.Required,
			}
			for _, name := range spec.Users {
				u, err := l.person(name)
				if err != nil {
					return err
				}
				r.users = append(r.users, u)
			}
			for _, path := range spec.Groups {
				g := l.groups[strings.ToLower(path)]
				if g == nil {
					return fmt.Errorf("group %q does not exist", path)
				}
				r.groups = append(r.groups, g)
			}
			for _, pattern := range spec.Branches {
				for _, b := range p.protected {
					if b.pattern == pattern {
						r.branches = append(r.branches, b)
					}
				}
			}
			p.rules = append(p.rules, r)
		}
		return nil
	})
}
