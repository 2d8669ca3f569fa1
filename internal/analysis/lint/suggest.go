package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
)

const (
	// maxSuggestion is the most bytes of a suggestion, maxLines the most lines that it replaces or has.
	maxSuggestion = 4_000
	maxLines      = 60
)

// suggestion makes whole lines of a fix, or nothing: each line that it changes must be shown by the diff, the places
// must exist, what the tool says it replaces must stand there, and the result must differ. Lines that end in a carriage
// return are left alone, as are texts with characters that nobody sees.
func (a *analysis) suggestion(c *candidate) *report.Suggestion {
	h := a.headOf(c.Path)
	if len(c.Fix) == 0 || h == nil || !h.file.Complete() {
		return nil
	}
	first, last := span(c.Fix)
	lines, ok := h.run(first, last)
	if !ok && first == last {
		// Text before a line that is not shown can still be put behind the line before it.
		first--
		lines, ok = h.run(first, first)
	}
	if !ok {
		return nil
	}
	buffer := newBuffer(lines)
	now, ok := buffer.apply(c.Fix, c.Unit)
	if !ok {
		return nil
	}
	return least(first, buffer.text, now)
}

// span is the first and the last line that edits change. Text before a line changes that line alone.
func span(edits []report.Edit) (first, last int) {
	first, last = edits[0].Line, 0
	for _, e := range edits {
		first = min(first, e.Line)
		end := e.EndLine
		if e.EndColumn == 1 && e.EndLine > e.Line && (strings.HasSuffix(e.Text, "\n") || e.Text == "" && e.Column == 1) {
			end-- // up to the beginning of that line, which stays one
		}
		last = max(last, end)
	}
	if last < first {
		return first, first
	}
	return first, last
}

// run gives neighbouring lines of the head, when the diff shows all of them.
func (h *head) run(first, last int) ([]shownLine, bool) {
	i, ok := slices.BinarySearchFunc(h.shown, first, byNumber)
	n := last - first + 1
	if !ok || n < 1 || n > maxLines || i+n > len(h.shown) || h.shown[i+n-1].number != last {
		return nil, false
	}
	lines := h.shown[i : i+n]
	for _, l := range lines {
		if strings.HasSuffix(l.text, "\r") || l.cut || !utf8.ValidString(l.text) {
			return nil, false
		}
	}
	return lines, true
}

// buffer is some lines of a file as one text.
type buffer struct {
	first  int
	text   string
	starts []int
	lines  []shownLine
}

func newBuffer(lines []shownLine) buffer {
	b := buffer{first: lines[0].number, lines: lines}
	var text strings.Builder
	for _, l := range lines {
		b.starts = append(b.starts, text.Len())
		text.WriteString(l.text + "\n")
	}
	b.text = text.String()
	b.starts = append(b.starts, text.Len())
	return b
}

// at is the offset of a place; -1 when there is none.
func (b buffer) at(line, column int, unit report.Unit) int {
	i := line - b.first
	if i == len(b.lines) && column == 1 {
		return len(b.text)
	}
	if i < 0 || i >= len(b.lines) || column < 1 {
		return -1
	}
	n := offset(b.lines[i].text, column-1, unit)
	if n < 0 {
		return -1
	}
	return b.starts[i] + n
}

// offset is how many bytes so many units are; -1 when the text is shorter, or the place is inside of a character.
func offset(text string, units int, unit report.Unit) int {
	if unit == report.Bytes {
		if units > len(text) || units < len(text) && !utf8.RuneStart(text[units]) {
			return -1
		}
		return units
	}
	for i, r := range text {
		if units <= 0 {
			if units < 0 {
				return -1
			}
			return i
		}
		units--
		if unit == report.UTF16 && r > 0xffff {
			units--
		}
	}
	if units != 0 {
		return -1
	}
	return len(text)
}

// apply carries all edits out. They must not overlap.
func (b buffer) apply(edits []report.Edit, unit report.Unit) (string, bool) {
	type change struct {
		from, to int
		text     string
	}
	var all []change
	for _, e := range edits {
		c := change{text: strings.ReplaceAll(e.Text, "\r\n", "\n")}
		if e.Column == 0 {
			c.from, c.to = b.at(e.Line, 1, unit), b.at(e.EndLine+1, 1, unit)
		} else if c.from = b.at(e.Line, e.Column, unit); e.EndColumn == 0 {
			if i := e.EndLine - b.first; i >= 0 && i < len(b.lines) {
				c.to = b.starts[i] + len(b.lines[i].text)
			} else {
				return "", false
			}
		} else {
			c.to = b.at(e.EndLine, e.EndColumn, unit)
		}
		if c.from < 0 || c.to < c.from || e.Was != nil && *e.Was != b.text[c.from:c.to] {
			return "", false
		}
		all = append(all, c)
	}
	sorting.StableBy(all, func(x, y change) int { return x.from - y.from })
	var out strings.Builder
	end := 0
	for i, c := range all {
		if c.from < end || i > 0 && c.from == all[i-1].from && c.from == c.to {
			return "", false
		}
		out.WriteString(b.text[end:c.from] + c.text)
		end = c.to
	}
	out.WriteString(b.text[end:])
	return out.String(), true
}

// least leaves the lines out that stay the same at both ends.
func least(first int, was, now string) *report.Suggestion {
	if now != "" && !strings.HasSuffix(now, "\n") || len(now) > maxSuggestion+len(was) || was == now {
		return nil
	}
	from, to := lines(was), lines(now)
	for len(from) > 1 && len(to) > 0 && from[0] == to[0] {
		from, to, first = from[1:], to[1:], first+1
	}
	for len(from) > 1 && len(to) > 0 && from[len(from)-1] == to[len(to)-1] {
		from, to = from[:len(from)-1], to[:len(to)-1]
	}
	s := report.Suggestion{Line: first, EndLine: first + len(from) - 1, Text: strings.Join(to, "")}
	if len(s.Text) > maxSuggestion || len(to) > maxLines || !utf8.ValidString(s.Text) {
		return nil
	}
	for _, r := range s.Text {
		if r != '\n' && r != '\t' && markdown.Invisible(r) {
			return nil
		}
	}
	return &s
}

func lines(text string) []string { return slices.Collect(strings.Lines(text)) }
