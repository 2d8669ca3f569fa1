package gitlab

import (
	"context"
	"fmt"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"
)

// perFetch is how many files one query asks for. Each costs one of GitLab's complexity.
const perFetch = 50

// maxBodies bounds what one reading holds of contents that came many at once, in bytes; what is beyond is read one by one.
const maxBodies = 64 << 20

// graphBlob is a file as GraphQL tells it; its text is null for one that is binary.
type graphBlob struct {
	OID, Path, Mode string
	RawTextBlob     *string
}

// graphFolder is what stands in a folder besides files.
type graphFolder struct {
	Trees, Submodules list[struct{ Path string }]
}

type graphFiles struct {
	Project *struct {
		ID         gid
		Repository *struct {
			Blobs *list[graphBlob]
			Root  *struct {
				graphFolder
				LastCommit *struct{ SHA string }
			}
			GitLab, GitHub, Docs *graphFolder
		}
	}
}

// standsAt is the key of what is known of a path.
func (rd *reading) standsAt(commit, at string) string {
	return fmt.Sprintf("%d %s %s", rd.r.RepoID, commit, at)
}

// fetch reads many files of a commit at once, so that stat and blob need not ask for each. They ask for what it leaves
// open. With rules the paths are of files that rule: one that the answer lacks is known to be absent, unless a folder or
// a submodule has its name; then stat says which.
func (rd *reading) fetch(ctx context.Context, commit string, paths []string, rules bool) error {
	if rd.graphed == nil {
		return nil
	}
	var open []string
	for _, p := range paths {
		if _, ok := rd.known.get(rd.standsAt(commit, p)); !ok && !slices.Contains(open, p) {
			open = append(open, p)
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for chunk := range slices.Chunk(open, perFetch) {
		g.Go(func() error { return rd.fetchSome(gctx, commit, chunk, rules) })
	}
	return g.Wait()
}

func (rd *reading) fetchSome(ctx context.Context, commit string, paths []string, rules bool) error {
	query := blobsQuery
	if rules {
		query = placesQuery
	}
	var answer graphFiles
	answered, err := rd.graph(
		ctx,
		query,
		map[string]any{"path": rd.project.PathWithNamespace, "ref": commit, "paths": paths},
		&answer,
	)
	p := answer.Project
	if err != nil || !answered || p == nil || p.ID.number() != rd.r.RepoID || p.Repository == nil ||
		p.Repository.Blobs == nil ||
		p.Repository.Blobs.PageInfo.HasNextPage {
		return err
	}
	found := map[string]bool{}
	for _, b := range p.Repository.Blobs.Nodes {
		// A file that is there but not described must not count as absent: stat finds out the rest.
		found[b.Path] = true
		if !slices.Contains(paths, b.Path) || b.OID == "" || b.Mode == "" {
			continue
		}
		rd.known.put(rd.standsAt(commit, b.Path), &stat{id: b.OID, mode: b.Mode, kind: "blob"})
		// GitLab converts other encodings to UTF-8, so only a text that has the blob's id is the blob.
		if b.RawTextBlob != nil && isBlob([]byte(*b.RawTextBlob), b.OID) {
			rd.mu.Lock()
			if rd.bodied += len(*b.RawTextBlob); rd.bodied <= maxBodies {
				rd.bodies[b.OID] = []byte(*b.RawTextBlob)
			}
			rd.mu.Unlock()
			if len(*b.RawTextBlob) <= 64<<10 {
				rd.blobs.put(b.OID, []byte(*b.RawTextBlob))
			}
		}
	}
	root := p.Repository.Root
	if !rules || root == nil || root.LastCommit == nil || root.LastCommit.SHA == "" {
		// GitLab lists nothing for a commit that it does not find, either.
		return nil
	}
	others, whole := map[string]bool{}, map[string]bool{}
	for dir, f := range map[string]*graphFolder{".": &root.graphFolder, ".gitlab": p.Repository.GitLab,
		".github": p.Repository.GitHub, "docs": p.Repository.Docs} {
		if f != nil && (f.Trees.PageInfo.HasNextPage || f.Submodules.PageInfo.HasNextPage) {
			continue
		}
		whole[dir] = true
		if f != nil {
			for _, n := range f.Trees.Nodes {
				others[n.Path] = true
			}
			for _, n := range f.Submodules.Nodes {
				others[n.Path] = true
			}
		}
	}
	for _, at := range paths {
		dir := path.Dir(at)
		fixed := dir == "." || dir == ".gitlab" || dir == ".github" || dir == "docs"
		// A folder called .gitattributes somewhere below says nothing to git either.
		if !found[at] && !others[at] && (!fixed || whole[dir]) {
			rd.known.put(rd.standsAt(commit, at), nil)
		}
	}
	return nil
}
