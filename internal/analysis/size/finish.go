package size

import (
	"cmp"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// finish orders what was gathered.
func (a *analysis) finish() Facts {
	f := &a.facts
	f.Class = a.class(f.Lines)
	f.Largest = top(a.parts)
	f.Folders = topFolders(a.folders)
	a.fresh()
	f.Uncounted = []Uncounted{}
	for _, u := range a.uncounted {
		f.Uncounted = append(f.Uncounted, *u)
	}
	sorting.By(f.Uncounted, func(x, y Uncounted) int { return strings.Compare(x.Reason, y.Reason) })
	if f.Attributes == "" && (a.classifier.Exhausted() || a.exclude.Exhausted()) {
		f.Attributes = "the patterns of .gitattributes and size.exclude take too much work; write them with fewer wildcards"
	}
	f.Complete = f.FilesComplete && f.Attributes == "" && len(f.UnknownLines.Files) == 0 && len(f.UnknownBytes.Files) == 0
	return *f
}

// class is the smallest class that holds this many lines.
func (a *analysis) class(lines int) string {
	switch {
	case lines <= a.opt.XS:
		return "XS"
	case lines <= a.opt.S:
		return "S"
	case lines <= a.opt.M:
		return "M"
	case lines <= a.opt.L:
		return "L"
	}
	return "XL"
}

func topFolders(all map[string]*Part) []Part {
	var folders []Part
	for _, p := range all {
		folders = append(folders, *p)
	}
	return top(folders)
}

// top are the parts with most lines, by path where they are equal.
func top(parts []Part) []Part {
	sorting.By(parts, func(x, y Part) int { return cmp.Or(y.Lines-x.Lines, strings.Compare(x.Path, y.Path)) })
	out := []Part{}
	for _, p := range parts[:min(len(parts), maxParts)] {
		p.Path = text.Clip(p.Path, maxPath)
		out = append(out, p)
	}
	return out
}
