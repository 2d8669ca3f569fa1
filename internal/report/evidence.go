package report

import (
	"cmp"
	"crypto/md5" //nolint:gosec // the digest that tracefiles have; it tells versions of a line apart and protects nothing
	"encoding/binary"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Evidence is what a report says of the text of a file: enough to tell that it was made of another version, and never
// enough to prove the opposite. It matters only until the report is held to the files.
type Evidence struct {
	// Lines is how many lines the file has, 0 when the report does not say. Whole is true when it has no more than that either.
	Lines int  `json:"lines,omitempty"`
	Whole bool `json:"whole,omitempty"`
	// Widths are the least widths of lines, in columns: the last that the report points at. Exact says that they are the widths.
	Widths []LineFact `json:"widths,omitempty"`
	Exact  bool       `json:"exact,omitempty"`
	// Digests are Digest of the text of lines.
	Digests []LineFact `json:"digests,omitempty"`
}

// LineFact is a number that a report has of a line. Facts are sorted by line; each line has one.
type LineFact struct {
	Line  uint32 `json:"line"`
	Value uint32 `json:"value"`
}

// Digest is of a line without its end: the first four bytes of its MD5.
func Digest(text []byte) uint32 {
	sum := md5.Sum(text) //nolint:gosec // see the import
	return FromMD5(sum[:])
}

// FromMD5 makes a digest of an MD5 that a report has.
func FromMD5(sum []byte) uint32 { return max(binary.BigEndian.Uint32(sum), noDigest+1) }

// Two values are no digest of a line: none is known, or two of one line differ, so that one of them at least is of another version.
const unknown, noDigest = 0, 1

// maxWidth is the widest line that is told from a wider one.
const maxWidth = 1<<16 - 1

// Width says that a line has at least so many columns.
func (l *LineSet) Width(line, columns int) {
	if columns > 0 && room(l.of, &l.widths, line) {
		l.widths[line] = max(l.widths[line], uint16(min(columns, maxWidth))) //nolint:gosec // bounded
	}
}

// Digest says what the digest of a line's text is.
func (l *LineSet) Digest(line int, digest uint32) {
	if !room(l.of, &l.digests, line) {
		return
	}
	if was := l.digests[line]; was != unknown && was != digest {
		digest = noDigest
	}
	l.digests[line] = digest
}

// room makes a list long enough for a line, until a third of the memory is taken at eight bytes a line. What a report
// says of more is left out.
func room[T any](c *Collector, list *[]T, line int) bool {
	if line <= 0 || line > MaxLine {
		return false
	}
	if n := line + 1 - len(*list); n > 0 {
		if c.evidence+n > c.limit/24 {
			return false
		}
		c.evidence += n
		*list = slices.Grow(*list, n)[:line+1]
	}
	return true
}

// Length says how many lines the file has; whole that it has no more either.
func (l *LineSet) Length(lines int, whole bool) { l.length, l.whole = max(l.length, lines), whole }

// Exact says whether the widths are those of the lines, and not only the least.
func (l *LineSet) Exact(exact bool) { l.exact = exact }

// evidence empties what was collected. It is nil when there is none.
func (l *LineSet) evidence() *Evidence {
	e := &Evidence{Lines: l.length, Whole: l.whole, Exact: l.exact}
	for line, w := range l.widths {
		if w > 0 {
			e.Widths = append(e.Widths, LineFact{uint32(line), uint32(w)}) //nolint:gosec // bounded
		}
	}
	for line, d := range l.digests {
		if d != unknown {
			e.Digests = append(e.Digests, LineFact{uint32(line), d}) //nolint:gosec // bounded
		}
	}
	l.widths, l.digests = nil, nil
	if e.Lines == 0 && e.Widths == nil && e.Digests == nil {
		return nil
	}
	return e
}

// mergeEvidence puts together what two parts of one report say of a file.
func mergeEvidence(a, b *Evidence) *Evidence {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	out := &Evidence{Lines: max(a.Lines, b.Lines), Whole: a.Whole && b.Whole, Exact: a.Exact && b.Exact}
	out.Widths = mergeFacts(a.Widths, b.Widths, func(x, y uint32) uint32 { return max(x, y) })
	out.Digests = mergeFacts(a.Digests, b.Digests, func(x, y uint32) uint32 {
		if x != y {
			return noDigest
		}
		return x
	})
	return out
}

func mergeFacts(a, b []LineFact, both func(x, y uint32) uint32) []LineFact {
	all := slices.Concat(a, b)
	sorting.StableBy(all, func(x, y LineFact) int { return cmp.Compare(x.Line, y.Line) })
	out := all[:0]
	for _, f := range all {
		if n := len(out); n > 0 && out[n-1].Line == f.Line {
			out[n-1].Value = both(out[n-1].Value, f.Value)
			continue
		}
		out = append(out, f)
	}
	return out
}

// Move gives what is said of lines their new numbers; what is said of lines that are gone, and of the file's end, goes.
// Lines keep their order.
func (e *Evidence) Move(to func(line int) (int, bool)) *Evidence {
	if e == nil {
		return nil
	}
	move := func(list []LineFact) []LineFact {
		var out []LineFact
		for _, f := range list {
			if n, ok := to(int(f.Line)); ok {
				out = append(out, LineFact{uint32(n), f.Value}) //nolint:gosec // a line
			}
		}
		return out
	}
	return &Evidence{Widths: move(e.Widths), Exact: e.Exact, Digests: move(e.Digests)}
}
