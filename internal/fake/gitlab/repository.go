package gitlab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// resolve is the commit that a parameter names; without one, the default branch's tip.
func (c *call) resolve(name string) (string, error) {
	rev, _ := c.text(name)
	if rev == "" {
		rev = "HEAD"
	}
	return c.project.git.Resolve(asking(), rev)
}

func (l *Lab) commitShape(p *project, c *githost.Commit) object {
	title, _, _ := strings.Cut(c.Message, "\n")
	parents := c.Parents
	if parents == nil {
		parents = []string{}
	}
	return object{
		"id": c.SHA, "short_id": c.SHA[:8], "created_at": second(c.Committer.When), "parent_ids": parents,
		"title": title, "message": c.Message,
		"author_name": c.Author.Name, "author_email": c.Author.Email, "authored_date": second(c.Author.When),
		"committer_name":  c.Committer.Name,
		"committer_email": c.Committer.Email, "committed_date": second(c.Committer.When), "trailers": object{},
		"extended_trailers": object{},
		"web_url":           l.URL() + "/" + p.path + "/-/commit/" + c.SHA,
	}
}

// second is a commit's time, which has git's precision.
func second(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-07:00") }

func getCommit(l *Lab, c *call) (any, error) {
	sha, err := c.resolve("sha")
	if err != nil {
		return nil, missing("Commit")
	}
	commit, err := c.project.git.Commit(sha)
	if err != nil {
		return nil, missing("Commit")
	}
	out := l.commitShape(c.project, commit)
	parent := ""
	if len(commit.Parents) > 0 {
		parent = commit.Parents[0]
	}
	files, err := c.project.files(parent, sha)
	if err != nil {
		return nil, err
	}
	added, removed := 0, 0
	for _, f := range files {
		added, removed = added+f.Added, removed+f.Removed
	}
	out["stats"] = object{"additions": added, "deletions": removed, "total": added + removed}
	out["project_id"], out["status"], out["last_pipeline"] = c.project.id, nil, nil
	for i := len(c.project.pipelines) - 1; i >= 0; i-- {
		if p := c.project.pipelines[i]; p.sha == sha {
			out["status"], out["last_pipeline"] = p.status(), l.pipelineInfo(p)
			break
		}
	}
	return out, nil
}

func listCommits(l *Lab, c *call) (any, error) {
	from, err := c.resolve("ref_name")
	if err != nil {
		return nil, missing("Reference")
	}
	path, _ := c.text("path")
	list, err := c.project.git.Log(asking(), from, path, 10_000)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i, sha := range list {
		out[i] = sha
	}
	c.totals = false // GitLab counts no commits here
	page := c.page(out)
	for i, sha := range page {
		commit, err := c.project.git.Commit(fmt.Sprint(sha))
		if err != nil {
			return nil, err
		}
		page[i] = l.commitShape(c.project, commit)
	}
	return page, nil
}

func commitRequests(l *Lab, c *call) (any, error) {
	out := []any{}
	for _, iid := range sortedKeys(c.project.requests) {
		m := c.project.requests[iid]
		if m.head == c.params["sha"] {
			out = append(out, l.basicRequest(m))
		}
	}
	return c.page(out), nil
}

func (l *Lab) branchShape(p *project, name, sha string, asker *user) (any, error) {
	commit, err := p.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	rule := p.protection(name)
	return object{"name": name, "commit": l.commitShape(p, commit), "merged": false, "protected": rule != nil,
		"developers_can_push": rule != nil &&
			rule.push == Developer, "developers_can_merge": rule != nil && rule.merge == Developer,
		"can_push": l.mayPush(
			p,
			asker,
			name,
		), "default": name == p.defaultBranch, "web_url": l.URL() + "/" + p.path + "/-/tree/" + name}, nil
}

func getBranch(l *Lab, c *call) (any, error) {
	sha, ok := c.project.branch(c.params["branch"])
	if !ok {
		return nil, missing("Branch")
	}
	return l.branchShape(c.project, c.params["branch"], sha, c.who.user)
}

func listBranches(l *Lab, c *call) (any, error) {
	out := []any{}
	search, _ := c.text("search")
	for _, ref := range c.project.git.RefNames("refs/heads/") {
		if name := strings.TrimPrefix(ref, "refs/heads/"); strings.Contains(name, search) {
			out = append(out, name)
		}
	}
	page := c.page(out)
	for i, name := range page {
		sha, _ := c.project.branch(fmt.Sprint(name))
		shape, err := l.branchShape(c.project, fmt.Sprint(name), sha, c.who.user)
		if err != nil {
			return nil, err
		}
		page[i] = shape
	}
	return page, nil
}

// compare is from...to, or with straight from..to.
func compare(l *Lab, c *call) (any, error) {
	from, err := c.resolve("from")
	if err != nil {
		return nil, missing("Ref")
	}
	to, err := c.resolve("to")
	if err != nil {
		return nil, missing("Ref")
	}
	base := from
	if !c.flag("straight") {
		if base, err = c.project.git.MergeBase(asking(), from, to); err != nil {
			return nil, err
		}
	}
	diffs, err := l.diffs(c.project, base, to, c.flag("unidiff"))
	if err != nil {
		return nil, err
	}
	all, err := c.project.files(base, to)
	if err != nil {
		return nil, err
	}
	cut := len(all) > len(diffs)
	ahead, err := c.project.git.Ahead(asking(), from, to)
	if err != nil {
		return nil, err
	}
	commits, newest := []any{}, any(nil)
	for _, sha := range ahead {
		commit, err := c.project.git.Commit(sha)
		if err != nil {
			return nil, err
		}
		newest = l.commitShape(c.project, commit)
		commits = append(commits, newest)
	}
	return object{"commit": newest, "commits": commits, "diffs": diffs, "compare_timeout": cut, "compare_same_ref": from == to,
		"web_url": fmt.Sprintf("%s/%s/-/compare/%s...%s", l.URL(), c.project.path, from, to)}, nil
}

func mergeBase(l *Lab, c *call) (any, error) {
	refs, _ := c.list("refs")
	if len(refs) < 2 {
		return nil, failure{http.StatusBadRequest, object{"error": "Provide at least 2 refs"}}
	}
	var base string
	for i, ref := range refs {
		sha, err := c.project.git.Resolve(asking(), ref)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "400 Bad request - Could not find ref: "+ref)
		}
		if i == 0 {
			base = sha
		} else if base, err = c.project.git.MergeBase(asking(), base, sha); err != nil {
			return nil, err
		}
	}
	if base == "" {
		return nil, missing("Merge Base")
	}
	commit, err := c.project.git.Commit(base)
	if err != nil {
		return nil, err
	}
	return l.commitShape(c.project, commit), nil
}

func rawBlob(_ *Lab, c *call) (any, error) {
	data, err := c.project.git.Blob(c.params["sha"])
	if err != nil {
		return nil, missing("Blob")
	}
	return answer{status: 200, raw: data, kind: "text/plain"}, nil
}

func getBlob(_ *Lab, c *call) (any, error) {
	data, err := c.project.git.Blob(c.params["sha"])
	if err != nil {
		return nil, missing("Blob")
	}
	return object{
		"size":     len(data),
		"encoding": "base64",
		"content":  base64.StdEncoding.EncodeToString(data),
		"sha":      c.params["sha"],
	}, nil
}

// treeLimit is how many entries a tree may have here.
const treeLimit = 1_000_000

func listTree(_ *Lab, c *call) (any, error) {
	sha, err := c.resolve("ref")
	if err != nil {
		return nil, missing("Tree")
	}
	path, _ := c.text("path")
	path = strings.Trim(path, "/")
	at, err := c.project.git.Lookup(sha, path)
	if err != nil || at.Type != "tree" {
		return nil, missing("invalid revision or path")
	}
	var entries []githost.Entry
	if c.flag("recursive") {
		entries, _, err = c.project.git.Walk(at.SHA, treeLimit)
	} else {
		entries, err = c.project.git.Tree(at.SHA)
	}
	if err != nil {
		return nil, err
	}
	out := make([]any, len(entries))
	for i, e := range entries {
		full := e.Name
		if path != "" {
			full = path + "/" + e.Name
		}
		out[i] = object{"id": e.SHA, "name": last(e.Name), "type": e.Type, "path": full, "mode": e.Mode}
	}
	if mode, _ := c.text("pagination"); mode == "keyset" {
		return c.keyset(out, func(e any) string { return fmt.Sprint(e.(object)["id"], ":", e.(object)["path"]) }), nil
	}
	return c.page(out), nil
}

// file finds a file at a commit, and sets the headers that say what it is.
func (c *call) file() (data []byte, about object, err error) {
	sha, err := c.resolve("ref")
	if err != nil {
		return nil, nil, missing("Commit")
	}
	e, err := c.project.git.Lookup(sha, c.params["file_path"])
	if err != nil || e.Type != "blob" {
		return nil, nil, missing("File")
	}
	if data, err = c.project.git.Blob(e.SHA); err != nil {
		return nil, nil, err
	}
	touched, err := c.project.git.Log(asking(), sha, c.params["file_path"], 1)
	if err != nil || len(touched) == 0 {
		return nil, nil, fmt.Errorf("find the last commit of a file: %w", err)
	}
	sum := sha256.Sum256(data)
	ref, _ := c.text("ref")
	about = object{
		"file_name": last(c.params["file_path"]),
		"file_path": c.params["file_path"],
		"size":      len(data),
		"encoding":  "base64",
		"content_sha256": hex.EncodeToString(
			sum[:],
		),
		"ref":              ref,
		"blob_id":          e.SHA,
		"commit_id":        sha,
		"last_commit_id":   touched[0],
		"execute_filemode": e.Mode == githost.ModeExec,
	}
	for name, key := range map[string]string{"X-Gitlab-Blob-Id": "blob_id", "X-Gitlab-Commit-Id": "commit_id",
		"X-Gitlab-Content-Sha256": "content_sha256",
		"X-Gitlab-Encoding":       "encoding", "X-Gitlab-File-Name": "file_name", "X-Gitlab-File-Path": "file_path",
		"X-Gitlab-Last-Commit-Id": "last_commit_id",
		"X-Gitlab-Ref":            "ref", "X-Gitlab-Size": "size", "X-Gitlab-Execute-Filemode": "execute_filemode"} {
		c.header.Set(name, fmt.Sprint(about[key]))
	}
	return data, about, nil
}

func getFile(_ *Lab, c *call) (any, error) {
	data, about, err := c.file()
	if err != nil {
		return nil, err
	}
	about["content"] = base64.StdEncoding.EncodeToString(data)
	return about, nil
}

func rawFile(_ *Lab, c *call) (any, error) {
	data, _, err := c.file()
	if err != nil {
		return nil, err
	}
	return answer{status: 200, raw: data, kind: "text/plain"}, nil
}

func (l *Lab) protectedShape(b *protectedBranch) object {
	levels := func(level int) []any {
		return []any{object{"id": b.id*10 + int64(level), "access_level": level, "access_level_description": levelName(level),
			"deploy_key_id": nil, "user_id": nil, "group_id": nil}}
	}
	out := object{"id": b.id, "name": b.pattern, "push_access_levels": levels(b.push), "merge_access_levels": levels(b.merge),
		"allow_force_push": b.forcePush}
	if l.has(Premium) {
		out["unprotect_access_levels"], out["code_owner_approval_required"] = []any{}, b.codeOwners
	}
	return out
}

func levelName(level int) string {
	switch level {
	case 0:
		return "No one"
	case Developer:
		return "Developers + Maintainers"
	}
	return "Maintainers"
}

func listProtected(l *Lab, c *call) (any, error) {
	out := []any{}
	search, _ := c.text("search")
	for _, b := range c.project.protected {
		if strings.Contains(b.pattern, search) {
			out = append(out, l.protectedShape(b))
		}
	}
	return c.page(out), nil
}

func getProtected(l *Lab, c *call) (any, error) {
	for _, b := range c.project.protected {
		if b.pattern == c.params["name"] || strconv.FormatInt(b.id, 10) == c.params["name"] {
			return l.protectedShape(b), nil
		}
	}
	return nil, missing("")
}
