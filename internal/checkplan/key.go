package checkplan

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Input is one file that a check may look at: its path and its object id, behind its mode and a space.
type Input struct {
	Path, Blob string
}

// contents reports whether nothing but the content of files counts. Some forges do not say whether a file may be executed.
func (i Item) contents() bool { return i.Tool.Sparse && !i.Tool.Modes }

// keyVersion changes when equal keys would no longer mean equal results.
const keyVersion = 3

// Key names the result of an item: equal keys, equal results. The digest of the tool is that of the image, or of the
// program with what belongs to it. The inputs are those of Inputs, in any order. Time, memory and processors are not in
// it: a result that they brought about is never kept. Nor
// is the name of the check.
func Key(i Item, toolDigest string, inputs []Input) string {
	sorted := slices.Clone(inputs)
	for n, in := range sorted {
		if i.contents() {
			sorted[n].Blob = in.Blob[strings.LastIndexByte(in.Blob, ' ')+1:]
		}
	}
	sorting.By(sorted, func(a, b Input) int { return strings.Compare(a.Path+"\x00"+a.Blob, b.Path+"\x00"+b.Blob) })
	c := i.Check
	return text.DigestJSON(struct {
		Version             int
		Tool, Image, Digest string
		Argv, Files         []string
		Inputs              string
		Report              settings.CheckReport
		Cache               string
		Seen                []Input
	}{keyVersion, c.Tool, i.Image, toolDigest, i.Tool.Argv, i.Given(sorted), c.Inputs, c.Report, c.Cache, sorted})
}

// FileKeys name what a tool that works by file says of each file that it is given, in their order: equal keys, equal words,
// whichever other files it is given beside them. The settings are the files by which it is set.
func FileKeys(i Item, toolDigest string, set, given []Input) []string {
	set = slices.Clone(set)
	sorting.By(set, func(a, b Input) int { return strings.Compare(a.Path, b.Path) })
	c := i.Check
	all := text.DigestJSON(struct {
		Version             int
		Tool, Image, Digest string
		Argv                []string
		Report              settings.CheckReport
		Cache               string
		Settings            []Input
	}{keyVersion, c.Tool, i.Image, toolDigest, i.Tool.Argv, c.Report, c.Cache, set})
	out := make([]string, len(given))
	for n, f := range given {
		out[n] = text.DigestJSON([]string{all, f.Path, f.Blob})
	}
	return out
}

// SetBy reports whether a file of the tree is one by which its tool is set.
func (i Item) SetBy(path string) bool { return i.reads.Match(path) != "" }

// Inputs are those files of a tree that the result may depend on: for a tool that works by file the files that it is
// given and its own settings, else all.
func (i Item) Inputs(tree []Input) []Input {
	if !i.Tool.Sparse {
		return tree
	}
	var out []Input
	for _, f := range tree {
		if i.givenFile(f.Path) || i.SetBy(f.Path) {
			out = append(out, f)
		}
	}
	return out
}

func (i Item) givenFile(path string) bool {
	if i.Check.Inputs == settings.InputsChanged {
		_, found := slices.BinarySearch(i.Files, path)
		return found
	}
	return i.For(path)
}

// Given are the paths behind its arguments, sorted, for a tool that takes files. The tree is needed where it is given all
// of them.
func (i Item) Given(tree []Input) []string {
	if i.Check.Inputs == settings.InputsChanged {
		return i.Files
	}
	var out []string
	for _, f := range tree {
		if i.Tool.TakesFiles && i.For(f.Path) {
			out = append(out, f.Path)
		}
	}
	slices.Sort(out)
	return out
}
