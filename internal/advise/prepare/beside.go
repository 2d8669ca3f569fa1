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
)

// AddBeside adds to an input what the merge base has to say beside the diff. tree lists its files, read reads some of
// them, text alone and none larger than MaxContent. The error is theirs, or says that a pattern of never_send cannot be
// read; then nothing may be sent.
func AddBeside(
	in *advise.Input, set settings.Advise, tree func() (change.Tree, error), read func([]diff.File) (map[string]string, error),
) error {
	if in.MergeBase == "" || !set.Guidelines {
		return nil
	}
	all, err := tree()
	if err != nil {
		return err
	}
	if all.Paths == nil {
		in.Guides = slices.Clone(unlisted)
		return nil
	}
	blobs := map[string]string{}
	for i, p := range all.Paths {
		if i < len(all.Blobs) {
			blobs[p] = all.Blobs[i]
		}
	}
	var changed []string
	for _, f := range in.Files {
		if _, out := in.Excluded[f.Path]; !out {
			changed = append(changed, f.Path)
		}
	}
	places := beside.Places(all.Paths, changed)
	forbidden, errs := excerpt.Forbidden(places, set.NeverSend)
	if len(errs) > 0 {
		return fmt.Errorf("read advise.never_send: %w", errs[0])
	}
	places = slices.DeleteFunc(places, func(p string) bool { return forbidden[p] != "" })
	var files []diff.File
	for _, p := range places {
		files = append(files, at(p, blobs[p]))
	}
	contents, err := read(files)
	if err != nil {
		return err
	}
	in.Guides = beside.Guides(places, changed, contents)
	return nil
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
