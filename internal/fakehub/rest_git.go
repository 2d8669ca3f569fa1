package fakehub

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fakehub/githost"
)

// maxFiles and maxCompareFiles are GitHub's limits of a file list and of a comparison's.
const (
	maxFiles        = 3000
	maxCompareFiles = 300
	maxDiffLines    = 20000
	maxPullCommits  = 250
)

func gitRoutes() []*route {
	const r = "/repos/{owner}/{repo}"
	return []*route{
		{method: "GET", pattern: r + "/git/ref/{ref+}", need: "contents:read", call: func(h *Hub, c *call) (any, error) {
			sha, ok := c.repo.git.Ref("refs/" + c.params["ref"])
			if !ok {
				return nil, errNotFound
			}
			return h.gitRef(c.repo, "refs/"+c.params["ref"], sha), nil
		}},
		{method: "GET", pattern: r + "/git/matching-refs/{ref+}", need: "contents:read", call: func(h *Hub, c *call) (any, error) {
			return paged(c, c.repo.git.RefNames("refs/"+c.params["ref"]), func(name string) any {
				sha, _ := c.repo.git.Ref(name)
				return h.gitRef(c.repo, name, sha)
			}), nil
		}},
		{method: "POST", pattern: r + "/git/refs", need: "contents:write", call: (*Hub).postRef},
		{method: "PATCH", pattern: r + "/git/refs/{ref+}", need: "contents:write", call: (*Hub).patchRef},
		{method: "DELETE", pattern: r + "/git/refs/{ref+}", need: "contents:write", call: func(h *Hub, c *call) (any, error) {
			if err := h.deleteRef(c.repo, "refs/"+c.params["ref"], c.who.account()); err != nil {
				return nil, err
			}
			return noContent(), nil
		}},
		{method: "GET", pattern: r + "/git/commits/{commit_sha}", need: "contents:read", call: func(h *Hub, c *call) (any, error) {
			commit, err := c.repo.git.Commit(c.params["commit_sha"])
			if err != nil {
				return nil, err
			}
			return h.gitCommit(c.repo, commit), nil
		}},
		{method: "POST", pattern: r + "/git/commits", need: "contents:write", call: (*Hub).postGitCommit},
		{method: "GET", pattern: r + "/git/trees/{tree_sha+}", need: "contents:read", call: (*Hub).getTree},
		{method: "POST", pattern: r + "/git/trees", need: "contents:write", call: (*Hub).postTree},
		{method: "GET", pattern: r + "/git/blobs/{file_sha}", need: "contents:read", call: (*Hub).getBlob},
		{method: "POST", pattern: r + "/git/blobs", need: "contents:write", call: (*Hub).postBlob},
		{method: "GET", pattern: r + "/commits", need: "contents:read", call: (*Hub).getCommits},
		{method: "GET", pattern: r + "/commits/{commit_sha+}/pulls", need: "pull_requests:read", call: (*Hub).getCommitPulls},
		{method: "GET", pattern: r + "/compare/{basehead+}", need: "contents:read", call: (*Hub).getCompare, warm: (*Hub).warmCompare},
	}
}

// commitRoute is GET one commit. It stands after every route below commits/, since a ref may hold slashes.
func commitRoute() *route {
	return &route{method: "GET", pattern: "/repos/{owner}/{repo}/commits/{ref+}", need: "contents:read", call: (*Hub).getCommit}
}

func (h *Hub) postRef(c *call) (any, error) {
	var in struct{ Ref, SHA string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !githost.ValidRef(in.Ref) || strings.Count(in.Ref, "/") < 2 {
		return nil, fail(http.StatusUnprocessableEntity, "Reference name must start with 'refs/' and contain at least two slashes.")
	}
	if _, ok := c.repo.git.Ref(in.Ref); ok {
		return nil, fail(http.StatusUnprocessableEntity, "Reference already exists")
	}
	if _, err := c.repo.git.Object(in.SHA); err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if err := h.setRef(c.repo, in.Ref, in.SHA, true, c.who.account()); err != nil {
		return nil, err
	}
	return created(h.gitRef(c.repo, in.Ref, in.SHA)), nil
}

func (h *Hub) patchRef(c *call) (any, error) {
	var in struct {
		SHA   string
		Force bool
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	name := "refs/" + c.params["ref"]
	if _, ok := c.repo.git.Ref(name); !ok {
		return nil, fail(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	if _, err := c.repo.git.Object(in.SHA); err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if err := h.setRef(c.repo, name, in.SHA, in.Force, c.who.account()); err != nil {
		return nil, err
	}
	return h.gitRef(c.repo, name, in.SHA), nil
}

func (h *Hub) postGitCommit(c *call) (any, error) {
	var in struct {
		Message, Tree string
		Parents       []string
		Author        *struct{ Name, Email string }
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if _, err := c.repo.git.Tree(in.Tree); err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "Tree SHA does not exist")
	}
	who := h.signature(c.who.account())
	author := who
	if in.Author != nil {
		author.Name, author.Email = in.Author.Name, in.Author.Email
	}
	sha, err := c.repo.git.WriteCommit(githost.Commit{Tree: in.Tree, Parents: in.Parents, Author: author, Committer: who, Message: in.Message})
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "%s", err)
	}
	commit, err := c.repo.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	return created(h.gitCommit(c.repo, commit)), nil
}

func (h *Hub) getTree(c *call) (any, error) {
	g, name := c.repo.git, c.params["tree_sha"]
	sha := name
	if !githost.IsID(name) {
		var err error
		if sha, err = g.Resolve(c.r.Context(), name); err != nil {
			return nil, err
		}
	}
	var entries []githost.Entry
	var err error
	truncated := false
	if c.query.Get("recursive") != "" { // any value counts, "0" and "false" as well
		entries, truncated, err = g.Walk(sha, h.opt.TreeLimit)
	} else {
		entries, err = g.Tree(sha)
	}
	if err != nil {
		return nil, err
	}
	if obj, err := g.Object(sha); err == nil && obj.Type == "commit" {
		commit, err := g.Commit(sha)
		if err != nil {
			return nil, err
		}
		sha = commit.Tree
	}
	api := h.repoURL(c.repo)
	return object{"sha": sha, "url": api + "/git/trees/" + sha, "truncated": truncated, "tree": list(entries, func(e githost.Entry) any {
		out := object{"path": e.Name, "mode": e.Mode, "type": e.Type, "sha": e.SHA}
		switch e.Type {
		case "blob":
			out["url"] = api + "/git/blobs/" + e.SHA
			if data, err := g.Blob(e.SHA); err == nil {
				out["size"] = len(data)
			}
		case "tree":
			out["url"] = api + "/git/trees/" + e.SHA
		}
		return out
	})}, nil
}

func (h *Hub) postTree(c *call) (any, error) {
	var in struct {
		Base string `json:"base_tree"`
		Tree []struct {
			Path, Mode, Type string
			SHA, Content     *string
		}
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	g := c.repo.git
	changes := map[string]*githost.Entry{}
	for _, t := range in.Tree {
		switch {
		case t.Content != nil:
			sha, err := g.WriteBlob([]byte(*t.Content))
			if err != nil {
				return nil, err
			}
			changes[t.Path] = &githost.Entry{Mode: t.Mode, Type: cmp.Or(t.Type, "blob"), SHA: sha}
		case t.SHA == nil:
			changes[t.Path] = nil
		default:
			changes[t.Path] = &githost.Entry{Mode: t.Mode, Type: cmp.Or(t.Type, "blob"), SHA: *t.SHA}
		}
	}
	sha, err := g.WriteEntries(in.Base, changes)
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "%s", err)
	}
	entries, err := g.Tree(sha)
	if err != nil {
		return nil, err
	}
	api := h.repoURL(c.repo)
	return created(object{"sha": sha, "url": api + "/git/trees/" + sha, "truncated": false, "tree": list(entries, func(e githost.Entry) any {
		return object{"path": e.Name, "mode": e.Mode, "type": e.Type, "sha": e.SHA, "url": api + "/git/" + e.Type + "s/" + e.SHA}
	})}), nil
}

func (h *Hub) getBlob(c *call) (any, error) {
	sha := c.params["file_sha"]
	data, err := c.repo.git.Blob(sha)
	if err != nil {
		return nil, err
	}
	if len(data) > 100<<20 {
		return nil, invalid("Blob", "data", "too_large", "This API returns blobs up to 100 MB in size.")
	}
	if c.accepts("raw") {
		return reply{status: http.StatusOK, raw: data, kind: "application/vnd.github.raw; charset=utf-8"}, nil
	}
	return object{"sha": sha, "node_id": nodeID("B", c.repo.id) + sha[:12], "size": len(data), "url": h.repoURL(c.repo) + "/git/blobs/" + sha,
		"content": lines60(data), "encoding": "base64"}, nil
}

func (h *Hub) postBlob(c *call) (any, error) {
	var in struct{ Content, Encoding string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	data := []byte(in.Content)
	if in.Encoding == "base64" {
		var err error
		if data, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(in.Content, "\n", "")); err != nil {
			return nil, fail(http.StatusUnprocessableEntity, "content is not valid Base64")
		}
	}
	sha, err := c.repo.git.WriteBlob(data)
	if err != nil {
		return nil, err
	}
	return created(object{"sha": sha, "url": h.repoURL(c.repo) + "/git/blobs/" + sha}), nil
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
	base := ""
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
	out["files"] = list(files[min((page-1)*maxCompareFiles, len(files)):min(page*maxCompareFiles, len(files))], func(f githost.FileDiff) any { return h.diffEntry(c.repo, sha, f) })
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
		c, err := p.comparison()
		if err != nil {
			return nil, err
		}
		if slices.Contains(c.Ahead, sha) {
			out = append(out, p)
		}
	}
	return out, nil
}

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
		r.git.Compare(c.r.Context(), base, head) // an error comes again in getCompare
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
	out := object{"url": api + name, "html_url": web + name, "permalink_url": web + base[:12] + "..." + head[:12], "diff_url": web + name + ".diff",
		"patch_url": web + name + ".patch", "base_commit": h.commit(c.repo, baseCommit), "merge_base_commit": h.commit(c.repo, mergeBase),
		"status": status, "ahead_by": len(x.Ahead), "behind_by": x.Behind, "total_commits": len(x.Ahead), "commits": commits, "files": []any{}}
	if page == 1 {
		out["files"] = list(x.Files[:min(len(x.Files), maxCompareFiles)], func(f githost.FileDiff) any { return h.diffEntry(c.repo, head, f) })
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
		return &apiError{Status: http.StatusNotAcceptable, Message: "Sorry, the diff exceeded the maximum number of " + what + " (" + strconv.Itoa(most) + "). Consider using 'List pull requests files' API or locally cloning the repository instead.",
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
