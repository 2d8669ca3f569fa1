package gitlab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// noCommit is what a reference that does not exist points to.
const noCommit = "0000000000000000000000000000000000000000"

// utc is a time as hooks write most of them.
func utc(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func (l *Lab) hookUser(u *user) any {
	if u == nil {
		return nil
	}
	return object{"id": u.id, "name": u.name, "username": u.username, "avatar_url": l.avatar(u), "email": "[REDACTED]"}
}

func (l *Lab) hookProject(p *project) object {
	visibility := map[string]int{"private": 0, "internal": 10, "public": 20}[p.visibility]
	namespace := above(p.path)
	if p.group != nil {
		namespace = p.group.name
	}
	url := l.URL() + "/" + p.path
	return object{
		"id": p.id, "name": p.name, "description": p.description, "web_url": url, "avatar_url": nil, "git_ssh_url": l.sshURL(p),
		"git_http_url": url + ".git", "namespace": namespace, "visibility_level": visibility, "path_with_namespace": p.path,
		"default_branch": p.defaultBranch, "ci_config_path": p.settings.CIConfigPath, "homepage": url,
		"url": l.sshURL(p), "ssh_url": l.sshURL(p),
		"http_url": url + ".git",
	}
}

func (l *Lab) hookRepository(p *project) object {
	return object{"name": p.name, "url": l.sshURL(p), "description": p.description, "homepage": l.URL() + "/" + p.path}
}

func hookLabels(p *project, labels []*label) []any {
	out := []any{}
	for _, x := range labels {
		out = append(out, object{"id": x.id, "title": x.name, "color": x.color, "project_id": p.id, "created_at": utc(x.created),
			"updated_at": utc(
				x.created,
			), "template": false, "description": orNull(x.about), "type": "ProjectLabel", "group_id": nil})
	}
	return out
}

func (l *Lab) hookCommit(p *project, c *githost.Commit) object {
	title, _, _ := strings.Cut(c.Message, "\n")
	return object{"id": c.SHA, "message": c.Message, "title": title, "timestamp": c.Committer.When.UTC().Format(time.RFC3339),
		"url": l.URL() + "/" + p.path + "/-/commit/" + c.SHA, "author": object{"name": c.Author.Name, "email": c.Author.Email}}
}

// hookRequest is a merge request as hooks of every kind show it.
func (l *Lab) hookRequest(m *request) object {
	ids := func(users []*user) []int64 {
		out := []int64{}
		for _, u := range users {
			out = append(out, u.id)
		}
		return out
	}
	var reviewers []*user
	for _, r := range m.reviewers {
		reviewers = append(reviewers, r.user)
	}
	assignee, source, sourceID := any(nil), any(nil), any(nil)
	if len(m.assignees) > 0 {
		assignee = m.assignees[0].id
	}
	if m.source != nil {
		source, sourceID = l.hookProject(m.source), m.source.id
	}
	out := object{
		"id": m.id, "iid": m.iid, "target_branch": m.targetRef, "source_branch": m.sourceRef, "source_project_id": sourceID,
		"target_project_id": m.target.id, "author_id": m.author.id, "assignee_id": assignee, "assignee_ids": ids(m.assignees),
		"reviewer_ids": ids(
			reviewers,
		), "title": m.title, "created_at": utc(m.created), "updated_at": utc(m.updated), "milestone_id": nil,
		"state": m.state, "state_id": stateID(m.state), "blocking_discussions_resolved": m.unresolved() == 0,
		"work_in_progress": m.draft(),
		"draft":            m.draft(), "first_contribution": false, "merge_status": l.oldStatus(m),
		"detailed_merge_status":        l.mergeStatus(m),
		"merge_when_pipeline_succeeds": m.autoMerge, "description": m.description, "url": l.requestURL(m), "source": source,
		"target": l.hookProject(
			m.target,
		), "last_edited_at": nil, "last_edited_by_id": nil, "total_time_spent": 0, "time_change": 0,
		"human_total_time_spent": nil, "human_time_change": nil, "human_time_estimate": nil, "labels": hookLabels(m.target, m.labels),
		"head_pipeline_id": nil, "prepared_at": nil, "merge_commit_sha": orNull(m.mergeSHA), "last_commit": nil,
	}
	if p := l.headPipeline(m); p != nil {
		out["head_pipeline_id"] = p.id
	}
	if m.version(l.now()) != nil {
		out["prepared_at"] = utc(m.prepared)
	}
	if c, err := m.target.git.Commit(m.head); err == nil {
		out["last_commit"] = l.hookCommit(m.target, c)
	}
	return out
}

func stateID(state string) int {
	return slices.Index([]string{"", "opened", "closed", "merged", "locked"}, state)
}

// changed is one entry of a hook's changes.
func changed(previous, current any) object { return object{"previous": previous, "current": current} }

// requestEvent tells of a merge request. extra goes into object_attributes, as oldrev does.
func (l *Lab) requestEvent(m *request, action string, by *user, changes, extra object) {
	payload := l.requestPayload(m, by, changes)
	attributes := payload["object_attributes"].(object)
	attributes["action"] = action
	for name, value := range extra {
		attributes[name] = value
	}
	l.fire(m.target, "merge_requests_events", "Merge Request Hook", payload)
	if action == "open" || action == "update" || action == "reopen" {
		l.dispatch(m, payload)
	}
}

func (l *Lab) requestPayload(m *request, by *user, changes object) object {
	if changes == nil {
		changes = object{}
	}
	attributes := l.hookRequest(m)
	payload := object{"object_kind": "merge_request", "event_type": "merge_request", "user": l.hookUser(by),
		"project":    l.hookProject(m.target),
		"repository": l.hookRepository(m.target), "object_attributes": attributes, "labels": hookLabels(m.target,
			m.labels), "changes": changes}
	people := func(users []*user) []any {
		out := []any{}
		for _, u := range users {
			out = append(out, l.hookUser(u))
		}
		return out
	}
	var reviewers []*user
	for _, r := range m.reviewers {
		reviewers = append(reviewers, r.user)
	}
	payload["assignees"], payload["reviewers"] = people(m.assignees), people(reviewers)
	return payload
}

// hookNote is a note as hooks show it.
func (l *Lab) hookNote(m *request, n *note) object {
	lineCode := any(nil)
	if n.position != nil {
		lineCode = orNull(n.position.lineCode)
	}
	resolver := any(nil)
	if n.resolvedBy != nil {
		resolver = n.resolvedBy.id
	}
	return object{"id": n.id, "note": n.body, "description": n.body, "noteable_type": "MergeRequest",
		"noteable_id": m.id, "author_id": n.author.id,
		"created_at": utc(
			n.created,
		), "updated_at": utc(n.updated), "project_id": m.target.id, "attachment": nil, "commit_id": nil,
		"line_code": lineCode, "system": n.system, "st_diff": nil, "type": orNull(n.kind),
		"discussion_id": n.discussion, "internal": false,
		"position": n.position, "original_position": n.position, "change_position": nil, "resolved_at": utc(n.resolvedAt),
		"resolved_by_id": resolver, "resolved_by_push": nil, "url": fmt.Sprintf("%s#note_%d", l.requestURL(m), n.id)}
}

// noteEvent tells of a note that somebody wrote or changed. There is none for system notes, and none for deletion.
func (l *Lab) noteEvent(m *request, n *note, action string, by *user) {
	if n.system {
		return
	}
	attributes := l.hookNote(m, n)
	attributes["action"] = action
	mine := l.hookRequest(m)
	mine["position"], mine["assignee"] = 0, nil
	if len(m.assignees) > 0 {
		mine["assignee"] = l.hookUser(m.assignees[0])
	}
	l.fire(m.target, "note_events", "Note Hook", object{"object_kind": "note", "event_type": "note", "user": l.hookUser(by),
		"project_id": m.target.id, "project": l.hookProject(m.target), "repository": l.hookRepository(m.target),
		"object_attributes": attributes,
		"merge_request":     mine})
	l.dispatch(m, l.requestPayload(m, by, nil))
}

// emojiEvent tells of an emoji that somebody gave or took back.
func (l *Lab) emojiEvent(m *request, n *note, a *award, action string) {
	kind, id, url := "MergeRequest", m.id, l.requestURL(m)
	mine := l.hookRequest(m)
	mine["project_id"] = m.target.id
	payload := object{"object_kind": "emoji", "event_type": action, "user": l.hookUser(a.user), "project_id": m.target.id,
		"project": l.hookProject(m.target), "merge_request": mine}
	if n != nil {
		kind, id, url = "Note", n.id, fmt.Sprintf("%s#note_%d", url, n.id)
		payload["note"] = l.hookNote(m, n)
	}
	payload["object_attributes"] = object{"user_id": a.user.id, "created_at": utc(a.created), "id": a.id,
		"name": a.name, "awardable_type": kind,
		"awardable_id": id, "updated_at": utc(a.created), "action": action, "awarded_on_url": url}
	l.fire(m.target, "emoji_events", "Emoji Hook", payload)
}

// Limits of push hooks: one push to more branches sends none at all, and a payload lists so many commits.
const (
	maxPushBranches = 3
	maxPushCommits  = 20
)

// pushEvents tells of a push.
func (l *Lab) pushEvents(p *project, changes []githost.RefChange, by *user) {
	var branches []githost.RefChange
	for _, c := range changes {
		if strings.HasPrefix(c.Name, "refs/heads/") {
			branches = append(branches, c)
		}
	}
	if len(branches) > maxPushBranches {
		return
	}
	for _, c := range branches {
		l.fire(p, "push_events", "Push Hook", l.pushPayload(p, c.Name, c.Old, c.New, by))
	}
}

func (l *Lab) pushPayload(p *project, ref, before, after string, by *user) object {
	orZero := func(sha string) string {
		if sha == "" {
			return noCommit
		}
		return sha
	}
	commits, total := l.pushCommits(p, before, after)
	repository := l.hookRepository(p)
	at := l.hookProject(p)
	repository["git_http_url"], repository["git_ssh_url"] = at["git_http_url"], at["git_ssh_url"]
	repository["visibility_level"] = at["visibility_level"]
	out := object{"object_kind": "push", "event_name": "push", "before": orZero(before), "after": orZero(after), "ref": ref,
		"ref_protected": p.protection(
			strings.TrimPrefix(ref, "refs/heads/"),
		) != nil, "checkout_sha": orNull(after), "message": nil,
		"user_id": nil, "user_name": "", "user_username": "", "user_email": nil, "user_avatar": nil, "project_id": p.id, "project": at,
		"repository": repository, "commits": commits, "total_commits_count": total, "push_options": object{}}
	if by != nil {
		out["user_id"], out["user_name"], out["user_username"], out["user_email"] = by.id, by.name, by.username, ""
		out["user_avatar"] = l.avatar(by)
	}
	return out
}

// pushCommits are the last commits that a push brought, oldest first, and how many there were.
func (l *Lab) pushCommits(p *project, before, after string) ([]any, int) {
	out := []any{}
	if after == "" {
		return out, 0
	}
	if before == "" {
		if before, _ = p.branch(p.defaultBranch); before == after {
			before = ""
		}
	}
	list := []string{after}
	if before != "" {
		ahead, err := p.git.Ahead(asking(), before, after)
		if err != nil {
			return out, 0
		}
		list = ahead
	}
	total := len(list)
	for _, sha := range list[max(0, total-maxPushCommits):] {
		c, err := p.git.Commit(sha)
		if err != nil {
			continue
		}
		parent := ""
		if len(c.Parents) > 0 {
			parent = c.Parents[0]
		}
		files, err := p.files(parent, sha)
		if err != nil {
			continue
		}
		shape := l.hookCommit(p, c)
		added, modified, removed := []string{}, []string{}, []string{}
		for _, f := range files {
			switch f.Status {
			case "added":
				added = append(added, f.Path)
			case "removed":
				removed = append(removed, f.Path)
			case "renamed":
				added, removed = append(added, f.Path), append(removed, f.OldPath)
			default:
				modified = append(modified, f.Path)
			}
		}
		shape["added"], shape["modified"], shape["removed"] = added, modified, removed
		out = append(out, shape)
	}
	return out, total
}

// pipelineEvent tells of a pipeline that began or moved on.
func (l *Lab) pipelineEvent(x *pipeline) {
	p := x.project
	stages, builds, done, duration := []string{}, []any{}, any(nil), any(nil)
	for _, j := range x.jobs {
		if !slices.Contains(stages, j.stage) {
			stages = append(stages, j.stage)
		}
		if j.status || j.retried {
			continue
		}
		builds = append(
			builds,
			object{"id": j.id, "stage": j.stage, "name": j.name, "status": j.state, "created_at": utc(j.created),
				"started_at": utc(
					j.started,
				), "finished_at": utc(j.finished), "duration": nil, "queued_duration": nil, "failure_reason": nil,
				"when": "on_success", "manual": false, "allow_failure": j.allowFailure, "user": l.hookUser(j.user), "runner": nil,
				"artifacts_file": object{"filename": nil, "size": nil}, "environment": nil},
		)
	}
	if finished(x.status()) {
		done, duration = utc(x.updated), int(x.updated.Sub(x.created).Seconds())
	}
	payload := object{"object_kind": "pipeline", "user": l.hookUser(x.user), "project": l.hookProject(p), "builds": builds,
		"merge_request": nil, "commit": nil,
		"object_attributes": object{"id": x.id, "iid": x.iid, "name": nil, "ref": x.ref, "tag": false, "sha": x.sha,
			"before_sha": noCommit,
			"source":     x.source, "status": x.status(), "detailed_status": x.status(), "stages": stages, "created_at": utc(x.created),
			"finished_at": done, "duration": duration, "queued_duration": nil, "variables": []any{}, "url": l.pipelineURL(x)}}
	if m := x.request; m != nil {
		payload["merge_request"] = object{"id": m.id, "iid": m.iid, "title": m.title, "source_branch": m.sourceRef,
			"source_project_id": sourceID(m),
			"target_branch":     m.targetRef, "target_project_id": m.target.id, "state": m.state, "merge_status": l.oldStatus(m),
			"detailed_merge_status": l.mergeStatus(m), "url": l.requestURL(m)}
	}
	if c, err := p.git.Commit(x.sha); err == nil {
		payload["commit"] = l.hookCommit(p, c)
	}
	l.fire(p, "pipeline_events", "Pipeline Hook", payload)
}
