package github

import (
	"strconv"
)

// headPulls is check_run.pull_requests: open pull requests of the same repository with this head. For forks GitHub's
// list is empty.
func (h *Hub) headPulls(r *repository, sha string) []any {
	out := []any{}
	short := object{"id": r.id, "url": h.repoURL(r), "name": r.name}
	for _, p := range r.byHead[sha] {
		if p.state == "open" && p.headRepo == r && p.headSHA == sha {
			out = append(out, object{"url": p.apiURL(h), "id": p.id, "number": p.number,
				"head": object{"ref": p.headRef, "sha": p.headSHA, "repo": short},
				"base": object{"ref": p.baseRef, "sha": p.baseSHA, "repo": short}})
		}
	}
	return out
}

func (h *Hub) run(run *checkRun) object {
	r := run.suite.repo
	id := strconv.FormatInt(run.id, 10)
	api := h.repoURL(r) + "/check-runs/" + id
	web := h.URL() + "/" + r.fullName() + "/runs/" + id
	details := run.detailsURL
	if details == "" {
		details = web
	}
	return object{
		"id": run.id, "node_id": nodeID("CR", run.id), "head_sha": run.suite.head, "external_id": run.externalID, "url": api,
		"html_url": web, "details_url": details, "status": run.status, "conclusion": orNull(run.conclusion),
		"started_at": stampOrNull(run.started), "completed_at": stampOrNull(run.completed), "name": run.name,
		"output": object{"title": run.title, "summary": run.summary, "text": run.text,
			"annotations_count": len(run.annotations), "annotations_url": api + "/annotations"},
		"check_suite": object{"id": run.suite.id}, "app": h.application(run.suite.app), "pull_requests": h.headPulls(r, run.suite.head),
	}
}

func (h *Hub) suiteShape(s *checkSuite) object {
	status, conclusion := s.state()
	api := h.repoURL(s.repo) + "/check-suites/" + strconv.FormatInt(s.id, 10)
	after := s.head
	out := object{
		"id": s.id, "node_id": nodeID("CS", s.id), "head_branch": orNull(s.branch), "head_sha": s.head, "status": status,
		"conclusion": orNull(conclusion), "url": api, "before": orZero(s.before), "after": after,
		"pull_requests": h.headPulls(s.repo, s.head),
		"app":           h.application(s.app), "created_at": stamp(s.created), "updated_at": stamp(s.updated), "rerequestable": true,
		"runs_rerequestable": true, "latest_check_runs_count": len(latestRuns(s.runs)), "check_runs_url": api + "/check-runs",
		"head_commit": nil,
	}
	if c, err := s.repo.git.Commit(s.head); err == nil {
		out["head_commit"] = simpleCommit(c)
	}
	return out
}

func (h *Hub) runEvent(run *checkRun, action string, by *account, only *app) {
	h.runEventWith(run, action, by, only, nil)
}

func (h *Hub) runEventWith(run *checkRun, action string, by *account, only *app, extra object) {
	r := run.suite.repo
	if !h.listened(r, "check_run") {
		return
	}
	shown := h.run(run)
	suite := h.suiteShape(run.suite)
	for _, k := range []string{"head_commit", "latest_check_runs_count", "check_runs_url", "runs_rerequestable", "rerequestable"} {
		delete(suite, k)
	}
	shown["check_suite"] = suite
	payload := object{"check_run": shown}
	for k, v := range extra {
		payload[k] = v
	}
	h.emit(audience{repo: r, only: only}, "check_run", action, by, payload)
}

func (h *Hub) suiteEvent(s *checkSuite, action string, by *account, only *app) {
	if !h.listened(s.repo, "check_suite") {
		return
	}
	h.emit(audience{repo: s.repo, only: only}, "check_suite", action, by, object{"check_suite": h.suiteShape(s)})
}

func (h *Hub) annotationShape(run *checkRun, a annotation) any {
	return object{"path": a.Path,
		"blob_href":  h.URL() + "/" + run.suite.repo.fullName() + "/blob/" + run.suite.head + "/" + escapePath(a.Path),
		"start_line": a.StartLine, "end_line": a.EndLine, "start_column": a.StartColumn, "end_column": a.EndColumn,
		"annotation_level": a.Level, "title": a.Title, "message": a.Message, "raw_details": a.RawDetails}
}

func (h *Hub) status(r *repository, sha string, s *status) object {
	avatar := any(nil)
	if s.creator != nil {
		avatar = h.URL() + "/avatars/" + strconv.FormatInt(s.creator.id, 10)
	}
	return object{"url": h.repoURL(r) + "/statuses/" + sha, "avatar_url": avatar, "id": s.id, "node_id": nodeID("SC", s.id),
		"state": s.state, "description": s.description, "target_url": s.target, "context": s.context,
		"created_at": stamp(s.created), "updated_at": stamp(s.created), "creator": h.user(s.creator)}
}
