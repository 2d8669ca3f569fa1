package github

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/sorting"
)

func pullRoutes() []*route {
	const r, p = "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/pulls/{pull_number}"
	return []*route{
		{method: "GET", pattern: r + "/pulls", need: "pull_requests:read", call: (*Hub).getPulls},
		{method: "POST", pattern: r + "/pulls", need: "pull_requests:write", role: "read", creates: true, call: (*Hub).postPull},
		{method: "GET", pattern: p, need: "pull_requests:read", call: (*Hub).getPull, warm: (*Hub).warmPull},
		{method: "PATCH", pattern: p, need: "pull_requests:write", role: "read", call: (*Hub).patchPull},
		{method: "GET", pattern: p + "/files", need: "pull_requests:read", call: (*Hub).getPullFiles, warm: (*Hub).warmPull},
		{method: "GET", pattern: p + "/commits", need: "pull_requests:read", call: (*Hub).getPullCommits, warm: (*Hub).warmPull},
		{method: "GET", pattern: p + "/merge", need: "pull_requests:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil || !p.merged {
				return nil, errNotFound
			}
			return noContent(), nil
		}},
		{method: "PUT", pattern: p + "/merge", need: "contents:write", call: (*Hub).putMerge},
		{method: "PUT", pattern: p + "/update-branch", need: "pull_requests:write", call: (*Hub).putUpdateBranch},
		{method: "GET", pattern: r + "/issues/{issue_number}", need: "issues:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			return h.issue(p), nil
		}},
		{method: "GET", pattern: r + "/issues/{issue_number}/labels", need: "issues:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			return paged(c, p.labels, func(l *label) any { return h.label(c.repo, l) }), nil
		}},
		{method: "POST", pattern: r + "/issues/{issue_number}/labels", need: "issues:write", role: "triage", call: (*Hub).postLabels},
		{method: "PUT", pattern: r + "/issues/{issue_number}/labels", need: "issues:write", role: "triage", call: (*Hub).putLabels},
		{method: "DELETE", pattern: r + "/issues/{issue_number}/labels/{name}", need: "issues:write", role: "triage",
			call: func(h *Hub, c *call) (any, error) {
				p, err := c.pull()
				if err != nil {
					return nil, err
				}
				if err := h.removeLabel(p, c.params["name"], c.who.account()); err != nil {
					return nil, err
				}
				return list(p.labels, func(l *label) any { return h.label(c.repo, l) }), nil
			}},
	}
}

// pull finds the pull request a path names, by pull_number or by issue_number. There are no plain issues here.
func (c *call) pull() (*pull, error) {
	n := c.number("pull_number")
	if n < 0 {
		n = c.number("issue_number")
	}
	p := c.repo.pulls[n]
	if p == nil {
		return nil, errNotFound
	}
	return p, nil
}

func (r *repository) sortedPulls() []*pull {
	out := make([]*pull, 0, len(r.pulls))
	for _, p := range r.pulls {
		out = append(out, p)
	}
	sorting.By(out, func(a, b *pull) int { return cmp.Compare(a.number, b.number) })
	return out
}

// warmPull lets git compare and merge outside the lock, so that answers under it come from what is kept.
func (h *Hub) warmPull(c *call) {
	h.mu.RLock()
	p, err := c.pull()
	if err != nil {
		h.mu.RUnlock()
		return
	}
	git, base, head, open := p.repo.git, p.diffBase(), p.headSHA, p.state == "open"
	h.mu.RUnlock()
	_, _ = git.Compare(context.Background(), base, head) // an error comes again under the lock
	if _, known := git.Mergeable(base, head); open && !known {
		_, _ = git.MergeTree(context.Background(), base, head) // likewise
	}
}

func (h *Hub) getPulls(c *call) (any, error) {
	state := cmp.Or(c.query.Get("state"), "open")
	var all []*pull
	for _, p := range c.repo.sortedPulls() {
		head := p.user.login + ":" + p.headRef
		if p.headRepo != nil {
			head = p.headRepo.owner.login + ":" + p.headRef
		}
		if (state != "all" && p.state != state) || (c.query.Get("base") != "" && p.baseRef != c.query.Get("base")) ||
			(c.query.Get("head") != "" && !strings.EqualFold(head, c.query.Get("head"))) {
			continue
		}
		all = append(all, p)
	}
	direction, sort := c.query.Get("direction"), cmp.Or(c.query.Get("sort"), "created")
	if direction == "" {
		direction = "asc"
		if sort == "created" {
			direction = "desc"
		}
	}
	sorting.StableBy(all, func(a, b *pull) int {
		n := a.created.Compare(b.created)
		if sort == "updated" {
			n = a.updated.Compare(b.updated)
		}
		n = cmp.Or(n, cmp.Compare(a.number, b.number))
		if direction == "desc" {
			return -n
		}
		return n
	})
	return paged(c, all, func(p *pull) any { return h.simplePull(p) }), nil
}

func (h *Hub) postPull(c *call) (any, error) {
	var in newPull
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if from, _, err := h.source(c.repo, in); err == nil && c.who.user != nil && h.role(from, c.who.user) < rank("write") {
		return nil, fail(http.StatusForbidden, "You do not have permission to create a pull request from this branch.")
	}
	p, err := h.openPull(c.repo, in, c.who.account())
	if err != nil {
		return nil, err
	}
	out, err := h.fullPull(p)
	if err != nil {
		return nil, err
	}
	return created(out), nil
}

func (h *Hub) getPull(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	if c.accepts("diff") || c.accepts("patch") {
		x, err := p.comparison()
		if err != nil {
			return nil, err
		}
		answer, _, err := diffMedia(c, x)
		return answer, err
	}
	out, err := h.fullPull(p)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (h *Hub) patchPull(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	if c.who.user != nil && c.who.user != p.user && h.role(c.repo, c.who.user) < rank("write") {
		return nil, fail(http.StatusForbidden, "Must have write access to the repository.")
	}
	var in pullEdit
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.editPull(p, in, c.who.account()); err != nil {
		return nil, err
	}
	out, err := h.fullPull(p)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (h *Hub) getPullFiles(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	x, err := p.comparison()
	if err != nil {
		return nil, err
	}
	files := x.Files[:min(len(x.Files), maxFiles)]
	return paged(c, files, func(f githost.FileDiff) any { return h.diffEntry(p.repo, p.headSHA, f) }), nil
}

func (h *Hub) getPullCommits(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	x, err := p.comparison()
	if err != nil {
		return nil, err
	}
	shas := x.Ahead[:min(len(x.Ahead), maxPullCommits)]
	return h.commitList(p.repo, window(c, shas))
}

func (h *Hub) putMerge(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in struct {
		Title  string `json:"commit_title"`
		Text   string `json:"commit_message"`
		SHA    string `json:"sha"`
		Method string `json:"merge_method"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.mergePull(p, cmp.Or(in.Method, "merge"), in.Title, in.Text, in.SHA, c.who.account()); err != nil {
		return nil, err
	}
	return object{"sha": p.mergeSHA, "merged": true, "message": "Pull Request successfully merged"}, nil
}

func (h *Hub) putUpdateBranch(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok || p.state != "open" || p.headRepo == nil {
		return nil, fail(http.StatusUnprocessableEntity, "The pull request cannot be updated.")
	}
	m, err := p.repo.git.MergeTree(context.Background(), p.headSHA, tip)
	if err != nil {
		return nil, err
	}
	if m.Conflicts {
		return nil, fail(http.StatusUnprocessableEntity, "merge conflict between base and head")
	}
	who := h.signature(c.who.account())
	sha, err := p.repo.git.WriteCommit(githost.Commit{Tree: m.Tree, Parents: []string{p.headSHA, tip}, Author: who, Committer: who,
		Message: "Merge branch '" + p.baseRef + "' into " + p.headRef})
	if err != nil {
		return nil, err
	}
	if err := h.setRef(p.headRepo, "refs/heads/"+p.headRef, sha, false, c.who.account()); err != nil {
		return nil, err
	}
	return reply{status: http.StatusAccepted, body: object{"message": "Updating pull request branch.", "url": p.apiURL(h)}}, nil
}

// labelNames reads both forms GitHub takes: {"labels": [...]} and a bare array, of strings or of objects.
func (c *call) labelNames() ([]string, error) {
	var wrapped struct {
		Labels []string `json:"labels"`
	}
	if body := strings.TrimSpace(string(c.body)); strings.HasPrefix(body, "[") {
		err := c.decode(&wrapped.Labels)
		return wrapped.Labels, err
	}
	err := c.decode(&wrapped)
	return wrapped.Labels, err
}

func (h *Hub) postLabels(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	names, err := c.labelNames()
	if err != nil {
		return nil, err
	}
	if err := h.addLabels(p, names, c.who.account()); err != nil {
		return nil, err
	}
	return list(p.labels, func(l *label) any { return h.label(c.repo, l) }), nil
}

func (h *Hub) putLabels(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	names, err := c.labelNames()
	if err != nil {
		return nil, err
	}
	for _, l := range slices.Clone(p.labels) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, l.name) }) {
			if err := h.removeLabel(p, l.name, c.who.account()); err != nil {
				return nil, err
			}
		}
	}
	if err := h.addLabels(p, names, c.who.account()); err != nil {
		return nil, err
	}
	return list(p.labels, func(l *label) any { return h.label(c.repo, l) }), nil
}

// since reads the query parameter of that name; a time that cannot be read filters nothing.
func (c *call) since() time.Time {
	t, err := time.Parse(time.RFC3339, c.query.Get("since"))
	if err != nil {
		return time.Time{}
	}
	return t
}
