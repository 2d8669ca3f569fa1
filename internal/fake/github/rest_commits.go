package github

import (
	"context"
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// commitRoute is GET one commit. It stands after every route below commits/, since a ref may hold slashes.
func commitRoute() *route {
	return &route{method: "GET", pattern: "/repos/{owner}/{repo}/commits/{ref+}", need: "contents:read", call: (*Hub).getCommit}
}

func (h *Hub) getCommits(c *call) (any, error) {
	g := c.repo.git
	from, err := g.Resolve(c.r.Context(), c.query.Get("sha"))
	if err != nil {
		return nil, err
	}
	page, per := c.paging()
	// One more than shown tells whether there is a next page; GitHub's own list is as lazy.
	shas, err := g.Log(c.r.Context(), from, c.query.Get("path"), page*per+1)
	if err != nil {
		return nil, err
	}
	total := len(shas)
	shas = shas[min((page-1)*per, total):min(page*per, total)]
	c.link(page, per, total)
	return h.commitList(c.repo, shas)
}

func (h *Hub) commitList(r *repository, shas []string) ([]any, error) {
	out := make([]any, 0, len(shas))
	for _, sha := range shas {
		commit, err := r.git.Commit(sha)
		if err != nil {
			return nil, err
		}
		out = append(out, h.commit(r, commit))
	}
	return out, nil
}

func (h *Hub) getCommit(c *call) (any, error) {
	g := c.repo.git
	sha, err := g.Resolve(c.r.Context(), c.params["ref"])
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "No commit found for SHA: %s", c.params["ref"])
	}
	if c.accepts("sha") {
		return reply{status: http.StatusOK, raw: []byte(sha), kind: "application/vnd.github.sha; charset=utf-8"}, nil
	}
	commit, err := g.Commit(sha)
	if err != nil {
		return nil, err
	}
	var base string
	if len(commit.Parents) > 0 {
		base = commit.Parents[0]
	} else if base, err = g.WriteTree("", nil); err != nil {
		return nil, err
	}
	files, err := g.Diff(base, sha)
	if err != nil {
		return nil, err
	}
	out := h.commit(c.repo, commit)
	added, removed := 0, 0
	for _, f := range files {
		added, removed = added+f.Added, removed+f.Removed
	}
	out["stats"] = object{"total": added + removed, "additions": added, "deletions": removed}
	page, _ := c.paging()
	files = files[:min(len(files), maxFiles)]
	c.link(page, maxCompareFiles, len(files))
	out["files"] = list(files[min((page-1)*maxCompareFiles, len(files)):min(page*maxCompareFiles, len(files))],
		func(f githost.FileDiff) any { return h.diffEntry(c.repo, sha, f) })
	return out, nil
}

func (h *Hub) getCommitPulls(c *call) (any, error) {
	sha, err := c.repo.git.Resolve(c.r.Context(), c.params["commit_sha"])
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "No commit found for SHA: %s", c.params["commit_sha"])
	}
	pulls, err := h.pullsWith(c.repo, sha)
	if err != nil {
		return nil, err
	}
	return paged(c, pulls, func(p *pull) any { return h.simplePull(p) }), nil
}

// pullsWith lists the pull requests a commit belongs to: merged as it, or with it among their commits.
func (h *Hub) pullsWith(r *repository, sha string) ([]*pull, error) {
	var out []*pull
	for _, p := range r.sortedPulls() {
		if p.headSHA == sha || p.mergeSHA == sha {
			out = append(out, p)
			continue
		}
		commits, err := r.git.Ahead(context.Background(), p.diffBase(), p.headSHA)
		if err != nil {
			return nil, err
		}
		if slices.Contains(commits, sha) {
			out = append(out, p)
		}
	}
	return out, nil
}
