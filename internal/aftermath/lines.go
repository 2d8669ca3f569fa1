package aftermath

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
)

// Bounds of what is compared: lines of one change, and how many letters and digits a line, and a line with its
// neighbours, must have to be known again.
const (
	maxLines = 50_000
	telling  = 8
	together = 20
)

// Lines are places in code, each known by its file, its text and the text of its neighbours.
type Lines map[uint64]struct{}

// Written are the places that a change made: each line that it added, and each gap between two of them.
func Written(files []diff.File) Lines {
	out := Lines{}
	for _, f := range files {
		if !language.Code(f.Path) {
			continue
		}
		for _, h := range f.Hunks {
			after := side(h, diff.Add)
			for i, l := range after {
				if l.Op == diff.Add {
					out.line(f.Path, after, i)
				}
				if i > 0 && l.Op == diff.Add && after[i-1].Op == diff.Add {
					out.gap(f.Path, after[i-1].Text, l.Text)
				}
			}
		}
	}
	return out
}

// Rewritten are the places that a change replaced or removed: lines that it removed, and gaps into which it put some.
func Rewritten(files []diff.File) Lines {
	out := Lines{}
	for _, f := range files {
		path := f.Path
		if f.OldPath != "" {
			path = f.OldPath
		}
		if !language.Code(path) {
			continue
		}
		for _, h := range f.Hunks {
			before := side(h, diff.Delete)
			for i, l := range before {
				if l.Op == diff.Delete {
					out.line(path, before, i)
				}
			}
			for i, l := range h.Lines {
				if i == 0 || l.Op != diff.Add || h.Lines[i-1].Op != diff.Context {
					continue
				}
				end := i
				for end < len(h.Lines) && h.Lines[end].Op == diff.Add {
					end++
				}
				if end < len(h.Lines) && h.Lines[end].Op == diff.Context {
					out.gap(path, h.Lines[i-1].Text, h.Lines[end].Text)
				}
			}
		}
	}
	return out
}

// side are the lines of a hunk as they were before it, or are after it.
func side(h diff.Hunk, op diff.Op) []diff.Line {
	var out []diff.Line
	for _, l := range h.Lines {
		if l.Op == op || l.Op == diff.Context {
			out = append(out, l)
		}
	}
	return out
}

func (l Lines) line(path string, all []diff.Line, i int) {
	before, after := "", ""
	if i > 0 {
		before = all[i-1].Text
	}
	if i+1 < len(all) {
		after = all[i+1].Text
	}
	if letters(all[i].Text) >= telling && letters(before)+letters(all[i].Text)+letters(after) >= together {
		l.add(path, "line", before, all[i].Text, after)
	}
}

func (l Lines) gap(path, before, after string) {
	if letters(before)+letters(after) >= together {
		l.add(path, "gap", before, after)
	}
}

func (l Lines) add(parts ...string) {
	if len(l) >= maxLines {
		return
	}
	sum := fnv.New64a()
	for _, p := range parts {
		_, _ = sum.Write([]byte(strings.TrimSpace(p) + "\x00"))
	}
	l[sum.Sum64()] = struct{}{}
}

// letters counts the letters and digits of a text.
func letters(s string) (n int) {
	for _, c := range s {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// Take removes what two sets have in common from the first, and reports whether there was any.
func (l Lines) Take(other Lines) (any bool) {
	for x := range l {
		if _, ok := other[x]; ok {
			delete(l, x)
			any = true
		}
	}
	return any
}
