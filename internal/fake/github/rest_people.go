package github

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func peopleRoutes() []*route {
	const base = "/orgs/{org}/teams/{team_slug}"
	return []*route{
		{method: "GET", pattern: "/user", need: "user", call: func(h *Hub, c *call) (any, error) {
			if c.who.user == nil {
				return nil, errNotByIntegration
			}
			return h.fullUser(c.who.user), nil
		}},
		{method: "GET", pattern: "/user/repos", need: "user", call: func(h *Hub, c *call) (any, error) {
			if c.who.user == nil {
				return nil, errNotByIntegration
			}
			var all []*repository
			for _, r := range h.sortedRepositories() {
				if h.belongs(r, c.who.user) && h.sees(c.who, r) {
					all = append(all, r)
				}
			}
			return paged(c, all, func(r *repository) any { return h.repository(r) }), nil
		}},
		{method: "GET", pattern: "/users/{username}", call: func(h *Hub, c *call) (any, error) {
			u := h.accounts[lower(c.params["username"])]
			if u == nil {
				return nil, errNotFound
			}
			return h.fullUser(u), nil
		}},
		{
			method:  "GET",
			pattern: "/orgs/{org}",
			call:    withOrg(func(h *Hub, c *call, o *account) (any, error) { return h.fullOrganization(o), nil }),
		},
		{method: "GET", pattern: "/orgs/{org}/members", need: "members:read", call: withOrg(func(h *Hub, c *call, o *account) (any, error) {
			return paged(c, slices.Sorted(maps.Keys(o.org.members)), func(login string) any { return h.user(h.accounts[login]) }), nil
		})},
		{method: "GET", pattern: "/orgs/{org}/members/{username}", need: "members:read",
			call: withOrg(func(h *Hub, c *call, o *account) (any, error) {
				if o.org.members[lower(c.params["username"])] == "" {
					return nil, errNotFound
				}
				return noContent(), nil
			})},
		{method: "GET", pattern: "/orgs/{org}/memberships/{username}", need: "members:read", call: withOrg((*Hub).getOrgMembership)},
		{method: "GET", pattern: "/orgs/{org}/teams", need: "members:read", call: withOrg(func(h *Hub, c *call, o *account) (any, error) {
			var all []object
			for _, slug := range slices.Sorted(maps.Keys(o.org.teams)) {
				all = append(all, h.team(o, o.org.teams[slug]))
			}
			return paged(c, all, func(t object) any { return t }), nil
		})},
		{
			method:  "GET",
			pattern: base,
			need:    "members:read",
			call:    withTeam(func(h *Hub, c *call, o *account, t *team) (any, error) { return h.fullTeam(o, t), nil }),
		},
		{method: "GET", pattern: base + "/members", need: "members:read", call: withTeam((*Hub).getTeamMembers)},
		{method: "GET", pattern: base + "/memberships/{username}", need: "members:read", call: withTeam((*Hub).getTeamMembership)},
		{method: "PUT", pattern: base + "/memberships/{username}", need: "members:write", call: withTeam((*Hub).putTeamMembership)},
		{method: "DELETE", pattern: base + "/memberships/{username}", need: "members:write",
			call: withTeam(func(h *Hub, c *call, o *account, t *team) (any, error) {
				if err := h.requireOwner(c, o); err != nil {
					return nil, err
				}
				if err := h.setTeamMember(o, t, c.params["username"], "", c.who.account()); err != nil {
					return nil, err
				}
				return noContent(), nil
			})},
		{method: "GET", pattern: base + "/repos", need: "members:read",
			call: withTeam(func(h *Hub, c *call, o *account, t *team) (any, error) {
				return paged(c, slices.Sorted(maps.Keys(t.repos)), func(id int64) any { return h.teamRepository(t, h.repos[id]) }), nil
			})},
		{method: "GET", pattern: base + "/repos/{owner}/{repo}", need: "members:read", call: withTeam((*Hub).getTeamRepository)},
		{method: "GET", pattern: base + "/teams", need: "members:read",
			call: withTeam(func(h *Hub, c *call, o *account, t *team) (any, error) {
				var all []object
				for _, slug := range slices.Sorted(maps.Keys(o.org.teams)) {
					if o.org.teams[slug].parent == t {
						all = append(all, h.team(o, o.org.teams[slug]))
					}
				}
				return paged(c, all, func(t object) any { return t }), nil
			})},
		{method: "GET", pattern: "/repos/{owner}/{repo}/teams", need: "administration:read", role: "admin",
			call: func(h *Hub, c *call) (any, error) {
				out := []object{}
				if o := c.repo.owner; o.org != nil {
					for _, slug := range slices.Sorted(maps.Keys(o.org.teams)) {
						t := o.org.teams[slug]
						if best := t.permission(c.repo); best > 0 {
							x := h.team(o, t)
							x["permission"], x["permissions"] = pullPush(best), permissionFlags(best)
							out = append(out, x)
						}
					}
				}
				return paged(c, out, func(t object) any { return t }), nil
			}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/collaborators", need: "metadata:read", role: "write",
			call: func(h *Hub, c *call) (any, error) {
				var all []*account
				for _, login := range slices.Sorted(maps.Keys(h.accounts)) {
					if u := h.accounts[login]; u.kind == "User" && h.explicit(c.repo, u) > 0 {
						all = append(all, u)
					}
				}
				return paged(c, all, func(u *account) any { return h.collaborator(c.repo, u) }), nil
			}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/collaborators/{username}", need: "metadata:read", role: "write",
			call: func(h *Hub, c *call) (any, error) {
				u := h.accounts[lower(c.params["username"])]
				if u == nil || h.explicit(c.repo, u) == 0 {
					return nil, errNotFound
				}
				return noContent(), nil
			}},
		{method: "PUT", pattern: "/repos/{owner}/{repo}/collaborators/{username}", need: "administration:write", role: "admin",
			call: func(h *Hub, c *call) (any, error) {
				in := struct{ Permission string }{"push"}
				if err := c.decode(&in); err != nil {
					return nil, err
				}
				if err := h.setCollaborator(c.repo, c.params["username"], in.Permission, c.who.account()); err != nil {
					return nil, err
				}
				return noContent(), nil
			}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/collaborators/{username}/permission", need: "metadata:read", role: "write",
			call: func(h *Hub, c *call) (any, error) {
				u := h.accounts[lower(c.params["username"])]
				if u == nil {
					return nil, errNotFound
				}
				role := h.role(c.repo, u)
				return object{"permission": legacy(role), "role_name": rankRole[role], "user": h.collaborator(c.repo, u)}, nil
			}},
	}
}

// legacy is the permission with the two roles folded in that are younger than the field: triage is read, maintain is write.
func legacy(role int) string {
	switch rankRole[role] {
	case "triage":
		return "read"
	case "maintain":
		return "write"
	}
	return rankRole[role]
}

// pullPush is the spelling teams use.
func pullPush(role int) string {
	switch rankRole[role] {
	case "read":
		return "pull"
	case "write":
		return "push"
	}
	return rankRole[role]
}

func (t *team) permission(r *repository) int {
	best := 0
	for at := t; at != nil; at = at.parent {
		best = max(best, rank(at.repos[r.id]))
	}
	return best
}

// explicit is role without what everybody has in a public repository.
func (h *Hub) explicit(r *repository, u *account) int {
	private := *r
	private.private = true
	return h.role(&private, u)
}

func (h *Hub) collaborator(r *repository, u *account) any {
	out := h.user(u).(*simpleUser).fields()
	role := h.role(r, u)
	out["permissions"], out["role_name"] = permissionFlags(role), rankRole[role]
	return out
}

func (h *Hub) fullUser(u *account) object {
	out := h.user(u).(*simpleUser).fields()
	for k, v := range (object{"name": orNull(u.name), "company": nil, "blog": "", "location": nil, "email": orNull(u.email),
		"hireable": nil, "bio": nil,
		"twitter_username": nil, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": stamp(u.created),
		"updated_at": stamp(u.created)}) {
		out[k] = v
	}
	return out
}

func withOrg(f func(*Hub, *call, *account) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		o := h.accounts[lower(c.params["org"])]
		if o == nil || o.org == nil {
			return nil, errNotFound
		}
		if c.route.need != "" {
			switch {
			case c.who.inst != nil && c.who.inst.account != o:
				return nil, errNotByIntegration
			case c.who.inst == nil && (c.who.user == nil || o.org.members[lower(c.who.user.login)] == ""):
				return nil, fail(http.StatusForbidden, "Must be a member of %s.", o.login)
			}
		}
		return f(h, c, o)
	}
}

func withTeam(f func(*Hub, *call, *account, *team) (any, error)) func(*Hub, *call) (any, error) {
	return withOrg(func(h *Hub, c *call, o *account) (any, error) {
		t := o.org.teams[lower(c.params["team_slug"])]
		if t == nil {
			return nil, errNotFound
		}
		return f(h, c, o, t)
	})
}

func (h *Hub) requireOwner(c *call, o *account) error {
	if c.who.user != nil && o.org.members[lower(c.who.user.login)] != "admin" {
		return fail(http.StatusForbidden, "Must be an owner of %s.", o.login)
	}
	return nil
}

func (h *Hub) getOrgMembership(c *call, o *account) (any, error) {
	login := lower(c.params["username"])
	role := o.org.members[login]
	if role == "" {
		return nil, errNotFound
	}
	return object{"url": h.URL() + "/orgs/" + o.login + "/memberships/" + login, "state": "active", "role": role, "direct_membership": true,
		"organization_url": h.URL() + "/orgs/" + o.login, "organization": h.organization(o), "user": h.user(h.accounts[login])}, nil
}

func (h *Hub) getTeamMembers(c *call, o *account, t *team) (any, error) {
	members := o.org.teamMembers(t)
	logins := slices.DeleteFunc(slices.Sorted(maps.Keys(members)), func(login string) bool {
		want := c.query.Get("role")
		return want != "" && want != "all" && members[login] != want
	})
	return paged(c, logins, func(login string) any { return h.user(h.accounts[login]) }), nil
}

func (h *Hub) membership(o *account, t *team, login, role string) object {
	return object{"url": h.URL() + "/organizations/" + strconv.FormatInt(o.id, 10) + "/team/" + strconv.FormatInt(t.id, 10) +
		"/memberships/" + login,
		"role": role, "state": "active"}
}

func (h *Hub) getTeamMembership(c *call, o *account, t *team) (any, error) {
	login := lower(c.params["username"])
	role, ok := o.org.teamMembers(t)[login]
	if !ok {
		return nil, errNotFound
	}
	return h.membership(o, t, login, role), nil
}

func (h *Hub) putTeamMembership(c *call, o *account, t *team) (any, error) {
	if err := h.requireOwner(c, o); err != nil {
		return nil, err
	}
	in := struct{ Role string }{"member"}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.setTeamMember(o, t, c.params["username"], in.Role, c.who.account()); err != nil {
		return nil, err
	}
	return h.membership(o, t, lower(c.params["username"]), in.Role), nil
}

func (h *Hub) teamRepository(t *team, r *repository) any {
	out := h.repository(r)
	role := t.permission(r)
	out["permissions"], out["role_name"] = permissionFlags(role), rankRole[role]
	return out
}

// getTeamRepository says whether a team manages a repository: 204, or with the repository media type the repository.
func (h *Hub) getTeamRepository(c *call, o *account, t *team) (any, error) {
	r := h.names[lower(c.params["owner"]+"/"+c.params["repo"])]
	if r == nil || t.permission(r) == 0 {
		return nil, errNotFound
	}
	if strings.Contains(c.r.Header.Get("Accept"), "repository") {
		return h.teamRepository(t, r), nil
	}
	return noContent(), nil
}
