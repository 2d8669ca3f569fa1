package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// comparison is the pull request's three-dot diff: from the merge base of the base branch's tip and the head.
func (p *pull) comparison() (*githost.Comparison, error) {
	return p.repo.git.Compare(context.Background(), p.diffBase(), p.headSHA)
}

// diffBase is where the base side of the diff is taken from: the branch's tip while open, the recorded base afterwards.
func (p *pull) diffBase() string {
	if p.state == "open" {
		if tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef); ok {
			return tip
		}
	}
	return p.baseSHA
}

func (p *pull) apiURL(h *Hub) string { return h.repoURL(p.repo) + "/pulls/" + strconv.Itoa(p.number) }

func (p *pull) webURL(h *Hub) string {
	return h.URL() + "/" + p.repo.fullName() + "/pull/" + strconv.Itoa(p.number)
}

func (h *Hub) label(r *repository, l *label) any {
	return object{"id": l.id, "node_id": nodeID("LA", l.id), "url": h.repoURL(r) + "/labels/" + escapePath(l.name),
		"name": l.name, "color": l.color, "default": false, "description": orNull(l.about)}
}

func list[T any](in []T, render func(T) any) []any {
	out := make([]any, 0, len(in))
	for _, v := range in {
		out = append(out, render(v))
	}
	return out
}

// branch is the head or base object of a pull request.
func (h *Hub) branch(r *repository, owner *account, ref, sha string) object {
	out := object{"label": owner.login + ":" + ref, "ref": ref, "sha": sha, "user": h.user(owner), "repo": nil}
	if r != nil {
		repo := h.repository(r)
		mergeFields(repo, r.merge)
		out["repo"] = repo
	}
	return out
}

// simplePull is schema pull-request-simple, as lists and review webhooks have it.
func (h *Hub) simplePull(p *pull) object {
	api, web := p.apiURL(h), p.webURL(h)
	repo := h.repoURL(p.repo)
	issue := repo + "/issues/" + strconv.Itoa(p.number)
	headOwner := p.user
	if p.headRepo != nil {
		headOwner = p.headRepo.owner
	}
	base := h.branch(p.repo, p.repo.owner, p.baseRef, p.baseSHA)
	var head object
	if p.headRepo == p.repo {
		head = h.branch(nil, headOwner, p.headRef, p.headSHA)
		head["repo"] = base["repo"]
	} else {
		head = h.branch(p.headRepo, headOwner, p.headRef, p.headSHA)
	}
	link := func(href string) object { return object{"href": href} }
	return object{
		"url": api, "id": p.id, "node_id": nodeID("PR", p.id), "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch",
		"issue_url": issue, "number": p.number, "state": p.state, "locked": false, "title": p.title, "user": h.user(p.user),
		"body": orNull(p.body), "created_at": stamp(p.created), "updated_at": stamp(p.updated), "closed_at": stampOrNull(p.closedAt),
		"merged_at": stampOrNull(p.mergedAt), "merge_commit_sha": orNull(p.mergeSHA), "assignee": nil, "assignees": []any{},
		"requested_reviewers": list(p.reviewers, h.userAny),
		"requested_teams":     list(p.teams, func(t *team) any { return h.team(p.repo.owner, t) }),
		"labels":              list(p.labels, func(l *label) any { return h.label(p.repo, l) }),
		"milestone":           nil, "draft": p.draft, "commits_url": api + "/commits", "review_comments_url": api + "/comments",
		"review_comment_url": repo + "/pulls/comments{/number}", "comments_url": issue + "/comments",
		"statuses_url": repo + "/statuses/" + p.headSHA, "head": head, "base": base,
		"_links": object{"self": link(api), "html": link(web), "issue": link(issue), "comments": link(issue + "/comments"),
			"review_comments": link(api + "/comments"), "review_comment": link(repo + "/pulls/comments{/number}"),
			"commits": link(api + "/commits"), "statuses": link(repo + "/statuses/" + p.headSHA)},
		"author_association": h.association(p.repo, p.user), "auto_merge": nil, "active_lock_reason": nil,
	}
}

func (h *Hub) userAny(u *account) any { return h.user(u) }

// fullPull is schema pull-request, as one pull request and its webhooks have it.
func (h *Hub) fullPull(p *pull) (object, error) {
	c, err := p.comparison()
	if err != nil {
		return nil, err
	}
	out := h.simplePull(p)
	added, removed := 0, 0
	for _, f := range c.Files {
		added, removed = added+f.Added, removed+f.Removed
	}
	var mergeable, rebaseable any
	state := "unknown"
	if p.state == "open" {
		if ok, known := p.repo.git.Mergeable(p.diffBase(), p.headSHA); known {
			mergeable, rebaseable = ok, ok
			state = h.mergeState(p, ok)
		}
	}
	out["merged"], out["mergeable"], out["rebaseable"], out["mergeable_state"] = p.merged, mergeable, rebaseable, state
	out["merged_by"] = h.user(p.mergedBy)
	out["comments"], out["review_comments"], out["maintainer_can_modify"] = len(p.comments), len(p.threads), p.maintainerCanEdit
	out["commits"], out["additions"], out["deletions"], out["changed_files"] = len(c.Ahead), added, removed, len(c.Files)
	return out, nil
}

// mergeState is GitHub's mergeable_state.
func (h *Hub) mergeState(p *pull, mergeable bool) string {
	switch {
	case !mergeable:
		return "dirty"
	case p.draft:
		return "draft"
	case h.refusal(p) != "":
		return "blocked"
	}
	for _, run := range latestRuns(p.repo.runs[p.headSHA]) {
		if run.status != "completed" || !passing(run.conclusion) {
			return "unstable"
		}
	}
	return "clean"
}

// association is how GitHub describes somebody's tie to a repository.
func (h *Hub) association(r *repository, u *account) string {
	switch {
	case u == nil:
		return "NONE"
	case r.owner == u:
		return "OWNER"
	case r.owner.org != nil && r.owner.org.members[lower(u.login)] != "":
		return "MEMBER"
	case r.collaborators[lower(u.login)] != "":
		return "COLLABORATOR"
	}
	for _, p := range r.pulls {
		if p.user == u && p.merged {
			return "CONTRIBUTOR"
		}
	}
	return "NONE"
}

func (h *Hub) review(p *pull, v *review) object {
	web := p.webURL(h) + "#pullrequestreview-" + strconv.FormatInt(v.id, 10)
	out := object{
		"id": v.id, "node_id": nodeID("PRR", v.id), "user": h.user(v.user), "body": v.body, "state": v.state, "html_url": web,
		"pull_request_url": p.apiURL(h), "author_association": h.association(p.repo, v.user), "commit_id": orNull(v.commit),
		"_links": object{"html": object{"href": web}, "pull_request": object{"href": p.apiURL(h)}},
	}
	if v.state != "PENDING" {
		out["submitted_at"] = stamp(v.submittedAt)
	}
	return out
}

func intOrNull(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func (h *Hub) reviewComment(p *pull, t *reviewComment) object {
	id := strconv.FormatInt(t.id, 10)
	api, web := h.repoURL(p.repo)+"/pulls/comments/"+id, p.webURL(h)+"#discussion_r"+id
	out := object{
		"url": api, "pull_request_review_id": t.review, "id": t.id, "node_id": nodeID("PRRC", t.id), "diff_hunk": t.hunk,
		"path": t.path, "commit_id": t.commit, "original_commit_id": t.originalCommit, "user": h.user(t.user), "body": t.body,
		"created_at": stamp(t.created), "updated_at": stamp(t.updated), "html_url": web, "pull_request_url": p.apiURL(h),
		"author_association": h.association(p.repo, t.user),
		"_links":             object{"self": object{"href": api}, "html": object{"href": web}, "pull_request": object{"href": p.apiURL(h)}},
		"reactions":          reactions(api, t.reactions), "start_line": intOrNull(t.startLine),
		"original_start_line": intOrNull(t.startLine),
		"start_side":          orNull(t.startSide), "line": intOrNull(t.line), "original_line": intOrNull(t.line), "side": t.side,
		"original_position": t.position, "position": t.position, "subject_type": "line",
	}
	if t.line == 0 {
		out["subject_type"] = "file"
	}
	if p.outdated(t) { // GitHub marks a comment on replaced lines outdated: no place in the new diff
		out["position"], out["line"] = nil, nil
	}
	if t.inReplyTo != 0 {
		out["in_reply_to_id"] = t.inReplyTo
	}
	return out
}

func (h *Hub) issueComment(p *pull, c *issueComment) object {
	id := strconv.FormatInt(c.id, 10)
	api := h.repoURL(p.repo) + "/issues/comments/" + id
	return object{
		"url": api, "html_url": p.webURL(h) + "#issuecomment-" + id, "issue_url": h.repoURL(p.repo) + "/issues/" + strconv.Itoa(p.number),
		"id": c.id, "node_id": nodeID("IC", c.id), "user": h.user(c.user), "created_at": stamp(c.created), "updated_at": stamp(c.updated),
		"author_association": h.association(p.repo, c.user), "body": c.body, "performed_via_github_app": h.application(c.app),
		"reactions": reactions(api, c.reactions),
	}
}

// issue is a pull request as the issues API and issue_comment webhooks show it; pull_request tells it from an issue.
func (h *Hub) issue(p *pull) object {
	api := h.repoURL(p.repo) + "/issues/" + strconv.Itoa(p.number)
	return object{
		"url": api, "repository_url": h.repoURL(p.repo), "labels_url": api + "/labels{/name}", "comments_url": api + "/comments",
		"events_url": api + "/events", "html_url": p.webURL(h), "id": p.id + 1, "node_id": nodeID("PR", p.id), "number": p.number,
		"title": p.title, "user": h.user(p.user), "labels": list(p.labels, func(l *label) any { return h.label(p.repo, l) }),
		"state": p.state, "locked": false, "assignee": nil, "assignees": []any{}, "milestone": nil, "comments": len(p.comments),
		"created_at": stamp(p.created), "updated_at": stamp(p.updated), "closed_at": stampOrNull(p.closedAt),
		"author_association": h.association(p.repo, p.user), "active_lock_reason": nil, "draft": p.draft, "body": orNull(p.body),
		"pull_request": object{"url": p.apiURL(h), "html_url": p.webURL(h), "diff_url": p.webURL(h) + ".diff",
			"patch_url": p.webURL(h) + ".patch", "merged_at": stampOrNull(p.mergedAt)},
		"reactions": reactions(api, nil), "timeline_url": api + "/timeline", "performed_via_github_app": nil, "state_reason": nil,
	}
}
