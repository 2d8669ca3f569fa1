package github

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

func commitNode(r *repository, sha string) string { return nodeID("C", r.id) + sha[:12] }

// byEmail finds the user a commit's address belongs to, as GitHub links commits to accounts.
func (h *Hub) byEmail(email string) *account {
	if email == "" {
		return nil
	}
	if rest, ok := strings.CutSuffix(strings.ToLower(email), "@users.noreply.github.com"); ok {
		if _, login, found := strings.Cut(rest, "+"); found {
			rest = login
		}
		return h.accounts[rest]
	}
	return h.emails[strings.ToLower(email)]
}

func signature(s githost.Signature) object {
	return object{"name": s.Name, "email": s.Email, "date": stamp(s.When)}
}

// forgeEmail is the address of what GitHub commits itself, and webFlow the account it belongs to.
const forgeEmail = "noreply@github.com"

var webFlow = &account{id: 19864447, login: "web-flow", kind: "User", name: "GitHub Web Flow", email: forgeEmail}

// verification is what GitHub says of a commit's signature. The fake checks none: it knows what it signed.
func (h *Hub) verification(c *githost.Commit) object {
	if !h.signed[c.SHA] {
		return unsigned
	}
	return object{"verified": true, "reason": "valid", "signature": "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n",
		"payload": "tree " + c.Tree + "\n", "verified_at": stamp(c.Committer.When)}
}

var unsigned = object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}

// message is a commit message as GitHub shows it, without the final newline.
func message(c *githost.Commit) string { return strings.TrimRight(c.Message, "\n") }

func (h *Hub) commit(r *repository, c *githost.Commit) object {
	api, web := h.repoURL(r), h.URL()+"/"+r.fullName()
	parents := make([]object, 0, len(c.Parents))
	for _, p := range c.Parents {
		parents = append(parents, object{"sha": p, "url": api + "/commits/" + p, "html_url": web + "/commit/" + p})
	}
	return object{
		"sha": c.SHA, "node_id": commitNode(r, c.SHA),
		"commit": object{
			"author": signature(c.Author), "committer": signature(c.Committer), "message": message(c),
			"tree": object{"sha": c.Tree, "url": api + "/git/trees/" + c.Tree}, "url": api + "/git/commits/" + c.SHA,
			"comment_count": 0, "verification": h.verification(c),
		},
		"url": api + "/commits/" + c.SHA, "html_url": web + "/commit/" + c.SHA, "comments_url": api + "/commits/" + c.SHA + "/comments",
		"author": h.user(h.byEmail(c.Author.Email)), "committer": h.user(h.byEmail(c.Committer.Email)), "parents": parents,
	}
}

// gitCommit is schema git-commit, of the Git database API.
func (h *Hub) gitCommit(r *repository, c *githost.Commit) object {
	out := h.commit(r, c)
	inner := out["commit"].(object)
	return object{
		"sha": c.SHA, "node_id": out["node_id"], "url": inner["url"], "html_url": out["html_url"], "author": inner["author"],
		"committer": inner["committer"], "tree": inner["tree"], "message": inner["message"], "parents": out["parents"],
		"verification": h.verification(c),
	}
}

// simpleCommit is how check suites and merge groups show their head commit.
func simpleCommit(c *githost.Commit) object {
	return object{"id": c.SHA, "tree_id": c.Tree, "message": message(c), "timestamp": stamp(c.Committer.When),
		"author":    object{"name": c.Author.Name, "email": c.Author.Email},
		"committer": object{"name": c.Committer.Name, "email": c.Committer.Email}}
}

// pushCommit is a commit of a push payload; its lists of paths are against the first parent.
func (h *Hub) pushCommit(r *repository, c *githost.Commit, files []githost.FileDiff) object {
	added, removed, modified := []string{}, []string{}, []string{}
	for _, f := range files {
		switch f.Status {
		case "added":
			added = append(added, f.Path)
		case "removed":
			removed = append(removed, f.Path)
		case "renamed":
			removed, added = append(removed, f.OldPath), append(added, f.Path)
		default:
			modified = append(modified, f.Path)
		}
	}
	person := func(s githost.Signature) object {
		out := object{"name": s.Name, "email": s.Email}
		if u := h.byEmail(s.Email); u != nil {
			out["username"] = u.login
		}
		return out
	}
	return object{"id": c.SHA, "tree_id": c.Tree, "distinct": true, "message": message(c), "timestamp": stamp(c.Committer.When),
		"url": h.URL() + "/" + r.fullName() + "/commit/" + c.SHA, "author": person(c.Author), "committer": person(c.Committer),
		"added": added, "removed": removed, "modified": modified}
}

// diffEntry is one changed file. GitHub leaves patch out where there is nothing to show or too much. A comparison shows
// many: a struct is written several times faster than a map.
type diffEntry struct {
	Additions        int    `json:"additions"`
	BlobURL          string `json:"blob_url"`
	Changes          int    `json:"changes"`
	ContentsURL      string `json:"contents_url"`
	Deletions        int    `json:"deletions"`
	Filename         string `json:"filename"`
	Patch            string `json:"patch,omitempty"`
	PreviousFilename string `json:"previous_filename,omitempty"`
	RawURL           string `json:"raw_url"`
	SHA              string `json:"sha"`
	Status           string `json:"status"`
}

func (h *Hub) diffEntry(r *repository, head string, f githost.FileDiff) *diffEntry {
	name := escapePath(f.Path)
	api, web := h.repoURL(r), h.URL()+"/"+r.fullName()
	out := &diffEntry{
		SHA: f.NewBlob, Filename: f.Path, PreviousFilename: f.OldPath, Status: f.Status, Additions: f.Added, Deletions: f.Removed,
		Changes: f.Added + f.Removed, BlobURL: web + "/blob/" + head + "/" + name, RawURL: web + "/raw/" + head + "/" + name,
		ContentsURL: api + "/contents/" + name + "?ref=" + head,
	}
	if f.Status == "removed" {
		out.SHA = f.OldBlob
	}
	if len(f.Patch) <= h.opt.PatchBytes && strings.Count(f.Patch, "\n") < h.opt.PatchLines {
		out.Patch = f.Patch
	}
	return out
}

func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

func (h *Hub) gitRef(r *repository, name, sha string) object {
	kind := "commit"
	if obj, err := r.git.Object(sha); err == nil {
		kind = obj.Type
	}
	api := h.repoURL(r)
	return object{"ref": name, "node_id": nodeID("REF", r.id) + shortHash(name), "url": api + "/git/" + name,
		"object": object{"sha": sha, "type": kind, "url": fmt.Sprintf("%s/git/%ss/%s", api, kind, sha)}}
}
