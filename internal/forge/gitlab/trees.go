package gitlab

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // it is git's name for a content
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"path"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// stat is what stands at a path of a commit.
type stat struct {
	id, mode, kind string
}

// plain reports whether it is a file, and not a link, a folder or a submodule.
func (s *stat) plain() bool { return s.kind == "blob" && s.mode != "120000" }

// folder is what a folder of a commit holds, by name.
type folder map[string]stat

// stat finds what stands at a path of a commit; nil when nothing does. A folder is listed once, and one that the folder
// above does not have is not asked for.
func (rd *reading) stat(ctx context.Context, commit, at string) (*stat, error) {
	if st, ok := rd.known.get(rd.standsAt(commit, at)); ok {
		return st, nil
	}
	dir, name := path.Split(at)
	dir = path.Clean(dir)
	if dir != "." {
		up, err := rd.stat(ctx, commit, dir)
		if err != nil || up == nil || up.kind != "tree" {
			return nil, err
		}
	}
	entries, err := rd.list(ctx, commit, dir)
	if err != nil {
		return nil, err
	}
	if st, ok := entries[name]; ok {
		return &st, nil
	}
	return nil, nil
}

func (rd *reading) list(ctx context.Context, commit, dir string) (folder, error) {
	key := fmt.Sprintf("%d %s %s", rd.r.RepoID, commit, dir)
	if kept, ok := rd.folders.get(key); ok {
		return kept, nil
	}
	// Many look for files of one folder at once.
	listed, err, _ := rd.reads.Do(key, func() (any, error) {
		if kept, ok := rd.folders.get(key); ok { // listed since it was missed above
			return kept, nil
		}
		nodes, err := rd.nodes(ctx, commit, dir, false)
		if err != nil {
			return nil, err
		}
		entries := folder{}
		for _, n := range nodes {
			entries[n.Name] = stat{id: n.ID, mode: n.Mode, kind: n.Type}
		}
		rd.folders.put(key, entries)
		return entries, nil
	})
	if err != nil {
		return nil, err
	}
	return listed.(folder), nil
}

// nodes lists a folder, or with deep all that is below it.
func (rd *reading) nodes(ctx context.Context, commit, dir string, deep bool) ([]*gitlab.TreeNode, error) {
	opt := &gitlab.ListTreeOptions{Ref: &commit, Recursive: &deep, ListOptions: gitlab.ListOptions{PerPage: 100, Pagination: "keyset"}}
	if dir != "." {
		opt.Path = &dir
	}
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.TreeNode, *gitlab.Response, error) {
		return rd.client.Repositories.ListTree(rd.r.RepoID, opt, append(next, within(ctx))...)
	})
	return list, rd.answer(fmt.Sprintf("list %s of %s at %s", dir, rd.r.Ref, change.Short(commit)), err)
}

// blob reads a content by its id; nil when it is larger than most.
func (rd *reading) blob(ctx context.Context, id string, most int64) ([]byte, error) {
	if body, ok := rd.blobs.get(id); ok && int64(len(body)) <= most {
		return body, nil
	}
	rd.mu.Lock()
	body, ok := rd.bodies[id]
	rd.mu.Unlock()
	if ok && int64(len(body)) <= most {
		return body, nil
	}
	doing := "read blob " + change.Short(id)
	req, err := rd.client.NewRequest(http.MethodGet, fmt.Sprintf("projects/%d/repository/blobs/%s/raw", rd.r.RepoID, id), nil,
		[]gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	w := &bounded{left: most}
	if _, err := rd.client.Do(req, w); err != nil {
		if errors.Is(err, errOver) || w.over {
			return nil, nil
		}
		return nil, rd.answer(doing, err)
	}
	if body = w.buf.Bytes(); body == nil {
		body = []byte{}
	}
	if !isBlob(body, id) {
		return nil, fmt.Errorf("%s: GitLab answered with other content than that of the blob", doing)
	}
	if len(body) <= 64<<10 {
		rd.blobs.put(id, body)
	}
	return body, nil
}

// bounded takes up to left bytes and fails on more.
type bounded struct {
	buf  bytes.Buffer
	left int64
	over bool
}

var errOver = errors.New("the content is larger than what is of use")

func (w *bounded) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		w.over = true
		return 0, errOver
	}
	return w.buf.Write(p)
}

// isBlob reports whether content has a blob's id: an answer that was cut short must not rule less than the true one.
func isBlob(content []byte, id string) bool {
	sums := map[int]func() hash.Hash{2 * sha1.Size: sha1.New, 2 * sha256.Size: sha256.New}
	if sums[len(id)] == nil {
		return false
	}
	h := sums[len(id)]()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content) // a hash never fails to write
	return hex.EncodeToString(h.Sum(nil)) == id
}
