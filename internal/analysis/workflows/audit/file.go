package audit

import (
	"bytes"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// file is the text that is audited. shift is added to the line numbers of a text that stands in for another.
type file struct {
	lines []string
	shift int
}

func newFile(body []byte, shift int) file {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	return file{lines: strings.Split(string(body), "\n"), shift: shift}
}

// line is one line, from 1; empty beyond the text.
func (f file) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// find is the first line from start on that contains the text; start when none does.
func (f file) find(start int, part string) int {
	line, _ := f.among(start, len(f.lines), part)
	return line
}

// among is the first line from start to end that contains the text; start and false when none does.
func (f file) among(start, end int, part string) (line int, ok bool) {
	part, _, _ = strings.Cut(part, "\n")
	for n := max(start, 1); n <= end; n++ {
		if strings.Contains(f.lines[n-1], part) {
			return n, true
		}
	}
	return start, false
}

// within is find for a part of the value that begins on the start line. An equal text in a later step is none.
func (f file) within(start int, part string) int {
	line, _ := f.among(start, f.end(start), part)
	return line
}

// aKey is a line that begins with a key, in a list or not.
var aKey = lazyregexp.New(`^ *(?:- +)*(?:[\w.-]+|"[^"]*"|'[^']*') *:(?: |$)`)

// end is the last line of the value that begins on a line: those that follow belong to it while they are blank, or stand
// further in than its key. A value without its key on the line goes on as far in as it begins.
func (f file) end(start int) int {
	first := f.line(start)
	least := len(keyIndent(first)) + 1
	if !aKey.MatchString(first) {
		least--
	}
	end := max(start, 1)
	for n := end + 1; n <= len(f.lines); n++ {
		l := f.lines[n-1]
		if strings.TrimSpace(l) == "" {
			continue
		}
		if len(indent(l)) < least {
			break
		}
		end = n
	}
	return end
}

// indent is the white space at the start of a line.
func indent(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// key is the column of a step's key on its line, as white space: that of "uses" in "  - uses: x" is four blanks.
func keyIndent(line string) string {
	at := indent(line)
	if rest := line[len(at):]; strings.HasPrefix(rest, "- ") {
		dash := len(rest) - len(strings.TrimLeft(rest[1:], " "))
		return at + strings.Repeat(" ", dash)
	}
	return at
}

// isComment reports whether the line holds nothing but a comment, or nothing.
func isComment(line string) bool {
	t := strings.TrimSpace(line)
	return t == "" || strings.HasPrefix(t, "#")
}
