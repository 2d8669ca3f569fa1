package github

import (
	"net/http"
	"slices"
	"strings"
)

func (h *Hub) getBranches(c *call) (any, error) {
	return paged(c, c.repo.git.RefNames("refs/heads/"), func(name string) any {
		sha, _ := c.repo.git.Ref(name)
		short := strings.TrimPrefix(name, "refs/heads/")
		p := c.repo.protected[short]
		return object{"name": short, "commit": object{"sha": sha, "url": h.repoURL(c.repo) + "/commits/" + sha}, "protected": p != nil,
			"protection":     h.protectionSummary(c.repo, short, p),
			"protection_url": h.repoURL(c.repo) + "/branches/" + escapePath(short) + "/protection"}
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
	return object{"name": name, "commit": h.commit(c.repo, commit),
		"_links":    object{"self": url, "html": h.URL() + "/" + c.repo.fullName() + "/tree/" + escapePath(name)},
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
	out := object{"url": url, "enforce_admins": object{"url": url + "/enforce_admins", "enabled": p.EnforceAdmins},
		"required_linear_history": on(false),
		"allow_force_pushes":      on(false), "allow_deletions": on(false), "block_creations": on(false),
		"required_conversation_resolution": on(false),
		"lock_branch":                      on(false), "allow_fork_syncing": on(false),
		"required_signatures": object{"url": url + "/required_signatures", "enabled": false}}
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
		out = append(out,
			source("required_status_checks", object{"required_status_checks": checks, "strict_required_status_checks_policy": p.Strict}))
	}
	if p.Reviews > 0 {
		out = append(out,
			source("pull_request", object{"required_approving_review_count": p.Reviews, "dismiss_stale_reviews_on_push": false,
				"require_code_owner_review": p.CodeOwners, "require_last_push_approval": false,
				"required_review_thread_resolution": false}))
	}
	if p.MergeQueue {
		out = append(out, source("merge_queue", nil))
	}
	return out
}
