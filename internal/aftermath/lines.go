package aftermath

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/lazyregexp"
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

// Written are the places that a change made: each line that it added, and each gap between two of them. A line that the
// change removed somewhere, but for its white space, was there before: it was moved or indented. Comments and imports
// are no places.
func Written(files []diff.File) Lines {
	out, old := Lines{}, texts(files, diff.Delete)
	for _, f := range files {
		if !language.Code(f.Path) {
			continue
		}
		for _, h := range f.Hunks {
			after := side(h, diff.Add)
			made := func(i int) bool { return i >= 0 && after[i].Op == diff.Add && !old[squeeze(after[i].Text)] }
			for i, l := range after {
				if made(i) && runs(l.Text) {
					out.line(f.Path, after, i)
				}
				if made(i) && made(i-1) {
					out.gap(f.Path, after[i-1].Text, l.Text)
				}
			}
		}
	}
	return out
}

// Rewritten are the places that a change replaced or removed: lines that it removed, and gaps into which it put some. A
// line that it only moved or indented is none, and neither are comments and imports.
func Rewritten(files []diff.File) Lines {
	out, again := Lines{}, texts(files, diff.Add)
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
				if l.Op == diff.Delete && !again[squeeze(l.Text)] && runs(l.Text) {
					out.line(path, before, i)
				}
			}
			out.gaps(path, h.Lines)
		}
	}
	return out
}

// gaps adds those between two kept lines into which something that runs was put.
func (l Lines) gaps(path string, lines []diff.Line) {
	for i := 1; i < len(lines); i++ {
		if lines[i].Op != diff.Add || lines[i-1].Op != diff.Context {
			continue
		}
		end, code := i, false
		for ; end < len(lines) && lines[end].Op == diff.Add; end++ {
			code = code || runs(lines[end].Text)
		}
		if code && end < len(lines) && lines[end].Op == diff.Context {
			l.gap(path, lines[i-1].Text, lines[end].Text)
		}
		i = end
	}
}

// texts are the lines of code that a change added or removed, without white space; short ones are in every change.
func texts(files []diff.File, op diff.Op) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		if !language.Code(f.Path) && !language.Code(f.OldPath) {
			continue
		}
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op == op && letters(l.Text) >= telling {
					out[squeeze(l.Text)] = true
				}
			}
		}
	}
	return out
}

// squeeze leaves out the white space of a line.
func squeeze(line string) string { return strings.Join(strings.Fields(line), "") }

var (
	comment = lazyregexp.New(`^(?://|/\*|\*(?:[\s/*]|$)|<!--|--(?:\s|$)|;|"""|''')`)
	// hash is a comment that no preprocessor and no attribute of Rust or C# reads.
	hash     = lazyregexp.New(`^#(?:$|[^[\w!]|\w+:)`)
	imported = lazyregexp.New(`^(?:import\b|from\s+\S+\s+import\b|(?:pub\s+)?use\s+[\w\\:{]` +
		`|using\s+[\w.]+;|#\s*(?:include|import)\b|@import\b|require(?:_\w+)?\b)`)
)

// runs reports whether a line is something other than a comment, an import or signs alone.
func runs(line string) bool {
	line = strings.TrimSpace(line)
	return letters(line) > 0 && !comment.MatchString(line) && !hash.MatchString(line) && !imported.MatchString(line)
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

// Take removes what two sets have in common from the first, and says how much that was.
func (l Lines) Take(other Lines) (taken int) {
	for x := range l {
		if _, ok := other[x]; ok {
			delete(l, x)
			taken++
		}
	}
	return taken
}
