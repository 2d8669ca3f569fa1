package change

import (
	"cmp"
	"slices"

	"github.com/lintel-review/lintel/internal/diff"
)

// Side is one end of a change's diff.
type Side string

// The sides. The base is the merge base, where the diff starts, and not the tip of the base branch.
const (
	AtBase Side = "base"
	AtHead Side = "head"
)

// Want is a file whose whole content an analysis needs. It names what to read and reads nothing.
type Want struct {
	// Path is the file's name on that side: at the base, a renamed file has its old one.
	Path string
	Side Side
	// Max is the largest content that is of use, in bytes.
	Max int64
	// Why is the family that needs it, as a person reads it in the reason of a gap.
	Why string
}

// WantsFunc says which files a forge reads whole, from the list of changed files, the controls, and the gaps of both.
type WantsFunc func(files []diff.File, controls Controls, gaps []Gap) []Want

// WantSides are the wants for both sides of a changed file: at the base by its old name, unless the change adds it; at
// the head, unless the change removes it. A file that is known to be no text has none.
func WantSides(f diff.File, limit int64, why string) []Want {
	switch f.State {
	case diff.Binary, diff.Symlink, diff.Submodule:
		return nil
	}
	var wants []Want
	if f.Status != diff.Added && f.Status != diff.Copied {
		wants = append(wants, Want{Path: cmp.Or(f.OldPath, f.Path), Side: AtBase, Max: limit, Why: why})
	}
	if f.Status != diff.Removed {
		wants = append(wants, Want{Path: f.Path, Side: AtHead, Max: limit, Why: why})
	}
	return wants
}

// Content is what became of one want: the content, or why there is none.
type Content struct {
	Path string `json:"path"`
	Side Side   `json:"side"`
	// Blob and Size are those of what stands there; empty and 0 when nothing does.
	Blob string `json:"blob,omitempty"`
	Size int64  `json:"size,omitempty"`
	// Absent is true when it is known that no file stands there. That is no gap.
	Absent bool `json:"absent,omitempty"`
	// Problem says why the content was not read: too large, binary, no plain file, the budget is spent. A Gap says the same.
	Problem string `json:"problem,omitempty"`
	// Body is text without a zero byte at its start. It may be empty, and may be invalid UTF-8.
	Body []byte `json:"body,omitempty"`
	// Passing is true when another try may read what a Problem kept from being read.
	Passing bool `json:"-"`
}

// Read reports whether Body is the whole content of the file.
func (c Content) Read() bool { return !c.Absent && c.Problem == "" }

// Content finds what became of a want. ok is false when nobody wanted it, which says nothing of the file.
func (s *Snapshot) Content(side Side, path string) (c Content, ok bool) {
	at, ok := slices.BinarySearchFunc(s.Contents, Content{Path: path, Side: side}, compareContents)
	if !ok {
		return Content{}, false
	}
	return s.Contents[at], true
}

func compareContents(a, b Content) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Side, b.Side))
}
