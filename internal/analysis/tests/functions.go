package tests

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/function"
)

// maxRead is among how many changed files functions are looked for.
const maxRead = 20

// hasFunctions reports whether the functions of a changed file are of use: it is a source that wants tests, and gets lines.
func (a *analysis) hasFunctions(f *diff.File) bool {
	return f.Status != diff.Removed && f.State == diff.Text && f.Additions > 0 && function.Reads(f.Path) && a.needsTests(f)
}

// functions are those that get new lines which do something, of the sources that were read whole.
func (a *analysis) functions(s *change.Snapshot) []Function {
	out := []Function{}
	for i := range a.files {
		f := &a.files[i]
		c, ok := s.Content(change.AtHead, f.Path)
		if !ok || !c.Read() || !a.hasFunctions(f) {
			continue
		}
		all, err := function.Of(f.Path, c.Body)
		if err != nil {
			continue
		}
		lines := busyLines(f)
		for _, fn := range all {
			x := Function{Path: f.Path, Name: fn.Name, Line: fn.Line}
			for _, n := range lines {
				if n > fn.Body && n <= fn.EndLine {
					if x.First == 0 {
						x.First = n
					}
					x.Last = n
				}
			}
			if x.First > 0 {
				out = append(out, x)
			}
		}
	}
	return out
}

// busyLines are the added lines of a file that do something, in order.
func busyLines(f *diff.File) []int {
	d := dialectOf(f.Path)
	var out []int
	for _, h := range f.Hunks {
		now, comment := h.NewStart, false
		for _, l := range h.Lines {
			if l.Op == diff.Delete {
				continue
			}
			if code := d.code(l.Text, &comment); l.Op == diff.Add && doesSomething(code) {
				out = append(out, now)
			}
			now++
		}
	}
	return out
}
