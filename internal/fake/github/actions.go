package github

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// servicePath is where Enterprise Server has the services of Actions.
const servicePath = "/_services/token"

// claims are what GitHub says of a run's job.
// https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
func (h *Hub) claims(run *workflowRun, audience string) map[string]any {
	r := run.repo
	now := h.now()
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	visibility := "public"
	if r.private {
		visibility = "private"
	}
	workflow := r.fullName() + "/.github/workflows/" + run.workflow + ".yml@" + run.ref
	subject := "ref:" + run.ref
	headRef, baseRef := "", ""
	if run.pull != nil {
		subject, headRef, baseRef = "pull_request", run.pull.headRef, run.pull.baseRef
	}
	return map[string]any{
		"jti": random(16), "iss": h.Issuer(), "aud": audience, "iat": now.Unix(), "nbf": now.Add(-5 * time.Minute).Unix(),
		"exp": now.Add(5 * time.Minute).Unix(),
		"sub": "repo:" + r.owner.login + "@" + text(r.owner.id) + "/" + r.name + "@" + text(r.id) + ":" + subject,
		"ref": run.ref, "sha": run.sha, "ref_type": "branch", "ref_protected": "false", "head_ref": headRef, "base_ref": baseRef,
		"event_name": run.event,
		"repository": r.fullName(), "repository_id": text(r.id), "repository_owner": r.owner.login,
		"repository_owner_id": text(r.owner.id), "repository_visibility": visibility,
		"run_id": text(run.id), "run_number": text(run.number), "run_attempt": text(run.attempt), "actor": run.actor.login,
		"actor_id": text(run.actor.id),
		"workflow": run.workflow, "workflow_ref": workflow, "workflow_sha": run.sha, "job_workflow_ref": workflow,
		"job_workflow_sha": run.sha, "runner_environment": "github-hosted",
	}
}

// serveActions answers what the API's documents do not describe: the issuer of OIDC tokens, the address that jobs ask
// for one, and the store of artifacts.
func (h *Hub) serveActions(w http.ResponseWriter, r *http.Request, path string) bool {
	if id, ok := strings.CutPrefix(path, "/_services/artifacts/"); ok {
		h.serveArtifact(w, r, id)
		return true
	}
	rest, ok := strings.CutPrefix(path, servicePath)
	if !ok || r.Method != http.MethodGet {
		return false
	}
	if rest == "/request" {
		h.serveTokenRequest(w, r)
		return true
	}
	return h.issuer.Serve(w, rest, h.Issuer())
}

// serveTokenRequest is what ACTIONS_ID_TOKEN_REQUEST_URL points at.
func (h *Hub) serveTokenRequest(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.URL.Query().Get("run"), 10, 64)
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	h.mu.RLock()
	run := h.workflowRuns[id]
	allowed := run != nil && run.secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(run.secret)) == 1
	var audience string
	if allowed {
		if audience = r.URL.Query().Get("audience"); audience == "" {
			audience = h.URL() + "/" + run.repo.owner.login
		}
	}
	h.mu.RUnlock()
	if !allowed {
		http.Error(w, `{"message":"Unauthorized"}`, http.StatusUnauthorized)
		return
	}
	token, err := h.IDToken(id, audience, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(map[string]any{"count": len(token), "value": token}); err != nil {
		h.opt.Log.ErrorContext(r.Context(), "answer with a token", "error", err)
	}
}

func (h *Hub) serveArtifact(w http.ResponseWriter, r *http.Request, id string) {
	n, _ := strconv.ParseInt(id, 10, 64)
	h.mu.RLock()
	a := h.artifacts[n]
	h.mu.RUnlock()
	if a == nil || subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("sig")), []byte(a.ticket)) != 1 ||
		r.Header.Get("Authorization") != "" {
		// The real store refuses requests that carry a token of GitHub's besides.
		http.Error(w, "the signature does not fit", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	if _, err := w.Write(a.zip); err != nil {
		h.opt.Log.ErrorContext(r.Context(), "send an artifact", "error", err)
	}
}

func actionRoutes() []*route {
	const r = "/repos/{owner}/{repo}/actions"
	return []*route{
		{method: "GET", pattern: r + "/runs/{run_id}/artifacts", need: "actions:read", call: func(h *Hub, c *call) (any, error) {
			run := h.workflowRuns[c.id("run_id")]
			if run == nil || run.repo != c.repo {
				return nil, errNotFound
			}
			return object{"total_count": len(run.artifacts),
				"artifacts": paged(c, run.artifacts, func(a *artifact) any { return h.artifact(a) })}, nil
		}},
		{
			method:  "GET",
			pattern: r + "/artifacts/{artifact_id}",
			need:    "actions:read",
			call:    withArtifact(func(h *Hub, _ *call, a *artifact) (any, error) { return h.artifact(a), nil }),
		},
		{method: "GET", pattern: r + "/artifacts/{artifact_id}/{archive_format}", need: "actions:read",
			call: withArtifact(func(h *Hub, c *call, a *artifact) (any, error) {
				switch {
				case c.params["archive_format"] != "zip":
					return nil, errNotFound
				case c.who.key == "anonymous":
					return nil, fail(http.StatusUnauthorized, "Requires authentication") // public or not
				case a.expired:
					return nil, fail(http.StatusGone, "Artifact has expired")
				}
				c.header.Set("Location", h.URL()+"/_services/artifacts/"+strconv.FormatInt(a.id, 10)+"?sig="+a.ticket)
				return reply{status: http.StatusFound}, nil
			})},
	}
}

func withArtifact(f func(*Hub, *call, *artifact) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		a := h.artifacts[c.id("artifact_id")]
		if a == nil || a.run.repo != c.repo {
			return nil, errNotFound
		}
		return f(h, c, a)
	}
}

// artifact is schema artifact.
func (h *Hub) artifact(a *artifact) object {
	url := h.repoURL(a.run.repo) + "/actions/artifacts/" + strconv.FormatInt(a.id, 10)
	out := object{"id": a.id, "node_id": nodeID("A", a.id), "name": a.name, "size_in_bytes": len(a.zip), "url": url,
		"archive_download_url": url + "/zip", "expired": a.expired,
		"created_at": stamp(a.created), "updated_at": stamp(a.created), "expires_at": stamp(a.created.Add(90 * 24 * time.Hour)),
		"workflow_run": nil}
	if a.run.headRepo != nil {
		out["workflow_run"] = object{"id": a.run.id, "repository_id": a.run.repo.id, "head_repository_id": a.run.headRepo.id,
			"head_branch": a.run.branch, "head_sha": a.run.headSHA}
	}
	return out
}

// workflowEvent tells of a run. As on GitHub its list of pull requests is empty for forks.
func (h *Hub) workflowEvent(run *workflowRun, action string) error {
	if !h.listened(run.repo, "workflow_run") {
		return nil
	}
	c, err := run.commitOf()
	if err != nil {
		return err
	}
	id := strconv.FormatInt(run.id, 10)
	api, repo := h.repoURL(run.repo)+"/actions/runs/"+id, h.repoURL(run.repo)
	workflowID := run.repo.id*10 + 1
	workflow := repo + "/actions/workflows/" + strconv.FormatInt(workflowID, 10)
	file := ".github/workflows/" + run.workflow + ".yml"
	pulls := []any{}
	if run.pull != nil && run.headRepo == run.repo {
		short := object{"id": run.repo.id, "url": repo, "name": run.repo.name}
		pulls = append(pulls, object{"url": run.pull.apiURL(h), "id": run.pull.id, "number": run.pull.number,
			"head": object{"ref": run.pull.headRef, "sha": run.headSHA, "repo": short},
			"base": object{"ref": run.pull.baseRef, "sha": run.pull.baseSHA, "repo": short}})
	}
	var head any
	if run.headRepo != nil {
		head = h.repositoryLite(run.headRepo)
	}
	h.emit(audience{repo: run.repo}, "workflow_run", action, run.actor, object{
		"workflow": object{"id": workflowID, "node_id": nodeID("W", workflowID), "name": run.workflow, "path": file, "state": "active",
			"created_at": stamp(run.repo.created), "updated_at": stamp(run.repo.created),
			"url": workflow, "html_url": h.URL() + "/" + run.repo.fullName() + "/blob/" + run.repo.defaultBranch + "/" + file,
			"badge_url": h.URL() + "/" + run.repo.fullName() + "/workflows/" + run.workflow + "/badge.svg"},
		"workflow_run": object{"id": run.id, "node_id": nodeID("WFR", run.id), "name": run.workflow, "head_branch": run.branch,
			"head_sha": run.headSHA, "path": file, "display_title": run.workflow,
			"run_number": run.number, "event": run.event, "status": run.status, "conclusion": orNull(run.conclusion),
			"workflow_id": workflowID, "check_suite_id": run.suite, "check_suite_node_id": nodeID("CS", run.suite),
			"url": api, "html_url": h.URL() + "/" + run.repo.fullName() + "/actions/runs/" + id, "pull_requests": pulls,
			"created_at": stamp(run.started), "updated_at": stamp(run.updated),
			"actor": h.user(run.actor), "triggering_actor": h.user(run.actor), "run_attempt": run.attempt,
			"referenced_workflows": []any{}, "run_started_at": stamp(run.started),
			"jobs_url": api + "/jobs", "logs_url": api + "/logs",
			"check_suite_url": repo + "/check-suites/" + strconv.FormatInt(run.suite, 10), "artifacts_url": api + "/artifacts",
			"cancel_url": api + "/cancel",
			"rerun_url":  api + "/rerun", "previous_attempt_url": nil, "workflow_url": workflow, "head_commit": simpleCommit(c),
			"repository": h.repositoryLite(run.repo), "head_repository": head},
	})
	return nil
}

// liteFields are those of a repository that a run shows, schema repository-lite.
var liteFields = strings.Fields(
	`archive_url assignees_url blobs_url branches_url collaborators_url comments_url commits_url compare_url contents_url contributors_url deployments_url
	description downloads_url events_url fork forks_url full_name git_commits_url git_refs_url git_tags_url hooks_url html_url id issue_comment_url issue_events_url issues_url keys_url
	labels_url languages_url merges_url milestones_url name node_id notifications_url owner private pulls_url releases_url stargazers_url statuses_url subscribers_url subscription_url
	tags_url teams_url trees_url url`)

func (h *Hub) repositoryLite(r *repository) object {
	full, out := h.repository(r), object{}
	for _, name := range liteFields {
		out[name] = full[name]
	}
	return out
}
