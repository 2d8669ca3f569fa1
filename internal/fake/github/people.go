package github

import (
	"cmp"
	"fmt"
	"strings"
)

// What changes accounts, repositories and installations, under the lock, with the webhooks it sends.

func (h *Hub) addAccount(login, kind, name, email string) (*account, error) {
	if login == "" || strings.ContainsAny(login, "/ ") || h.accounts[lower(login)] != nil {
		return nil, fmt.Errorf("add account %q: the login is empty, not allowed or taken", login)
	}
	u := &account{id: h.id(), login: login, kind: kind, name: name, email: email, created: h.now()}
	if kind == "Organization" {
		u.org = &organization{basePermission: "read", members: map[string]string{}, teams: map[string]*team{}}
	}
	h.accounts[lower(login)] = u
	if email != "" {
		h.emails[lower(email)] = u
	}
	return u, nil
}

func (h *Hub) setTeamMember(o *account, t *team, login, role string, by *account) error {
	u := h.accounts[lower(login)]
	if u == nil {
		return errNotFound
	}
	was := t.members[lower(login)]
	switch {
	case role == "" && was == "":
		return errNotFound
	case role == "":
		delete(t.members, lower(login))
		h.emit(audience{account: o}, "membership", "removed", by, object{"scope": "team", "member": h.user(u), "team": h.team(o, t)})
	case role != "member" && role != "maintainer":
		return invalid("TeamMembership", "role", "invalid", "")
	default:
		if o.org.members[lower(login)] == "" {
			if err := h.setOrgMember(o, login, "member", by); err != nil {
				return err
			}
		}
		t.members[lower(login)] = role
		if was == "" {
			h.emit(audience{account: o}, "membership", "added", by, object{"scope": "team", "member": h.user(u), "team": h.team(o, t)})
		}
	}
	return nil
}

func (h *Hub) setOrgMember(o *account, login, role string, by *account) error {
	u := h.accounts[lower(login)]
	if u == nil {
		return errNotFound
	}
	was, action := o.org.members[lower(login)], "member_added"
	switch {
	case role == was:
		return nil
	case role == "":
		action = "member_removed"
		delete(o.org.members, lower(login))
		for _, t := range o.org.teams {
			delete(t.members, lower(login))
		}
	case role != "member" && role != "admin":
		return invalid("OrganizationMembership", "role", "invalid", "")
	default:
		o.org.members[lower(login)] = role
	}
	if was != "" && role != "" {
		return nil // a change of role alone sends no organization event
	}
	h.emit(audience{account: o}, "organization", action, by, object{"membership": object{
		"url": h.URL() + "/orgs/" + o.login + "/memberships/" + u.login, "state": "active", "role": cmp.Or(role, was),
		"organization_url": h.URL() + "/orgs/" + o.login, "user": h.user(u), "direct_membership": true}})
	return nil
}

func (h *Hub) setTeamRepo(o *account, t *team, r *repository, permission string, by *account) error {
	was := t.repos[r.id]
	show := func(p string) object {
		x := h.repository(r)
		x["permissions"], x["role_name"] = permissionFlags(rank(p)), rankRole[rank(p)]
		return x
	}
	switch {
	case permission == "" && was == "":
		return errNotFound
	case permission == "":
		delete(t.repos, r.id)
		h.emit(audience{account: o}, "team", "removed_from_repository", by, object{"team": h.team(o, t), "repository": show("")})
	case rank(permission) == 0:
		return invalid("TeamRepository", "permission", "invalid", "")
	case was == "":
		t.repos[r.id] = permission
		h.emit(audience{account: o}, "team", "added_to_repository", by, object{"team": h.team(o, t), "repository": show(permission)})
		h.emit(audience{repo: r}, "team_add", "", by, object{"team": h.team(o, t)})
	case rank(was) != rank(permission):
		t.repos[r.id] = permission
		flags := permissionFlags(rank(was))
		h.emit(audience{account: o}, "team", "edited", by, object{"team": h.team(o, t), "repository": show(permission),
			"changes": object{
				"repository": object{
					"permissions": object{"from": object{"admin": flags["admin"], "pull": flags["pull"], "push": flags["push"]}}}}})
	}
	return nil
}
