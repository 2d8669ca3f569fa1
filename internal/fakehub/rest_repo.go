package fakehub

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fakehub/githost"
)

func repositoryRoutes() []*route {
	return []*route{
		{method: "GET", pattern: "/repos/{owner}/{repo}", need: "metadata:read", call: func(h *Hub, c *call) (any, error) { return h.fullRepository(c.who, c.repo), nil }},
		{method: "PATCH", pattern: "/repos/{owner}/{repo}", need: "administration:write", role: "admin", call: (*Hub).patchRepository},
		{method: "GET", pattern: "/orgs/{org}/repos", call: (*Hub).accountRepositories},
		{method: "GET", pattern: "/users/{username}/repos", call: (*Hub).accountRepositories},
		{method: "POST", pattern: "/user/repos", need: "user", call: (*Hub).postRepository},
		{method: "POST", pattern: "/orgs/{org}/repos", need: "user", call: (*Hub).postRepository},
		{method: "POST", pattern: "/repos/{owner}/{repo}/forks", need: "metadata:read", role: "read", call: (*Hub).postFork},
		{method: "POST", pattern: "/repos/{owner}/{repo}/transfer", need: "administration:write", role: "admin", call: (*Hub).postTransfer},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches", need: "contents:read", call: (*Hub).getBranches},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection", need: "administration:read", role: "admin", call: (*Hub).getProtection},
		{method: "PUT", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection", need: "administration:write", role: "admin", call: (*Hub).putProtection},
		{method: "DELETE", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection", need: "administration:write", role: "admin", call: func(h *Hub, c *call) (any, error) {
			if c.repo.protected[c.params["branch"]] == nil {
				return nil, fail(http.StatusNotFound, "Branch not protected")
			}
			delete(c.repo.protected, c.params["branch"])
			return noContent(), nil
		}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection/required_status_checks", need: "administration:read", role: "admin", call: func(h *Hub, c *call) (any, error) {
			p := c.repo.protected[c.params["branch"]]
			if p == nil || p.Checks == nil || p.Ruleset {
				return nil, fail(http.StatusNotFound, "Branch not protected")
			}
			return h.requiredChecks(c.repo, c.params["branch"], p), nil
		}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch+}", need: "contents:read", call: (*Hub).getBranch},
		{method: "GET", pattern: "/repos/{owner}/{repo}/rules/branches/{branch+}", need: "metadata:read", call: func(h *Hub, c *call) (any, error) {
			return paged(c, h.rules(c.repo, c.params["branch"]), func(o object) any { return o }), nil
		}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/contents", need: "contents:read", call: (*Hub).getContents},
		{method: "GET", pattern: "/repos/{owner}/{repo}/contents/{path+}", need: "contents:read", call: (*Hub).getContents},
		{method: "PUT", pattern: "/repos/{owner}/{repo}/contents/{path+}", need: "contents:write", call: (*Hub).putContents},
		{method: "GET", pattern: "/repos/{owner}/{repo}/codeowners/errors", need: "contents:read", call: (*Hub).getCodeownersErrors},
		{method: "GET", pattern: "/repos/{owner}/{repo}/labels", need: "issues:read", call: func(h *Hub, c *call) (any, error) {
			return paged(c, c.repo.sortedLabels(), func(l *label) any { return h.label(c.repo, l) }), nil
		}},
		{method: "POST", pattern: "/repos/{owner}/{repo}/labels", need: "issues:write", call: (*Hub).postRepositoryLabel},
	}
}

func (r *repository) sortedLabels() []*label {
	var out []*label
	for _, l := range r.labels {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *label) int { return cmp.Compare(a.id, b.id) })
	return out
}

func (h *Hub) postRepositoryLabel(c *call) (any, error) {
	var in struct{ Name, Color, Description string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, invalid("Label", "name", "missing_field", "")
	}
	if c.repo.labels[lower(in.Name)] != nil {
		return nil, invalid("Label", "name", "already_exists", "")
	}
	l := &label{id: h.id(), name: in.Name, color: cmp.Or(in.Color, "ededed"), about: in.Description}
	c.repo.labels[lower(in.Name)] = l
	return created(h.label(c.repo, l)), nil
}

func (h *Hub) accountRepositories(c *call) (any, error) {
	u := h.accounts[lower(c.params["org"]+c.params["username"])]
	if u == nil {
		return nil, errNotFound
	}
	var all []*repository
	for _, r := range h.sortedRepositories() {
		if r.owner == u && h.sees(c.who, r) {
			all = append(all, r)
		}
	}
	return paged(c, all, func(r *repository) any { return h.repository(r) }), nil
}

func (h *Hub) postRepository(c *call) (any, error) {
	var in struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Private     bool   `json:"private"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	owner := c.who.account()
	if org := c.params["org"]; org != "" {
		if owner = h.accounts[lower(org)]; owner == nil || owner.org == nil || owner.org.members[lower(c.who.account().login)] == "" {
			return nil, errNotFound
		}
	}
	r, err := h.addRepository(Repo{Owner: owner.login, Name: in.Name, Description: in.Description, Private: in.Private})
	if err != nil {
		return nil, err
	}
	return created(h.fullRepository(c.who, r)), nil
}

func (h *Hub) postFork(c *call) (any, error) {
	var in struct {
		Organization string `json:"organization"`
		Name         string `json:"name"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.who.user == nil {
		return nil, errNotByIntegration
	}
	r, err := h.addRepository(Repo{Owner: cmp.Or(in.Organization, c.who.user.login), Name: cmp.Or(in.Name, c.repo.name), ForkOf: c.repo.fullName(), Private: c.repo.private})
	if err != nil {
		return nil, err
	}
	return reply{status: http.StatusAccepted, body: h.fullRepository(c.who, r)}, nil
}

func (h *Hub) postTransfer(c *call) (any, error) {
	var in struct {
		NewOwner string `json:"new_owner"`
		NewName  string `json:"new_name"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.moveRepository(c.repo, in.NewOwner, in.NewName, c.who.account()); err != nil {
		return nil, err
	}
	return reply{status: http.StatusAccepted, body: h.repository(c.repo)}, nil
}

func (h *Hub) patchRepository(c *call) (any, error) {
	var in struct {
		Name          *string `json:"name"`
		Description   *string `json:"description"`
		Private       *bool   `json:"private"`
		Visibility    *string `json:"visibility"`
		DefaultBranch *string `json:"default_branch"`
		Archived      *bool   `json:"archived"`
		Merge         *bool   `json:"allow_merge_commit"`
		Squash        *bool   `json:"allow_squash_merge"`
		Rebase        *bool   `json:"allow_rebase_merge"`
		AutoMerge     *bool   `json:"allow_auto_merge"`
		DeleteBranch  *bool   `json:"delete_branch_on_merge"`
		SquashTitle   *string `json:"squash_merge_commit_title"`
		SquashMessage *string `json:"squash_merge_commit_message"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, by := c.repo, c.who.account()
	m := r.merge
	for _, s := range []struct{ from, to *bool }{{in.Merge, &m.Merge}, {in.Squash, &m.Squash}, {in.Rebase, &m.Rebase}, {in.AutoMerge, &m.AutoMerge}, {in.DeleteBranch, &m.DeleteBranch}} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	for _, s := range []struct{ from, to *string }{{in.SquashTitle, &m.SquashTitle}, {in.SquashMessage, &m.SquashMessage}, {in.Description, &r.description}} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	if !m.Merge && !m.Squash && !m.Rebase {
		return nil, invalid("Repository", "merge_commit_allowed", "invalid", "Sorry, you need to allow at least one merge strategy.")
	}
	r.merge = m
	if in.Archived != nil {
		r.archived = *in.Archived
	}
	if in.Visibility != nil {
		private := *in.Visibility != "public"
		in.Private = &private
	}
	if in.Private != nil {
		h.setVisibility(r, *in.Private, by)
	}
	if in.DefaultBranch != nil {
		if err := h.setDefaultBranch(r, *in.DefaultBranch, by); err != nil {
			return nil, err
		}
	}
	if in.Name != nil && *in.Name != r.name {
		if err := h.moveRepository(r, "", *in.Name, by); err != nil {
			return nil, err
		}
	}
	r.updated = h.now()
	return h.fullRepository(c.who, r), nil
}

func (h *Hub) getBranches(c *call) (any, error) {
	return paged(c, c.repo.git.RefNames("refs/heads/"), func(name string) any {
		sha, _ := c.repo.git.Ref(name)
		short := strings.TrimPrefix(name, "refs/heads/")
		p := c.repo.protected[short]
		return object{"name": short, "commit": object{"sha": sha, "url": h.repoURL(c.repo) + "/commits/" + sha}, "protected": p != nil,
			"protection": h.protectionSummary(c.repo, short, p), "protection_url": h.repoURL(c.repo) + "/branches/" + escapePath(short) + "/protection"}
	}), nil
}

func (h *Hub) getBranch(c *call) (any, error) {
	name := c.params["branch"]
	sha, ok := c.repo.git.Ref("refs/heads/" + name)
	if !ok {
		return nil, fail(http.StatusNotFound, "Branch not found")
	}
	commit, err := c.repo.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	p := c.repo.protected[name]
	url := h.repoURL(c.repo) + "/branches/" + escapePath(name)
	return object{"name": name, "commit": h.commit(c.repo, commit), "_links": object{"self": url, "html": h.URL() + "/" + c.repo.fullName() + "/tree/" + escapePath(name)},
		"protected": p != nil, "protection": h.protectionSummary(c.repo, name, p), "protection_url": url + "/protection"}, nil
}

func (h *Hub) protectionSummary(r *repository, branch string, p *Protection) object {
	checks := object{"enforcement_level": "off", "contexts": []string{}, "checks": []any{}}
	if p != nil && len(p.Checks) > 0 {
		full := h.requiredChecks(r, branch, p)
		checks = object{"enforcement_level": "non_admins", "contexts": full["contexts"], "checks": full["checks"]}
	}
	return object{"enabled": p != nil, "required_status_checks": checks}
}

func (h *Hub) requiredChecks(r *repository, branch string, p *Protection) object {
	contexts, checks := []string{}, []any{}
	for _, c := range p.Checks {
		contexts = append(contexts, c.Context)
		id := any(nil)
		if c.App != 0 {
			id = c.App
		}
		checks = append(checks, object{"context": c.Context, "app_id": id})
	}
	url := h.repoURL(r) + "/branches/" + escapePath(branch) + "/protection/required_status_checks"
	return object{"url": url, "strict": p.Strict, "contexts": contexts, "contexts_url": url + "/contexts", "checks": checks}
}

func (h *Hub) getProtection(c *call) (any, error) {
	p := c.repo.protected[c.params["branch"]]
	if p == nil || p.Ruleset {
		return nil, fail(http.StatusNotFound, "Branch not protected")
	}
	return h.protection(c.repo, c.params["branch"], p), nil
}

func (h *Hub) protection(r *repository, branch string, p *Protection) object {
	url := h.repoURL(r) + "/branches/" + escapePath(branch) + "/protection"
	on := func(v bool) object { return object{"enabled": v} }
	out := object{"url": url, "enforce_admins": object{"url": url + "/enforce_admins", "enabled": p.EnforceAdmins}, "required_linear_history": on(false),
		"allow_force_pushes": on(false), "allow_deletions": on(false), "block_creations": on(false), "required_conversation_resolution": on(false),
		"lock_branch": on(false), "allow_fork_syncing": on(false), "required_signatures": object{"url": url + "/required_signatures", "enabled": false}}
	if len(p.Checks) > 0 {
		out["required_status_checks"] = h.requiredChecks(r, branch, p)
	}
	if p.Reviews > 0 || p.CodeOwners {
		out["required_pull_request_reviews"] = object{"url": url + "/required_pull_request_reviews", "dismiss_stale_reviews": false,
			"require_code_owner_reviews": p.CodeOwners, "required_approving_review_count": p.Reviews, "require_last_push_approval": false}
	}
	return out
}

func (h *Hub) putProtection(c *call) (any, error) {
	var in struct {
		Checks *struct {
			Strict   bool     `json:"strict"`
			Contexts []string `json:"contexts"`
			Checks   []struct {
				Context string `json:"context"`
				AppID   *int64 `json:"app_id"`
			} `json:"checks"`
		} `json:"required_status_checks"`
		Admins  *bool `json:"enforce_admins"`
		Reviews *struct {
			Count      *int `json:"required_approving_review_count"`
			CodeOwners bool `json:"require_code_owner_reviews"`
		} `json:"required_pull_request_reviews"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	branch := c.params["branch"]
	if _, ok := c.repo.git.Ref("refs/heads/" + branch); !ok {
		return nil, fail(http.StatusNotFound, "Branch not found")
	}
	p := &Protection{EnforceAdmins: in.Admins != nil && *in.Admins}
	if in.Checks != nil {
		p.Strict = in.Checks.Strict
		for _, x := range in.Checks.Checks {
			app := int64(0)
			if x.AppID != nil && *x.AppID > 0 {
				app = *x.AppID
			}
			p.Checks = append(p.Checks, RequiredCheck{x.Context, app})
		}
		for _, name := range in.Checks.Contexts {
			if !slices.ContainsFunc(p.Checks, func(r RequiredCheck) bool { return r.Context == name }) {
				p.Checks = append(p.Checks, RequiredCheck{Context: name})
			}
		}
	}
	if in.Reviews != nil {
		p.CodeOwners, p.Reviews = in.Reviews.CodeOwners, 1
		if in.Reviews.Count != nil {
			p.Reviews = *in.Reviews.Count
		}
	}
	c.repo.protected[branch] = p
	return h.protection(c.repo, branch, p), nil
}

// rules lists a branch's rules when its protection was made as a ruleset; classic protection is not among them.
func (h *Hub) rules(r *repository, branch string) []object {
	p := r.protected[branch]
	if p == nil || !p.Ruleset {
		return nil
	}
	source := func(kind string, parameters object) object {
		out := object{"type": kind, "ruleset_source_type": "Repository", "ruleset_source": r.fullName(), "ruleset_id": r.id}
		if parameters != nil {
			out["parameters"] = parameters
		}
		return out
	}
	var out []object
	if len(p.Checks) > 0 {
		var checks []any
		for _, c := range p.Checks {
			x := object{"context": c.Context}
			if c.App != 0 {
				x["integration_id"] = c.App
			}
			checks = append(checks, x)
		}
		out = append(out, source("required_status_checks", object{"required_status_checks": checks, "strict_required_status_checks_policy": p.Strict}))
	}
	if p.Reviews > 0 {
		out = append(out, source("pull_request", object{"required_approving_review_count": p.Reviews, "dismiss_stale_reviews_on_push": false,
			"require_code_owner_review": p.CodeOwners, "require_last_push_approval": false, "required_review_thread_resolution": false}))
	}
	if p.MergeQueue {
		out = append(out, source("merge_queue", nil))
	}
	return out
}

func (h *Hub) getContents(c *call) (any, error) {
	r := c.repo
	sha, err := r.git.Resolve(c.r.Context(), c.query.Get("ref"))
	if err != nil {
		if c.query.Get("ref") == "" {
			return nil, fail(http.StatusNotFound, "This repository is empty.")
		}
		return nil, fail(http.StatusNotFound, "No commit found for the ref %s", c.query.Get("ref"))
	}
	name := strings.Trim(c.params["path"], "/")
	e, err := r.git.Lookup(sha, name)
	if err != nil {
		return nil, err
	}
	ref := cmp.Or(c.query.Get("ref"), r.defaultBranch)
	if e.Type == "tree" {
		entries, err := r.git.Tree(e.SHA)
		if err != nil {
			return nil, err
		}
		if len(entries) > 1000 {
			entries = entries[:1000]
		}
		return list(entries, func(e githost.Entry) any {
			return h.content(r, e, path.Join(name, e.Name), ref)
		}), nil
	}
	out := h.content(r, e, name, ref)
	if e.Type == "commit" {
		out["type"] = "submodule"
		return out, nil
	}
	data, err := r.git.Blob(e.SHA)
	if err != nil {
		return nil, err
	}
	if c.accepts("raw") {
		return reply{status: http.StatusOK, raw: data, kind: "application/vnd.github.raw; charset=utf-8"}, nil
	}
	switch {
	case len(data) > 100<<20:
		return nil, fail(http.StatusForbidden, "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.")
	case len(data) > 1<<20: // larger than a megabyte: everything but the content
		out["content"], out["encoding"] = "", "none"
	default:
		out["content"], out["encoding"] = lines60(data), "base64"
	}
	if e.Mode == githost.ModeLink {
		out["type"], out["target"] = "symlink", string(data)
	}
	return out, nil
}

// lines60 is base64 as GitHub breaks it: sixty characters a line, each with its newline.
func lines60(data []byte) string {
	s := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(s) > 60 {
		b.WriteString(s[:60] + "\n")
		s = s[60:]
	}
	if s != "" {
		b.WriteString(s + "\n")
	}
	return b.String()
}

func (h *Hub) content(r *repository, e githost.Entry, name, ref string) object {
	kind, size := "file", 0
	api, web, git := h.repoURL(r)+"/contents/"+escapePath(name)+"?ref="+ref, h.URL()+"/"+r.fullName()+"/blob/"+ref+"/"+escapePath(name), h.repoURL(r)+"/git/blobs/"+e.SHA
	download := any(h.URL() + "/" + r.fullName() + "/raw/" + ref + "/" + escapePath(name))
	switch {
	case e.Type == "tree":
		kind, download, git = "dir", nil, h.repoURL(r)+"/git/trees/"+e.SHA
	case e.Mode == githost.ModeLink:
		kind = "symlink"
	}
	if e.Type == "blob" {
		if data, err := r.git.Blob(e.SHA); err == nil {
			size = len(data)
		}
	}
	return object{"name": path.Base(name), "path": name, "sha": e.SHA, "size": size, "url": api, "html_url": web, "git_url": git,
		"download_url": download, "type": kind, "_links": object{"self": api, "git": git, "html": web}}
}

func (h *Hub) putContents(c *call) (any, error) {
	var in struct {
		Message string `json:"message"`
		Content string `json:"content"`
		Branch  string `json:"branch"`
		SHA     string `json:"sha"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in.Content, "\n", ""))
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "content is not valid Base64")
	}
	branch, status := cmp.Or(in.Branch, c.repo.defaultBranch), http.StatusCreated
	if tip, ok := c.repo.git.Ref("refs/heads/" + branch); ok {
		if e, err := c.repo.git.Lookup(tip, c.params["path"]); err == nil {
			status = http.StatusOK
			if in.SHA != e.SHA {
				return nil, fail(http.StatusConflict, "%s does not match %s", c.params["path"], in.SHA)
			}
		}
	}
	sha, err := h.commitFiles(c.repo, Commit{Branch: branch, Message: in.Message, Author: c.who.account().login, Files: Files{c.params["path"]: string(data)}})
	if err != nil {
		return nil, err
	}
	if err := h.setRef(c.repo, "refs/heads/"+branch, sha, false, c.who.account()); err != nil {
		return nil, err
	}
	e, err := c.repo.git.Lookup(sha, c.params["path"])
	if err != nil {
		return nil, err
	}
	commit, err := c.repo.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	return reply{status: status, body: object{"content": h.content(c.repo, e, c.params["path"], branch), "commit": h.gitCommit(c.repo, commit)}}, nil
}

// getCodeownersErrors reports what is visibly wrong with the CODEOWNERS file; patterns GitHub refuses and owners that
// do not exist or cannot write.
func (h *Hub) getCodeownersErrors(c *call) (any, error) {
	r := c.repo
	sha, err := r.git.Resolve(context.Background(), c.query.Get("ref"))
	if err != nil {
		return nil, err
	}
	errs := []any{}
	for _, name := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} {
		e, err := r.git.Lookup(sha, name)
		if err != nil {
			continue
		}
		data, err := r.git.Blob(e.SHA)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(data), "\n") {
			text, _, _ := strings.Cut(line, "#")
			fields := strings.Fields(text)
			for j, owner := range fields {
				if j > 0 && !h.isOwner(r, owner) {
					column := strings.Index(line, owner) + 1
					errs = append(errs, object{"line": i + 1, "column": column, "source": line, "kind": "Unknown owner",
						"suggestion": "make sure " + owner + " exists and has write access to the repository", "path": name,
						"message": "Unknown owner on line " + strconv.Itoa(i+1) + ": make sure " + owner + " exists and has write access to the repository\n\n  " + line + "\n  " + strings.Repeat(" ", column-1) + "^"})
				}
			}
			if len(fields) > 0 && (strings.HasPrefix(fields[0], "!") || strings.ContainsAny(fields[0], "[]")) {
				errs = append(errs, object{"line": i + 1, "column": 1, "source": line, "kind": "Invalid pattern", "path": name,
					"suggestion": nil, "message": "Invalid pattern on line " + strconv.Itoa(i+1) + "\n\n  " + line + "\n  ^"})
			}
		}
		return object{"errors": errs}, nil
	}
	return nil, errNotFound
}

func (h *Hub) isOwner(r *repository, owner string) bool {
	name, ok := strings.CutPrefix(owner, "@")
	if !ok {
		u := h.byEmail(owner)
		return u != nil && h.role(r, u) >= rank("write")
	}
	if org, slug, ok := strings.Cut(name, "/"); ok {
		if r.owner.org == nil || !strings.EqualFold(org, r.owner.login) {
			return false
		}
		t := r.owner.org.teams[lower(slug)]
		for at := t; at != nil; at = at.parent {
			if rank(at.repos[r.id]) >= rank("write") {
				return t.privacy != "secret"
			}
		}
		return false
	}
	u := h.accounts[lower(name)]
	return u != nil && h.role(r, u) >= rank("write")
}

func metaRoutes() []*route {
	return []*route{
		{method: "GET", pattern: "/meta", call: func(h *Hub, c *call) (any, error) {
			return object{"verifiable_password_authentication": false, "hooks": []string{"127.0.0.0/8"}, "installed_version": "3.18.0"}, nil
		}},
		{method: "GET", pattern: "/rate_limit", call: func(h *Hub, c *call) (any, error) {
			one := func(name string) object {
				s := h.limits.Look(c.who.key, name)
				return object{"limit": s.Limit, "remaining": s.Remaining, "used": s.Used, "reset": s.Reset.Unix(), "resource": name}
			}
			core := one("core")
			return object{"resources": object{"core": core, "graphql": one("graphql"),
				"search": object{"limit": 30, "remaining": 30, "used": 0, "reset": h.now().Add(time.Minute).Unix(), "resource": "search"}}, "rate": core}, nil
		}},
	}
}
