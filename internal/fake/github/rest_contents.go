package github

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

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
		return nil, fail(http.StatusForbidden,
			"This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.")
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
	api, web, git := h.repoURL(r)+"/contents/"+escapePath(name)+"?ref="+ref, h.URL()+"/"+r.fullName()+"/blob/"+ref+"/"+escapePath(name),
		h.repoURL(r)+"/git/blobs/"+e.SHA
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
	sha, err := h.commitFiles(c.repo,
		Commit{Branch: branch, Message: in.Message, Author: c.who.account().login, Files: Files{c.params["path"]: string(data)}})
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
	return reply{
		status: status,
		body:   object{"content": h.content(c.repo, e, c.params["path"], branch), "commit": h.gitCommit(c.repo, commit)},
	}, nil
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
						"message": "Unknown owner on line " + strconv.Itoa(i+1) + ": make sure " + owner +
							" exists and has write access to the repository\n\n  " + line + "\n  " + strings.Repeat(" ", column-1) + "^"})
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
