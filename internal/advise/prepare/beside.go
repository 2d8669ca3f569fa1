package prepare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/beside"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Index remembers what unchanged files declare and use, by the ids of their blobs.
type Index = beside.Index

// Source reads the merge base.
type Source struct {
	// Tree lists its files; the paths are nil when they are too many.
	Tree func() (change.Tree, error)
	// Read reads some of them, text alone and none larger than MaxContent.
	Read func([]diff.File) (map[string]string, error)
	// Index remembers what unchanged files declare. Most is how many of them are read.
	Index *Index
	Most  int
}

// Limits of what an input holds of unchanged files.
const (
	mostBeside = 8
	allBeside  = 256 << 10
)

// AddBeside adds to an input what the merge base has to say beside the diff: the repository's texts to reviewers, and
// unchanged files that declare what the change uses or use what it changes. The error is the source's, or says that
// a pattern of never_send cannot be read; then nothing may be sent.
func AddBeside(in *advise.Input, set settings.Advise, from Source) error {
	if in.MergeBase == "" || !set.Guidelines && !set.Context {
		return nil
	}
	tree, err := from.Tree()
	if err != nil {
		return err
	}
	if tree.Paths == nil {
		if set.Guidelines {
			in.Guides = slices.Clone(unlisted)
		}
		return nil
	}
	blobs := map[string]string{}
	for i, p := range tree.Paths {
		if i < len(tree.Blobs) {
			blobs[p] = tree.Blobs[i]
		}
	}
	changed, paths := map[string]string{}, []string{}
	for _, f := range in.Files {
		changed[f.Path] = in.Contents[f.Path]
		if f.OldPath != "" {
			changed[f.OldPath] = ""
		}
		if _, out := in.Excluded[f.Path]; !out {
			paths = append(paths, f.Path)
		}
	}
	var places, near []string
	if set.Guidelines {
		places = beside.Places(tree.Paths, paths)
	}
	var names beside.Names
	if set.Context && len(tree.Blobs) == len(tree.Paths) {
		c := excerpt.Read(in.Files, in.Excluded)
		names = excerpt.NamesOf(c.Hunks, func(p string) *beside.Code { return beside.Read(p, in.Contents[p]) })
		for _, i := range beside.Near(tree.Paths, tree.Blobs, changed, names, from.Index, from.Most) {
			near = append(near, tree.Paths[i])
		}
	}
	var all []diff.File
	for _, p := range near {
		all = append(all, at(p, blobs[p]))
	}
	excluded, errs := excerpt.Excluded(all, nil, set.NeverSend)
	forbidden, more := excerpt.Forbidden(places, set.NeverSend)
	if errs = append(errs, more...); len(errs) > 0 {
		return fmt.Errorf("read advise.never_send: %w", errs[0])
	}
	places = slices.DeleteFunc(places, func(p string) bool { return forbidden[p] != "" })
	all = slices.DeleteFunc(all, func(f diff.File) bool { return excluded[f.Path] != "" })
	for _, p := range places {
		all = append(all, at(p, blobs[p]))
	}
	contents, err := from.Read(all)
	if err != nil {
		return err
	}
	if set.Guidelines {
		in.Guides = beside.Guides(places, paths, contents)
	}
	in.Beside = concerned(all[:len(all)-len(places)], contents, names, from.Index)
	return nil
}

// concerned are the files that declare what is used or use what changes, those with the most such names first.
func concerned(files []diff.File, contents map[string]string, names beside.Names, index *beside.Index) map[string]string {
	counts := map[string]int{}
	for _, f := range files {
		if text, ok := contents[f.Path]; ok {
			counts[f.Path] = names.Concern(index.Read(f.Blob, f.Path, text))
		}
	}
	files = slices.DeleteFunc(files, func(f diff.File) bool { return counts[f.Path] == 0 })
	sorting.StableBy(files, func(a, b diff.File) int { return counts[b.Path] - counts[a.Path] })
	out, size := map[string]string{}, 0
	for _, f := range files {
		if n := len(contents[f.Path]); len(out) < mostBeside && size+n <= allBeside {
			out[f.Path], size = contents[f.Path], size+n
		}
	}
	return out
}

func at(path, blob string) diff.File {
	return diff.File{Path: path, Blob: blob, State: diff.Text, Status: diff.Modified, Mode: "100644"}
}

// unlisted stands for the texts to reviewers of a repository whose files nobody could list.
var unlisted = []advice.Guide{{Path: "AGENTS.md", Why: "the repository has too many files to list, so nobody looked"}}

// guidance is what the settings say to reviewers of the changed files.
func guidance(set settings.Advise, files []diff.File) string {
	var paths []string
	for _, f := range files {
		if paths = append(paths, f.Path); f.OldPath != "" {
			paths = append(paths, f.OldPath)
		}
	}
	out := set.Guidance
	for _, g := range set.GuidanceFor {
		if by := beside.Concerns(g.Paths, paths); by != "" {
			out = strings.TrimPrefix(out+"\nFor files like "+excerpt.Show(by)+": "+g.Text, "\n")
		}
	}
	return out
}
