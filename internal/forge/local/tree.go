package local

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/git"
)

// maxTreeNames bounds the names of the head's tree, in bytes of git's listing.
const maxTreeNames = 256 << 20

// tree lists the head's files when somebody needs them.
func (r *reader) tree(ctx context.Context) error {
	if !r.options.ListTree && !r.ownersTree {
		return nil
	}
	entries, err := r.repo.ListTree(ctx, r.s.Head.SHA, maxTreeNames)
	if errors.Is(err, git.ErrTooMuch) {
		if r.ownersTree {
			r.gap("owners.tree", "", "the tree has too many files to list")
		}
		return nil
	}
	if err != nil {
		return err
	}
	r.s.Tree = make([]string, 0, len(entries))
	var modules []git.Entry
	for _, e := range entries {
		r.s.Tree = append(r.s.Tree, pathText(e.Name))
		if controls.IsManifest(e.Name) {
			modules = append(modules, e)
		}
	}
	if !r.options.ListTree {
		return nil
	}
	return r.manifests(modules)
}

// manifests reads the go.mod files of the head.
func (r *reader) manifests(modules []git.Entry) error {
	var ids []string
	for _, e := range modules {
		if e.IsFile() {
			ids = append(ids, e.ID)
		}
	}
	sizes, err := r.blobs.Sizes(ids)
	if err != nil {
		return err
	}
	found := make([]controls.Entry, len(modules))
	for i, e := range modules {
		found[i] = controls.Entry{Path: pathText(e.Name), Blob: e.ID, Size: sizes[e.ID], Plain: e.IsFile()}
	}
	read, left := controls.Manifests(found)
	for _, o := range left {
		r.gap(o.Fact, o.Path, "%s", o.Reason)
	}
	for _, m := range read {
		obj, err := r.blobs.Read(m.Blob, controls.MaxManifest)
		if err != nil {
			return err
		}
		r.s.Manifests = append(r.s.Manifests, change.File{Path: m.Path, Blob: m.Blob, Size: m.Size, Content: obj.Data})
	}
	return nil
}
