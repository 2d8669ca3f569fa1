package gitlab

import (
	"fmt"
	"maps"
	"strings"
)

// with adds fields to an object.
func with(o, more object) object {
	maps.Copy(o, more)
	return o
}

func (l *Lab) environmentShape(e *environment) object {
	return object{"id": e.id, "name": e.name, "slug": strings.ReplaceAll(e.name, "/", "-"), "external_url": nil,
		"created_at": stamp(e.created), "updated_at": stamp(e.created)}
}

func (l *Lab) deploymentShape(p *project, d *deployment) (object, error) {
	out := object{
		"id":         d.id,
		"iid":        d.iid,
		"ref":        p.defaultBranch,
		"sha":        d.sha,
		"status":     d.status,
		"created_at": stamp(d.created),
		"updated_at": stamp(
			d.updated,
		),
		"user":        l.basicUser(d.by),
		"environment": l.environmentShape(d.environment),
		"deployable":  nil,
	}
	if j := d.job; j != nil {
		commit, err := p.git.Commit(d.sha)
		if err != nil {
			return nil, err
		}
		out["deployable"] = object{
			"id":          j.id,
			"name":        j.name,
			"stage":       j.stage,
			"status":      j.state,
			"ref":         p.defaultBranch,
			"tag":         false,
			"coverage":    nil,
			"created_at":  stamp(j.created),
			"started_at":  stamp(j.started),
			"finished_at": stamp(j.finished),
			"duration":    nil,
			"user":        l.publicUser(j.user),
			"commit":      l.commitShape(p, commit),
			"runner":      nil,
			"pipeline": object{"id": j.id, "ref": p.defaultBranch, "sha": d.sha, "status": j.state, "web_url": l.URL(),
				"created_at": stamp(j.created), "updated_at": stamp(j.created)},
		}
	}
	return out, nil
}

func (l *Lab) deploymentPayload(p *project, d *deployment) object {
	deployable, url, title := any(nil), any(nil), ""
	if d.job != nil {
		deployable, url = d.job.id, fmt.Sprintf("%s/%s/-/jobs/%d", l.URL(), p.path, d.job.id)
	}
	if c, err := p.git.Commit(d.sha); err == nil {
		title, _, _ = strings.Cut(c.Message, "\n")
	}
	e := d.environment
	return object{
		"object_kind":       "deployment",
		"status":            d.status,
		"status_changed_at": d.updated.Format("2006-01-02 15:04:05 -0700"),
		"deployment_id":     d.id,
		"deployable_id":     deployable,
		"deployable_url":    url,
		"environment":       e.name,
		"environment_tier": orNull(
			e.tier,
		),
		"environment_slug":         strings.ReplaceAll(e.name, "/", "-"),
		"environment_external_url": nil,
		"project":                  l.hookProject(p),
		"short_sha":                d.sha[:min(8, len(d.sha))],
		"user":                     l.hookUser(d.by),
		"user_url":                 l.URL() + "/" + d.by.username,
		"commit_url":               l.URL() + "/" + p.path + "/-/commit/" + d.sha,
		"commit_title":             title,
		"ref":                      p.defaultBranch,
	}
}

// releaseShape has no id: the API shows none.
func (l *Lab) releaseShape(p *project, r *released) (object, error) {
	commit, err := p.git.Commit(r.sha)
	if err != nil {
		return nil, err
	}
	web := l.URL() + "/" + p.path + "/-/releases/" + r.tag
	return object{
		"tag_name":         r.tag,
		"name":             r.tag,
		"description":      "",
		"created_at":       stamp(r.created),
		"released_at":      stamp(r.since),
		"upcoming_release": r.since.After(l.now()),
		"author":           l.basicUser(r.by),
		"commit":           l.commitShape(p, commit),
		"milestones":       []any{},
		"commit_path":      "/" + p.path + "/-/commit/" + r.sha,
		"tag_path":         "/" + p.path + "/-/tags/" + r.tag,
		"assets": object{
			"count":   0,
			"sources": []any{},
			"links":   []any{},
		},
		"evidences": []any{},
		"_links":    object{"self": web},
	}, nil
}

func (l *Lab) releasePayload(p *project, r *released) (object, error) {
	commit, err := p.git.Commit(r.sha)
	if err != nil {
		return nil, err
	}
	archive := l.URL() + "/" + p.path + "/-/archive/" + r.tag + ".zip"
	return object{
		"id":          r.id,
		"created_at":  utc(r.created),
		"description": "",
		"name":        r.tag,
		"released_at": utc(r.since),
		"tag":         r.tag,
		"object_kind": "release",
		"project":     l.hookProject(p),
		"url":         l.URL() + "/" + p.path + "/-/releases/" + r.tag,
		"action":      "create",
		"assets": object{
			"count":   2,
			"sources": []any{object{"format": "zip", "url": archive}},
			"links": []any{object{"id": r.id,
				"external": true, "link_type": "other", "name": "notes", "url": archive}},
		},
		"commit": l.hookCommit(p, commit),
	}, nil
}

func (l *Lab) issueShape(p *project, i *issue) object {
	state, names := "opened", []string{}
	if !i.closed.IsZero() {
		state = "closed"
	}
	for _, x := range i.labels {
		names = append(names, x.name)
	}
	return object{"id": i.id, "iid": i.iid, "project_id": p.id, "title": i.title, "description": nil, "state": state,
		"created_at": stamp(
			i.created,
		), "updated_at": stamp(i.updated), "closed_at": stamp(i.closed), "closed_by": nil, "labels": names,
		"milestone": nil, "assignees": []any{}, "assignee": nil, "author": l.basicUser(i.by), "user_notes_count": 0,
		"merge_requests_count": 0, "upvotes": 0, "downvotes": 0, "due_date": nil, "confidential": false, "discussion_locked": nil,
		"issue_type": i.kind, "web_url": fmt.Sprintf("%s/%s/-/issues/%d", l.URL(), p.path, i.iid), "moved_to_id": nil,
		"epic": nil, "health_status": nil}
}

// issuePayload writes a type as its name reads: "Incident".
func (l *Lab) issuePayload(p *project, i *issue, action string, changes object) object {
	state, labels := "opened", hookLabels(p, i.labels)
	if !i.closed.IsZero() {
		state = "closed"
	}
	return object{"object_kind": "issue", "event_type": "issue", "user": l.hookUser(i.by), "project": l.hookProject(p),
		"repository": l.hookRepository(
			p,
		), "labels": labels, "assignees": []any{l.hookUser(i.by)}, "assignee": l.hookUser(i.by),
		"changes": changes, "object_attributes": object{"id": i.id, "iid": i.iid, "title": i.title, "project_id": p.id,
			"type": strings.ToUpper(
				i.kind[:1],
			) + i.kind[1:], "description": nil, "author_id": i.by.id, "assignee_id": i.by.id,
			"assignee_ids": []int64{
				i.by.id,
			}, "created_at": utc(i.created), "updated_at": utc(i.updated), "closed_at": utc(i.closed),
			"updated_by_id": i.by.id, "last_edited_at": nil, "last_edited_by_id": nil, "relative_position": 0, "milestone_id": nil,
			"state_id": stateID(
				state,
			), "confidential": false, "discussion_locked": nil, "start_date": nil, "due_date": nil,
			"moved_to_id": nil, "duplicated_to_id": nil, "time_estimate": 0, "total_time_spent": 0, "time_change": 0,
			"human_total_time_spent": nil, "human_time_estimate": nil, "human_time_change": nil, "weight": nil,
			"url": fmt.Sprintf(
				"%s/%s/-/issues/%d",
				l.URL(),
				p.path,
				i.iid,
			), "state": state, "action": action, "severity": "unknown",
			"escalation_status": nil, "escalation_policy": nil, "labels": labels}}
}
