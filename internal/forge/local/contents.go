package local

import (
	"bytes"
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/git"
)

// Contents reads changed files of a repository at the head, by the paths of a snapshot; only text, and no file larger
// than limit bytes. Other files are left out.
func Contents(ctx context.Context, dir string, files []diff.File, limit int64) (map[string]string, error) {
	r := &reader{options: Options{Dir: dir}}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.blobs.Close()
	out := map[string]string{}
	for _, f := range files {
		if f.Blob == "" || f.State != diff.Text || !(git.Entry{Mode: f.Mode}).IsFile() {
			continue
		}
		obj, err := r.blobs.Read(f.Blob, limit)
		if err != nil {
			return nil, explain(err)
		}
		if obj.Whole() && bytes.IndexByte(obj.Data[:min(len(obj.Data), sniff)], 0) < 0 {
			out[f.Path] = string(obj.Data)
		}
	}
	return out, nil
}

// Tree lists the files of a commit, without the contents of any. Its paths are nil when they are too many.
func Tree(ctx context.Context, dir, commit string) (change.Tree, error) {
	r := &reader{options: Options{Dir: dir}}
	if err := r.open(ctx); err != nil {
		return change.Tree{}, err
	}
	defer r.blobs.Close()
	entries, err := r.repo.ListTree(ctx, commit, maxTreeNames)
	if err != nil {
		if errors.Is(err, git.ErrTooMuch) {
			return change.Tree{}, nil
		}
		return change.Tree{}, explain(err)
	}
	t := change.Tree{Paths: []string{}}
	for _, e := range entries {
		blob := ""
		if e.IsFile() {
			blob = e.ID
		}
		t.Paths, t.Blobs = append(t.Paths, pathText(e.Name)), append(t.Blobs, blob)
	}
	return t, nil
}
