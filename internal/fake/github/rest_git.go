package github

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
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
		{method: "GET", pattern: r + "/dependency-graph/compare/{basehead}", need: "contents:read", call: (*Hub).getDependencyReview},
	}
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
	sha, err := c.repo.git.WriteCommit(
		githost.Commit{Tree: in.Tree, Parents: in.Parents, Author: author, Committer: who, Message: in.Message})
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
	return created(object{"sha": sha, "url": api + "/git/trees/" + sha, "truncated": false,
		"tree": list(entries, func(e githost.Entry) any {
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
	return object{"sha": sha, "node_id": nodeID("B", c.repo.id) + sha[:12], "size": len(data),
		"url":     h.repoURL(c.repo) + "/git/blobs/" + sha,
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
