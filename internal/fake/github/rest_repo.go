package github

import (
	"cmp"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

func repositoryRoutes() []*route {
	return []*route{
		{
			method:  "GET",
			pattern: "/repos/{owner}/{repo}",
			need:    "metadata:read",
			call:    func(h *Hub, c *call) (any, error) { return h.fullRepository(c.who, c.repo), nil },
		},
		{method: "PATCH", pattern: "/repos/{owner}/{repo}", need: "administration:write", role: "admin", call: (*Hub).patchRepository},
		{method: "GET", pattern: "/orgs/{org}/repos", call: (*Hub).accountRepositories},
		{method: "GET", pattern: "/users/{username}/repos", call: (*Hub).accountRepositories},
		{method: "POST", pattern: "/user/repos", need: "user", call: (*Hub).postRepository},
		{method: "POST", pattern: "/orgs/{org}/repos", need: "user", call: (*Hub).postRepository},
		{method: "POST", pattern: "/repos/{owner}/{repo}/forks", need: "metadata:read", role: "read", call: (*Hub).postFork},
		{method: "POST", pattern: "/repos/{owner}/{repo}/transfer", need: "administration:write", role: "admin", call: (*Hub).postTransfer},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches", need: "contents:read", call: (*Hub).getBranches},
		{
			method:  "GET",
			pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection",
			need:    "administration:read",
			role:    "admin",
			call:    (*Hub).getProtection,
		},
		{
			method:  "PUT",
			pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection",
			need:    "administration:write",
			role:    "admin",
			call:    (*Hub).putProtection,
		},
		{method: "DELETE", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection", need: "administration:write", role: "admin",
			call: func(h *Hub, c *call) (any, error) {
				if c.repo.protected[c.params["branch"]] == nil {
					return nil, fail(http.StatusNotFound, "Branch not protected")
				}
				delete(c.repo.protected, c.params["branch"])
				return noContent(), nil
			}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch+}/protection/required_status_checks",
			need: "administration:read", role: "admin", call: func(h *Hub, c *call) (any, error) {
				p := c.repo.protected[c.params["branch"]]
				if p == nil || p.Checks == nil || p.Ruleset {
					return nil, fail(http.StatusNotFound, "Branch not protected")
				}
				return h.requiredChecks(c.repo, c.params["branch"], p), nil
			}},
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch+}", need: "contents:read", call: (*Hub).getBranch},
		{method: "GET", pattern: "/repos/{owner}/{repo}/rules/branches/{branch+}", need: "metadata:read",
			call: func(h *Hub, c *call) (any, error) {
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
	sorting.By(out, func(a, b *label) int { return cmp.Compare(a.id, b.id) })
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
	r, err := h.addRepository(
		Repo{
			Owner:   cmp.Or(in.Organization, c.who.user.login),
			Name:    cmp.Or(in.Name, c.repo.name),
			ForkOf:  c.repo.fullName(),
			Private: c.repo.private,
		})
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
	for _, s := range []struct {
		from, to *bool
	}{
		{in.Merge, &m.Merge},
		{in.Squash, &m.Squash},
		{in.Rebase, &m.Rebase},
		{in.AutoMerge, &m.AutoMerge},
		{in.DeleteBranch, &m.DeleteBranch},
	} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	for _, s := range []struct {
		from, to *string
	}{{in.SquashTitle, &m.SquashTitle}, {in.SquashMessage, &m.SquashMessage}, {in.Description, &r.description}} {
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
				"search": object{"limit": 30, "remaining": 30, "used": 0, "reset": h.now().Add(time.Minute).Unix(),
					"resource": "search"}}, "rate": core}, nil
		}},
	}
}
