package gitlab

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/graph"
	"github.com/lintel-review/lintel/internal/sorting"
)

// textOf is a content as text, null when it is binary or in another encoding.
func textOf(data []byte) any {
	if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		return nil
	}
	return string(data)
}

// userNotes counts what people wrote on a merge request.
func (m *request) userNotes() (n int) {
	for _, x := range m.notes {
		if !x.system {
			n++
		}
	}
	return n
}

// noteNodes are all notes of a merge request, GitLab's own among them, in the order they were written.
func (l *Lab) noteNodes(m *request) []graph.Object {
	nodes := []graph.Object{}
	for _, n := range m.notes {
		var position graph.Object
		if n.position != nil {
			position = fields(map[string]any{"filePath": n.position.NewPath, "positionType": n.position.Kind})
		}
		nodes = append(nodes, fields(map[string]any{"id": gid(cmp.Or(n.kind, "Note"), n.id), "system": n.system,
			"systemNoteIconName": orNull(n.icon), "author": l.userNode(n.author), "body": n.body, "createdAt": second(n.created),
			"position": position}))
	}
	return nodes
}

// requestNodes are the merge requests into a project, the newest first.
func (l *Lab) requestNodes(ctx context.Context, c *call, p *project, args map[string]any) (any, error) {
	state, _ := graph.Text(args, "state")
	branches, filtered := args["sourceBranches"].([]any)
	nodes := []graph.Object{}
	by, _ := graph.Text(args, "sort")
	all := []*request{}
	for _, m := range p.requests {
		all = append(all, m)
	}
	sorting.By(all, func(a, b *request) int {
		n := cmp.Compare(a.id, b.id)
		if strings.HasPrefix(by, "UPDATED") {
			n = cmp.Or(a.updated.Compare(b.updated), n)
		}
		if strings.HasSuffix(by, "ASC") {
			return n
		}
		return -n
	})
	for _, m := range all {
		if state != "" && state != "all" && m.state != state {
			continue
		}
		if filtered && !slices.Contains(branches, any(m.sourceRef)) {
			continue
		}
		nodes = append(nodes, l.requestNode(c, m))
	}
	return connection(nodes)(ctx, args)
}

// treeNode is a folder of a commit, and the commit itself.
func (l *Lab) treeNode(p *project, args map[string]any) (any, error) {
	ref, ok := graph.Text(args, "ref")
	if !ok {
		ref = p.defaultBranch
	}
	at, _ := graph.Text(args, "path")
	sha, err := p.git.Resolve(asking(), ref)
	if err != nil {
		return nil, nil //nolint:nilerr // GitLab shows no tree of a commit that it does not have
	}
	var entries []githost.Entry
	if e, err := p.git.Lookup(sha, path.Clean("/" + at)[1:]); err == nil && e.Type == "tree" {
		if entries, err = p.git.Tree(e.SHA); err != nil {
			return nil, err
		}
	}
	of := func(kind string) graph.Resolver {
		nodes := []graph.Object{}
		for _, e := range entries {
			if e.Type == kind {
				full := path.Join(at, e.Name)
				nodes = append(nodes, fields(map[string]any{"id": "gid://gitlab/Entry/" + e.SHA, "name": e.Name, "path": full}))
			}
		}
		return connection(nodes)
	}
	last := func() (any, error) {
		c, err := p.git.Commit(sha)
		if err != nil {
			return nil, err
		}
		return l.commitNode(p, c), nil
	}
	return fields(map[string]any{"lastCommit": last, "trees": of("tree"), "submodules": of("commit")}), nil
}
