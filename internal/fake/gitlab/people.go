package gitlab

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

func (l *Lab) userNamed(username string) *user {
	for _, u := range l.users {
		if strings.EqualFold(u.username, username) {
			return u
		}
	}
	return nil
}

// userOf is the user who owns an e-mail address, nil if none does.
func (l *Lab) userOf(email string) *user {
	for _, u := range l.users {
		if strings.EqualFold(u.email, email) {
			return u
		}
	}
	return nil
}

// level is what a user may do in a project: the best of what the project, its groups and invited groups give.
func (l *Lab) level(p *project, u *user) int {
	if u == nil || u.state != "active" {
		return 0
	}
	if u.admin || p.owner == u {
		return Owner
	}
	best := levelIn(p.members, u)
	if p.group != nil {
		best = max(best, p.group.level(u))
	}
	for _, s := range p.shares {
		best = max(best, min(s.level, s.group.level(u)))
	}
	return best
}

// level is a user's level in a group: the best of its own and what the groups above give.
func (g *group) level(u *user) int {
	best := 0
	for at := g; at != nil; at = at.parent {
		best = max(best, levelIn(at.members, u))
	}
	return best
}

func levelIn(members map[int64]*member, u *user) int {
	if m := members[u.id]; m != nil && !m.awaiting {
		return m.level
	}
	return 0
}

// inherited lists the members of a project or group with those from above, each with the best level, by id.
func inherited(own map[int64]*member, from *group, shares []share) []*member {
	best := map[int64]*member{}
	add := func(m *member, most int) {
		level := min(m.level, most)
		if at := best[m.user.id]; at == nil || at.level < level {
			copied := *m
			copied.level = level
			best[m.user.id] = &copied
		}
	}
	for _, m := range own {
		add(m, Owner)
	}
	for g := from; g != nil; g = g.parent {
		for _, m := range g.members {
			add(m, Owner)
		}
	}
	for _, s := range shares {
		for g := s.group; g != nil; g = g.parent {
			for _, m := range g.members {
				add(m, s.level)
			}
		}
	}
	return ordered(best)
}

func ordered(members map[int64]*member) []*member {
	var out []*member
	for _, m := range members {
		out = append(out, m)
	}
	sorting.By(out, func(a, b *member) int { return int(a.user.id - b.user.id) })
	return out
}

// sees reports whether a project exists for somebody.
func (l *Lab) sees(p *project, who caller) bool {
	switch {
	case p.visibility == "public":
		return true
	case who.user == nil || who.user.state != "active":
		return false
	case p.visibility == "internal":
		return true
	}
	return l.level(p, who.user) > 0
}

// mayPush reports whether somebody may push to a branch.
func (l *Lab) mayPush(p *project, u *user, branch string) bool {
	level := l.level(p, u)
	if b := p.protection(branch); b != nil {
		return b.push > 0 && level >= b.push
	}
	return level >= Developer
}

// protection is the rule of a protected branch with the highest push level, nil when nothing protects it.
func (p *project) protection(branch string) (found *protectedBranch) {
	for _, b := range p.protected {
		if wildcard(b.pattern, branch) {
			if b.pattern == branch {
				return b
			}
			found = b
		}
	}
	return found
}

// wildcard matches a name against a pattern whose "*" stands for anything.
func wildcard(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	rest := name[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// basicUser is how a user stands inside of other answers.
func (l *Lab) basicUser(u *user) any {
	if u == nil {
		return nil
	}
	return object{
		"id": u.id, "username": u.username, "name": u.name, "state": u.state, "avatar_url": l.avatar(u),
		"web_url": l.URL() + "/" + u.username,
	}
}

func (l *Lab) avatar(u *user) string {
	return l.URL() + "/uploads/-/system/user/avatar/" + u.username + ".png"
}

func (l *Lab) basicUsers(users []*user) []any {
	out := []any{}
	for _, u := range users {
		out = append(out, l.basicUser(u))
	}
	return out
}

func (l *Lab) memberShape(m *member) any {
	state := "active"
	if m.awaiting {
		state = "awaiting"
	}
	if m.user.state != "active" {
		state = m.user.state
	}
	return object{
		"id": m.user.id, "username": m.user.username, "name": m.user.name, "state": state, "avatar_url": l.avatar(m.user),
		"web_url": l.URL() + "/" + m.user.username, "access_level": m.level, "created_at": stamp(m.created), "expires_at": nil,
	}
}

// getUser is GET /user: whoever asks.
func getUser(l *Lab, c *call) (any, error) {
	u := c.who.user
	return object{
		"id": u.id, "username": u.username, "name": u.name, "state": u.state, "avatar_url": l.avatar(u),
		"web_url":    l.URL() + "/" + u.username,
		"created_at": stamp(u.created), "bio": "", "location": "", "public_email": "", "skype": "", "linkedin": "", "twitter": "",
		"website_url": "", "organization": "", "job_title": "", "bot": u.bot, "email": u.email, "is_admin": u.admin,
		"confirmed_at": stamp(u.created), "theme_id": 1, "color_scheme_id": 1, "projects_limit": 100000, "identities": []any{},
		"can_create_group": true, "can_create_project": true, "two_factor_enabled": false, "external": false, "private_profile": false,
	}, nil
}

func getUserByID(l *Lab, c *call) (any, error) {
	u := l.users[c.number("user_id")]
	if u == nil {
		return nil, missing("User")
	}
	return l.publicUser(u), nil
}

func (l *Lab) publicUser(u *user) object {
	out, _ := l.basicUser(u).(object)
	out["created_at"], out["bot"], out["public_email"] = stamp(u.created), u.bot, ""
	return out
}

func listUsers(l *Lab, c *call) (any, error) {
	out := []any{}
	if name, ok := c.text("username"); ok {
		if u := l.userNamed(name); u != nil {
			out = append(out, l.publicUser(u))
		}
		return out, nil
	}
	for _, id := range sortedKeys(l.users) {
		out = append(out, l.publicUser(l.users[id]))
	}
	return c.page(out), nil
}

// tokenSelf is GET /personal_access_tokens/self, which works for every kind of access token.
func tokenSelf(_ *Lab, c *call) (any, error) {
	t := c.who.token
	expires := any(nil)
	if !t.expires.IsZero() {
		expires = t.expires.Format(time.DateOnly)
	}
	return object{
		"id":           t.id,
		"name":         t.name,
		"revoked":      t.revoked,
		"created_at":   stamp(t.created),
		"description":  nil,
		"scopes":       t.scopes,
		"user_id":      t.user.id,
		"last_used_at": stamp(c.now),
		"active":       true,
		"expires_at":   expires,
	}, nil
}

func listMembers(l *Lab, c *call) (any, error) {
	return c.members(l, ordered(c.project.members)), nil
}

func listAllMembers(l *Lab, c *call) (any, error) {
	return c.members(l, inherited(c.project.members, c.project.group, c.project.shares)), nil
}

func listGroupMembers(l *Lab, c *call) (any, error) {
	return c.members(l, ordered(c.group.members)), nil
}

func listAllGroupMembers(l *Lab, c *call) (any, error) {
	return c.members(l, inherited(c.group.members, c.group.parent, nil)), nil
}

func (c *call) members(l *Lab, list []*member) any {
	out := []any{}
	for _, m := range list {
		if query, ok := c.text("query"); ok && !strings.Contains(m.user.username, query) {
			continue
		}
		out = append(out, l.memberShape(m))
	}
	return c.page(out)
}

func getMember(l *Lab, c *call) (any, error) { return c.member(l, ordered(c.project.members)) }

func getAnyMember(l *Lab, c *call) (any, error) {
	return c.member(l, inherited(c.project.members, c.project.group, c.project.shares))
}

func getAnyGroupMember(l *Lab, c *call) (any, error) {
	return c.member(l, inherited(c.group.members, c.group.parent, nil))
}

func (c *call) member(l *Lab, list []*member) (any, error) {
	for _, m := range list {
		if m.user.id == c.number("user_id") {
			return l.memberShape(m), nil
		}
	}
	return nil, missing("")
}

func getGroup(l *Lab, c *call) (any, error) { return l.groupShape(c.group), nil }

func (l *Lab) groupShape(g *group) object {
	parent := any(nil)
	full := g.name
	if g.parent != nil {
		parent = g.parent.id
	}
	for at := g.parent; at != nil; at = at.parent {
		full = at.name + " / " + full
	}
	return object{"id": g.id, "name": g.name, "path": last(g.path), "description": "", "visibility": "private", "full_name": full,
		"full_path": g.path, "parent_id": parent, "web_url": l.URL() + "/groups/" + g.path, "avatar_url": nil,
		"created_at": stamp(g.created)}
}
