package local

import (
	"context"
	"errors"
	"path"

	"github.com/lintel-review/lintel/internal/git"
)

const (
	// maxTreeNames bounds the names of the head's tree, in bytes of git's listing.
	maxTreeNames = 256 << 20
	// maxManifests is the most go.mod files that are read, and maxManifest the most bytes of one.
	maxManifests = 500
	maxManifest  = 1 << 20
)

// tree lists the head's files when somebody needs them.
func (r *reader) tree(ctx context.Context) error {
	if !r.options.ListTree {
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
	for _, e := range entries {
		r.s.Tree = append(r.s.Tree, pathText(e.Name))
		if path.Base(e.Name) != "go.mod" || len(r.s.Manifests) == maxManifests {
			continue
		}
		f, why, err := r.file(r.s.Head.SHA, e.Name, maxManifest)
		if err != nil {
			return err
		}
		if why == "" && f.Blob != "" {
			f.Path = pathText(e.Name)
			r.s.Manifests = append(r.s.Manifests, f)
		}
	}
	return nil
}
