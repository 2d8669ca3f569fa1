package gitlab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// request is the merge request that the path names.
func (c *call) request() (*request, error) {
	if m := c.project.requests[c.number("merge_request_iid")]; m != nil {
		return m, nil
	}
	return nil, missing("")
}

func getRequest(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	return l.requestShape(m, c.who.user), nil
}

// basicRequest is a merge request as lists show it.
func (l *Lab) basicRequest(m *request) object {
	now := l.now()
	labels, notes := []string{}, 0
	for _, x := range m.labels {
		labels = append(labels, x.name)
	}
	for _, n := range m.notes {
		if !n.system {
			notes++
		}
	}
	out := object{
		"id": m.id, "iid": m.iid, "project_id": m.target.id, "title": m.title, "description": m.description, "state": m.state,
		"created_at": stamp(
			m.created,
		), "updated_at": stamp(m.updated), "merged_by": l.basicUser(m.mergedBy), "merge_user": l.basicUser(m.mergedBy),
		"merged_at": stamp(
			m.mergedAt,
		), "closed_by": l.basicUser(m.closedBy), "closed_at": stamp(m.closedAt), "target_branch": m.targetRef,
		"source_branch": m.sourceRef, "user_notes_count": notes, "upvotes": 0, "downvotes": 0, "author": l.basicUser(m.author),
		"assignees": l.basicUsers(m.assignees), "assignee": nil, "reviewers": l.reviewerUsers(m), "source_project_id": nil,
		"target_project_id": m.target.id, "labels": labels, "draft": m.draft(), "imported": false,
		"imported_from": "none", "milestone": nil,
		"merge_when_pipeline_succeeds": m.autoMerge, "detailed_merge_status": l.mergeStatus(m), "merge_after": nil, "sha": orNull(m.head),
		"merge_commit_sha": orNull(m.mergeSHA), "squash_commit_sha": orNull(m.squashSHA), "discussion_locked": nil,
		"should_remove_source_branch": nil, "force_remove_source_branch": false, "prepared_at": nil,
		"references": object{
			"short":    fmt.Sprintf("!%d", m.iid),
			"relative": fmt.Sprintf("!%d", m.iid),
			"full":     fmt.Sprintf("%s!%d", m.target.path, m.iid),
		},
		"web_url": l.requestURL(m), "squash": m.squash, "squash_on_merge": m.squashes(), "has_conflicts": l.conflicts(m),
		"task_completion_status":        object{"count": 0, "completed_count": 0},
		"blocking_discussions_resolved": m.unresolved() == 0,
		"time_stats": object{
			"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": nil, "human_total_time_spent": nil,
		},
	}
	if len(m.assignees) > 0 {
		out["assignee"] = l.basicUser(m.assignees[0])
	}
	if m.source != nil {
		out["source_project_id"] = m.source.id
		if m.source != m.target {
			out["allow_collaboration"], out["allow_maintainer_to_push"] = false, false
		}
	}
	if !m.prepared.IsZero() && !now.Before(m.prepared) {
		out["prepared_at"] = stamp(m.prepared)
	}
	return out
}

// requestShape is a merge request as it is shown alone.
func (l *Lab) requestShape(m *request, asker *user) object {
	out := l.basicRequest(m)
	out["subscribed"], out["latest_build_started_at"], out["latest_build_finished_at"] = false, nil, nil
	out["first_deployed_to_production_at"], out["merge_error"], out["first_contribution"] = nil, nil, false
	out["user"] = object{"can_merge": l.level(m.target, asker) >= Developer}
	out["changes_count"], out["diff_refs"], out["pipeline"], out["head_pipeline"] = nil, nil, nil, nil
	if v := m.version(l.now()); v != nil {
		out["changes_count"] = v.size()
		out["diff_refs"] = object{"base_sha": orNull(v.base), "head_sha": v.head, "start_sha": v.start}
	}
	if p := m.shown; p != nil {
		out["pipeline"], out["head_pipeline"] = l.pipelineInfo(p), l.pipelineShape(p)
	}
	return out
}

func (l *Lab) requestURL(m *request) string {
	return fmt.Sprintf("%s/%s/-/merge_requests/%d", l.URL(), m.target.path, m.iid)
}

func (l *Lab) reviewerUsers(m *request) []any {
	out := []any{}
	for _, r := range m.reviewers {
		out = append(out, l.basicUser(r.user))
	}
	return out
}

// squashes reports whether the commits will be squashed, by the project's option and the request's own.
func (m *request) squashes() bool {
	switch m.target.settings.SquashOption {
	case "never":
		return false
	case "always":
		return true
	}
	return m.squash
}

// conflicts is has_conflicts, which GitLab also says of a request that it has not looked at yet.
func (l *Lab) conflicts(m *request) bool {
	if !m.open() {
		return false
	}
	if m.version(l.now()) == nil {
		return true
	}
	tip, ok := m.target.branch(m.targetRef)
	if !ok {
		return true
	}
	merge, err := m.target.git.MergeTree(asking(), tip, m.head)
	return err != nil || merge.Conflicts
}

func listProjectRequests(l *Lab, c *call) (any, error) {
	var all []*request
	for _, m := range c.project.requests {
		all = append(all, m)
	}
	return l.listRequests(c, all), nil
}

func listGroupRequests(l *Lab, c *call) (any, error) {
	var all []*request
	for _, m := range l.requests {
		if within(m.target.path, c.group.path) && l.sees(m.target, c.who) {
			all = append(all, m)
		}
	}
	return l.listRequests(c, all), nil
}

func within(path, group string) bool {
	return strings.HasPrefix(strings.ToLower(path), strings.ToLower(group)+"/")
}

// listRequests filters, orders and pages as the parameters say.
func (l *Lab) listRequests(c *call, all []*request) any {
	equal := func(name, value string) bool {
		want, ok := c.text(name)
		return !ok || want == "" || want == value
	}
	moment := func(name string) time.Time {
		s, _ := c.text(name)
		t, _ := time.Parse(time.RFC3339Nano, s)
		return t
	}
	after, before, created := moment("updated_after"), moment("updated_before"), moment("created_after")
	state, _ := c.text("state")
	author := c.number("author_id")
	iids, some := c.list("iids")
	all = slices.DeleteFunc(all, func(m *request) bool {
		return state != "" && state != "all" && state != m.state ||
			!equal(
				"source_branch",
				m.sourceRef,
			) || !equal("target_branch", m.targetRef) || !equal("author_username", m.author.username) ||
			author != 0 && author != m.author.id || some && !slices.Contains(iids, fmt.Sprint(m.iid)) ||
			m.updated.Before(after) || m.created.Before(created) || !before.IsZero() && m.updated.After(before) ||
			!equal("source_project_id", fmt.Sprint(sourceID(m)))
	})
	by, _ := c.text("order_by")
	upwards := equal("sort", "asc") && c.values["sort"] != nil
	sorting.By(all, func(a, b *request) int {
		n := cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id))
		if by == "updated_at" {
			n = cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.id, b.id))
		}
		if !upwards {
			n = -n
		}
		return n
	})
	out := make([]any, len(all))
	for i, m := range all {
		out[i] = m
	}
	page := c.page(out)
	for i, m := range page {
		page[i] = l.basicRequest(m.(*request))
	}
	return page
}

func sourceID(m *request) int64 {
	if m.source == nil {
		return 0
	}
	return m.source.id
}

func listDiffs(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	v := m.version(l.now())
	if v == nil {
		return c.page([]any{}), nil
	}
	diffs, err := l.diffs(m.target, v.base, v.head, c.flag("unidiff"))
	if err != nil {
		return nil, err
	}
	return c.page(diffs), nil
}

// rawDiffs is the whole diff in git's format; whether GitLab's limits apply to it no document says.
//
// [?] `raw_diffs` knows no limit.
func rawDiffs(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	v := m.version(l.now())
	if v == nil {
		return nil, missing("")
	}
	diff, err := m.target.git.Compare(asking(), v.base, v.head)
	if err != nil {
		return nil, err
	}
	return answer{status: 200, raw: diff.Raw, kind: "text/plain"}, nil
}

func listRequestCommits(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	v := m.version(l.now())
	if v == nil {
		return c.page([]any{}), nil
	}
	commits, err := l.commitsOf(m, v)
	return c.page(commits), err
}

// commitsOf are a version's commits, newest first.
func (l *Lab) commitsOf(m *request, v *version) ([]any, error) {
	list, err := m.target.git.Ahead(asking(), v.start, v.head)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for i := len(list) - 1; i >= 0; i-- {
		commit, err := m.target.git.Commit(list[i])
		if err != nil {
			return nil, err
		}
		out = append(out, l.commitShape(m.target, commit))
	}
	return out, nil
}

func listReviewers(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, r := range m.reviewers {
		out = append(out, object{"user": l.basicUser(r.user), "state": r.state, "created_at": stamp(r.created)})
	}
	return out, nil
}

func listParticipants(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	people := []*user{m.author}
	for _, n := range m.notes {
		if !slices.Contains(people, n.author) {
			people = append(people, n.author)
		}
	}
	return c.page(l.basicUsers(people)), nil
}

// mergeStatus is detailed_merge_status: the first check that fails.
func (l *Lab) mergeStatus(m *request) string {
	status, _ := l.obstacle(m)
	return status
}

// obstacle is the first mergeability check that fails, in GitLab's order, and why; "mergeable" when none does.
func (l *Lab) obstacle(m *request) (status, why string) {
	s := m.target.settings
	p := l.headPipeline(m)
	switch {
	case m.state != "opened":
		return "not_open", "it is " + m.state
	case m.version(l.now()) == nil:
		return "preparing", "its diff is not made yet"
	case m.draft():
		return "draft_status", "it is a draft"
	case s.OnlyIfThreadsResolved && m.unresolved() > 0:
		return "discussions_not_resolved", fmt.Sprintf("%d threads are not resolved", m.unresolved())
	case s.OnlyIfPipelineSucceeds && p == nil:
		return "ci_must_pass", "there is no pipeline"
	case s.OnlyIfPipelineSucceeds && slices.Contains([]string{"created", "pending", "running", "preparing"}, p.status()):
		return "ci_still_running", "the pipeline is " + p.status()
	case s.OnlyIfPipelineSucceeds && p.status() != "success" && (p.status() != "skipped" || !s.AllowSkippedPipeline):
		return "ci_must_pass", "the pipeline is " + p.status()
	}
	if l.has(Premium) {
		for _, r := range m.reviewers {
			if r.state == "requested_changes" {
				return "requested_changes", r.user.username + " requested changes"
			}
		}
		for _, r := range l.rulesOf(m) {
			if !l.satisfied(r, m) {
				return "not_approved", "the approval rule " + r.name + " is not satisfied"
			}
		}
	}
	if why := l.unpassed(m); s.OnlyIfStatusChecksPassed && why != "" {
		return "status_checks_must_pass", why
	}
	if l.conflicts(m) {
		return "conflict", "it has conflicts"
	}
	return "mergeable", ""
}

// TryMerge says whether GitLab would merge a request now, and if not, the first check that fails and why.
func (l *Lab) TryMerge(project, iid int64) (mergeable bool, why string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	p := l.projects[project]
	if p == nil || p.requests[iid] == nil {
		return false, "there is no such merge request"
	}
	status, why := l.obstacle(p.requests[iid])
	return status == "mergeable", strings.TrimPrefix(status+": "+why, "mergeable: ")
}
