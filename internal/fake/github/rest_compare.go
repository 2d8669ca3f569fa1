package github

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// ends resolves BASE...HEAD, where each side may name another repository of the network as OWNER:REF.
func (h *Hub) ends(c *call) (base, head string, err error) {
	left, right, ok := strings.Cut(c.params["basehead"], "...")
	if !ok {
		return "", "", errNotFound
	}
	resolve := func(name string) (string, error) {
		r := c.repo
		if owner, ref, ok := strings.Cut(name, ":"); ok {
			from, branch, err := h.source(r, newPull{Head: owner + ":" + ref})
			if err != nil || !h.sees(c.who, from) {
				return "", errNotFound
			}
			r, name = from, branch
		}
		return r.git.Resolve(c.r.Context(), name)
	}
	if base, err = resolve(left); err == nil {
		head, err = resolve(right)
	}
	return base, head, err
}

// warmCompare lets git compare outside the lock.
func (h *Hub) warmCompare(c *call) {
	h.mu.RLock()
	base, head, err := h.ends(c)
	r := c.repo
	h.mu.RUnlock()
	if err == nil {
		_, _ = r.git.Compare(c.r.Context(), base, head) // an error comes again in getCompare
	}
}

func (h *Hub) getCompare(c *call) (any, error) {
	g := c.repo.git
	base, head, err := h.ends(c)
	if err != nil {
		return nil, err
	}
	x, err := g.Compare(context.WithoutCancel(c.r.Context()), base, head)
	if err != nil {
		return nil, err
	}
	if x.MergeBase == "" {
		return nil, fail(http.StatusNotFound, "No common ancestor between %s and %s.", base, head)
	}
	if answer, ok, err := diffMedia(c, x); ok {
		return answer, err
	}
	status := "identical"
	switch {
	case len(x.Ahead) > 0 && x.Behind > 0:
		status = "diverged"
	case len(x.Ahead) > 0:
		status = "ahead"
	case x.Behind > 0:
		status = "behind"
	}
	page, per := c.paging()
	if c.query.Get("page") == "" && c.query.Get("per_page") == "" {
		per = maxPullCommits // without paging parameters GitHub lists the first 250 commits
	}
	c.link(page, per, len(x.Ahead))
	commits, err := h.commitList(c.repo, x.Ahead[min((page-1)*per, len(x.Ahead)):min(page*per, len(x.Ahead))])
	if err != nil {
		return nil, err
	}
	baseCommit, err := g.Commit(base)
	if err != nil {
		return nil, err
	}
	mergeBase, err := g.Commit(x.MergeBase)
	if err != nil {
		return nil, err
	}
	api, web := h.repoURL(c.repo)+"/compare/", h.URL()+"/"+c.repo.fullName()+"/compare/"
	name := escapePath(c.params["basehead"])
	out := object{"url": api + name, "html_url": web + name, "permalink_url": web + base[:12] + "..." + head[:12],
		"diff_url":  web + name + ".diff",
		"patch_url": web + name + ".patch", "base_commit": h.commit(c.repo, baseCommit), "merge_base_commit": h.commit(c.repo, mergeBase),
		"status": status, "ahead_by": len(x.Ahead), "behind_by": x.Behind, "total_commits": len(x.Ahead), "commits": commits,
		"files": []any{}}
	if page == 1 {
		out["files"] = list(x.Files[:min(len(x.Files), maxCompareFiles)],
			func(f githost.FileDiff) any { return h.diffEntry(c.repo, head, f) })
	}
	return out, nil
}

// diffMedia answers the diff and patch media types. GitHub refuses large ones with 406.
func diffMedia(c *call, x *githost.Comparison) (reply, bool, error) {
	kind := ""
	for _, k := range []string{"diff", "patch"} {
		if c.accepts(k) {
			kind = k
		}
	}
	if kind == "" {
		return reply{}, false, nil
	}
	tooLarge := func(field, what string, most int) error {
		return &apiError{Status: http.StatusNotAcceptable,
			Message: "Sorry, the diff exceeded the maximum number of " + what + " (" + strconv.Itoa(most) +
				"). Consider using 'List pull requests files' API or locally cloning the repository instead.",
			Errors: []any{object{"resource": "PullRequest", "field": field, "code": "too_large"}}}
	}
	if len(x.Files) > maxCompareFiles {
		return reply{}, true, tooLarge("diff", "files", maxCompareFiles)
	}
	if x.Lines() > maxDiffLines {
		return reply{}, true, tooLarge("diff", "lines", maxDiffLines)
	}
	return reply{status: http.StatusOK, raw: x.Raw, kind: "application/vnd.github." + kind + "; charset=utf-8"}, true, nil
}
