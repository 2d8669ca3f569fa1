package gitlab

import (
	"time"
)

// fireAccess tells of what bears on who may do what: hooks of groups as they say it, and the instance's hooks as they do.
// Nobody below Premium but the instance's administrator hears of it, since groups have no hooks there.
func (l *Lab) fireAccess(trigger, name string, within *group, forGroup, forSystem object) {
	for _, h := range l.allHooks {
		switch {
		case h.project != nil:
		case h.group == nil:
			l.sendAs(h, trigger, "System Hook", forSystem)
		case forGroup != nil && h.subscribes(trigger):
			for g := within; g != nil; g = g.parent {
				if g == h.group {
					l.sendAs(h, trigger, name, forGroup)
				}
			}
		}
	}
}

// memberEvent tells of a membership that began, changed or ended.
func (l *Lab) memberEvent(g *group, p *project, m *member, what string) {
	levels := map[int]string{
		Guest:      "Guest",
		Planner:    "Planner",
		Reporter:   "Reporter",
		Developer:  "Developer",
		Maintainer: "Maintainer",
		Owner:      "Owner",
	}
	person := object{"created_at": m.created.Format(time.RFC3339), "updated_at": l.now().Format(time.RFC3339),
		"user_username": m.user.username,
		"user_name":     m.user.name, "user_email": "[REDACTED]", "user_id": m.user.id}
	at := func(more object) object {
		for name, value := range person {
			more[name] = value
		}
		return more
	}
	if g != nil {
		payload := at(
			object{"event_name": "user_" + what + "_group", "group_name": g.name, "group_path": last(g.path), "group_id": g.id,
				"group_access": levels[m.level], "group_plan": nil, "expires_at": nil},
		)
		l.fireAccess("member_events", "Member Hook", g, payload, payload)
		return
	}
	l.fireAccess("member_events", "Member Hook", nil, nil, at(object{"event_name": "user_" + what + "_team",
		"access_level": levels[m.level],
		"project_id":   p.id, "project_name": p.name, "project_path": last(p.path), "project_path_with_namespace": p.path,
		"project_visibility": p.visibility}))
}

// projectEvent tells of a project that began, moved or ended.
func (l *Lab) projectEvent(p *project, what, oldPath string) {
	payload := object{"event_name": "project_" + what, "created_at": utc(p.created), "updated_at": utc(p.updated), "name": p.name,
		"path": last(
			p.path,
		), "path_with_namespace": p.path, "project_id": p.id, "project_namespace_id": l.namespaceShape(p)["id"],
		"owners": []any{}, "project_visibility": p.visibility}
	system := object{"owner_name": nil, "owner_email": nil}
	for name, value := range payload {
		system[name] = value
	}
	if oldPath != "" {
		system["old_path_with_namespace"] = oldPath
		payload = nil // hooks of groups hear of beginnings and ends alone
	}
	l.fireAccess("project_events", "Project Hook", p.group, payload, system)
}

// Expiring tells the project or group of a token that it ends within days, as GitLab does by itself.
func (l *Lab) Expiring(secret string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tokens[secret]
	if t == nil {
		return missing("Token")
	}
	attributes := object{"user_id": t.user.id, "created_at": utc(t.created), "id": t.id, "name": t.name, "expires_at": nil}
	if !t.expires.IsZero() {
		attributes["expires_at"] = t.expires.Format(time.DateOnly)
	}
	payload := object{"object_kind": "access_token", "event_name": "expiring_access_token", "object_attributes": attributes}
	for _, h := range l.allHooks {
		if !h.subscribes("resource_access_token_events") || h.group != t.group || h.project != t.project ||
			t.group == nil && t.project == nil {
			continue
		}
		if t.project != nil {
			payload["project"] = l.hookProject(t.project)
		} else {
			payload["group"] = object{"group_name": t.group.name, "group_path": last(t.group.path),
				"full_path": t.group.path, "group_id": t.group.id}
		}
		l.sendAs(h, "resource_access_token_events", "Resource Access Token Hook", payload)
	}
	return nil
}

// rotateSelf is POST /personal_access_tokens/self/rotate: a new secret for the same holder; the old one ends at once.
func rotateSelf(l *Lab, c *call) (any, error) {
	old := c.who.token
	made := *old
	old.revoked = true
	made.id, made.secret, made.created, made.expires = l.id(), "glpat-"+random(10), l.now(), l.now().AddDate(0, 0, 7)
	if s, ok := c.text("expires_at"); ok {
		day, err := time.Parse(time.DateOnly, s)
		if err != nil || day.After(l.now().AddDate(1, 0, 0)) {
			return nil, fail(
				400,
				"400 Bad request - Expiration date must be before "+l.now().AddDate(1, 0, 0).Format(time.DateOnly),
			)
		}
		made.expires = day
	}
	l.tokens[made.secret] = &made
	return object{"id": made.id, "name": made.name, "revoked": false, "created_at": stamp(made.created), "description": nil,
		"scopes": made.scopes, "user_id": made.user.id, "last_used_at": nil, "active": true,
		"expires_at": made.expires.Format(time.DateOnly), "token": made.secret}, nil
}
