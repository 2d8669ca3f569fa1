package checkplan

import (
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// maxForetold is how many changed files a change has at most whose tree is told by them: forges list more of them in a way
// that no commit pins.
const maxForetold = 300

// Origin is what the files of a change are laid upon: the commit that their diff begins at, and for a merge also the commit
// that is merged into.
type Origin struct {
	MergeBase, Base string
}

// Foretell names the result of an item by the change alone, before anybody has listed the tree. Key is that of Key, where the
// tool reads nothing but files of the change. Else alias stands for the key: equal aliases mean equal keys, and whoever
// lists the tree can write down which. Both are empty where the change does not tell: a file's id or, where that counts, its mode is
// not known, or there are too many.
func Foretell(i Item, toolDigest string, from Origin, c Change) (key, alias string) {
	if !c.Complete || toolDigest == "" || len(c.Files) > maxForetold {
		return "", ""
	}
	if i.Tool.Sparse && len(i.Tool.Settings) == 0 && i.Check.Inputs == settings.InputsChanged {
		seen, ok := i.seen(c)
		if !ok || i.Exhausted() {
			return "", ""
		}
		return Key(i, toolDigest, seen), ""
	}
	if from.MergeBase == "" {
		return "", ""
	}
	changed, ok := i.bearing(c)
	if !ok || i.Exhausted() {
		return "", ""
	}
	check := i.Check
	return "", text.DigestJSON(struct {
		Version             int
		Tool, Image, Digest string
		Argv, Paths, Files  []string
		Inputs              string
		Report              settings.CheckReport
		Cache               string
		Sparse, TakesFiles  bool
		Settings            []string
		From                Origin
		Changed             [][5]string
	}{keyVersion, check.Tool, i.Image, toolDigest, i.Tool.Argv, check.Paths, i.Files, check.Inputs, check.Report, check.Cache,
		i.Tool.Sparse, i.Tool.TakesFiles, i.Tool.Settings, from, changed})
}

// seen are the files that the item is given, as a tree lists them.
func (i Item) seen(c Change) (out []Input, ok bool) {
	at := map[string]diff.File{}
	for _, f := range c.Files {
		if f.Status != diff.Removed {
			at[f.Path] = f
		}
	}
	for _, path := range i.Files {
		f := at[path]
		mode, ok := i.mode(f)
		if !ok {
			return nil, false
		}
		out = append(out, Input{Path: path, Blob: mode + " " + f.Blob})
	}
	return out, true
}

// bearing are the changed files that what the tool reads depends on, in a fixed order.
func (i Item) bearing(c Change) (out [][5]string, ok bool) {
	for _, f := range c.Files {
		if i.Tool.Sparse && !i.reading(f.Path) && (f.OldPath == "" || !i.reading(f.OldPath)) {
			continue
		}
		mode, ok := i.mode(f)
		if !ok {
			return nil, false
		}
		out = append(out, [5]string{f.Path, f.OldPath, string(f.Status), mode, f.Blob})
	}
	sorting.By(out, func(a, b [5]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
	return out, true
}

// reading reports whether a tool that reads a part of the tree reads the file of this path.
func (i Item) reading(path string) bool { return i.givenFile(path) || i.SetBy(path) }

// mode is what sort of file it is, as far as that counts; false where it or the whole id of the content is not known. A
// mode that a forge does not tell is that of a file: those of links and submodules are read.
func (i Item) mode(f diff.File) (string, bool) {
	switch {
	case f.Status == diff.Removed:
		return "", true
	case len(f.Blob) != 40 && len(f.Blob) != 64:
		return "", false
	case i.contents() && (f.Mode == "" || strings.HasPrefix(f.Mode, "100")):
		return "file", true
	}
	return f.Mode, f.Mode != ""
}
