// Package mark finds what makes a test runner leave tests out: tests that are focused, so that all others do not run, and
// tests that are skipped. It reads the lines of a diff, and knows the words of the common test tools.
//
// Callers may rely on: a skip below a condition is none, and neither is one whose condition the diff does not show; what
// stands in a comment or in a string of one line is none.
package mark

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

// Kind is what a mark does.
type Kind string

// The kinds of marks.
const (
	Focused Kind = "focused"
	Skipped Kind = "skipped"
)

// Mark is one line of a diff that focuses or skips tests.
type Mark struct {
	Kind Kind
	// Line is its number: at the head, or at the base for a removed one.
	Line int
	// Word is what marks it: ".only", "t.Skip", "@Disabled".
	Word string
	// Name is that of the test, as far as the diff shows it.
	Name string
	// Existing is true when the test was there before: the change adds the mark to it.
	Existing bool
	// Ticket is true when the line, or one beside it, refers to an issue.
	Ticket bool
	// Text is the line without the space around it.
	Text string
}

// maxLine is the longest line that is read, in bytes. Nobody writes a test's mark in a longer one.
const maxLine = 2000

// Of finds the marks on added lines of a file, and those on removed ones.
func Of(f *diff.File) (added, removed []Mark) {
	words := wordsOf(f.Path)
	if words == nil {
		return nil, nil
	}
	for i := range f.Hunks {
		h := hunk{words: words, path: f.Path, section: f.Hunks[i].Section, lines: f.Hunks[i].Lines}
		old, now := f.Hunks[i].OldStart, f.Hunks[i].NewStart
		for at, l := range h.lines {
			if l.Op != diff.Context {
				m, ok := h.mark(at)
				switch {
				case ok && l.Op == diff.Add:
					m.Line = now
					added = append(added, m)
				case ok:
					m.Line = old
					removed = append(removed, m)
				}
			}
			if l.Op != diff.Delete {
				now++
			}
			if l.Op != diff.Add {
				old++
			}
		}
	}
	return added, removed
}

// hunk is one hunk of a file of tests.
type hunk struct {
	words   []word
	path    string
	section string
	lines   []diff.Line
}

// mark judges one added or removed line.
func (h hunk) mark(at int) (Mark, bool) {
	line := h.lines[at].Text
	if len(line) > maxLine {
		return Mark{}, false
	}
	var code string
	for i := range h.words {
		w := &h.words[i]
		if !w.hinted(line) {
			continue
		}
		if code == "" {
			code = masked(line, path.Ext(h.path))
		}
		found := w.at.FindStringIndex(code)
		if found == nil {
			continue
		}
		m := Mark{Kind: w.kind, Word: w.name, Ticket: h.ticket(at), Text: strings.TrimSpace(line)}
		switch w.place {
		case inLine:
			m.Name = quoted(line[found[0]:])
			m.Existing = m.Name != "" && h.hasOther(at, m.Name)
		case above:
			next, ok := h.definition(at)
			if !ok || path.Ext(h.path) == ".rs" && !strings.Contains(h.lines[next].Text, "fn ") {
				return Mark{}, false
			}
			m.Name, m.Existing = nameOf(h.lines[next].Text), h.lines[next].Op == diff.Context
		case inBody:
			opener, ok := h.opener(at)
			if !ok || !opens.MatchString(h.lines[opener].Text) {
				return Mark{}, false
			}
			m.Name, m.Existing = nameOf(h.lines[opener].Text), h.lines[opener].Op == diff.Context
		}
		if m.Kind == Skipped && h.skippedAlready(at) || h.defines(at) {
			return Mark{}, false
		}
		m.Name = text.Clip(m.Name, maxName)
		return m, true
	}
	return Mark{}, false
}

const maxName = 120

// skippedAlready reports whether a line that goes close by skipped the test, in whatever words: then it is no news.
func (h hunk) skippedAlready(at int) bool {
	if h.lines[at].Op != diff.Add {
		return false
	}
	for i := max(0, at-nearby); i <= min(at+nearby, len(h.lines)-1); i++ {
		l := h.lines[i]
		if l.Op == diff.Delete && len(l.Text) <= maxLine && skips.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// defines reports whether the line, or one of two before it, gives a function of one's own such a word: then the word is no
// use of it.
func (h hunk) defines(at int) bool {
	for i := max(0, at-2); i <= at; i++ {
		if l := h.lines[i]; l.Op == h.lines[at].Op && len(l.Text) <= maxLine && definition.MatchString(l.Text) {
			return true
		}
	}
	return false
}

var definition = lazyregexp.New(`\.(?:only|skip) ?= ?(?:async )?(?:function\b|\()`)

// nearby is how many lines around a mark count.
const nearby = 3

var skips = lazyregexp.New(`(?i)skip|ignore|disabled|\bx(?:it|test|describe)\b|todo`)

// ticket reports whether the line or one beside it refers to an issue.
func (h hunk) ticket(at int) bool {
	for i := max(0, at-2); i <= min(at+1, len(h.lines)-1); i++ {
		if h.lines[i].Op != diff.Delete && len(h.lines[i].Text) <= maxLine && ticket.MatchString(h.lines[i].Text) {
			return true
		}
	}
	return false
}

var ticket = lazyregexp.New(`(?i)#\d+|https?://|\b[A-Z][A-Z0-9]{1,9}-\d+\b|\bissues?\b|\bgh-\d+|\btickets?\b`)

// hasOther reports whether a line of the other side in the hunk has the same name in quotes: the test was there, or stays.
func (h hunk) hasOther(at int, name string) bool {
	other := diff.Delete
	if h.lines[at].Op == diff.Delete {
		other = diff.Add
	}
	for _, l := range h.lines {
		if l.Op == other && len(l.Text) <= maxLine && quoted(l.Text) == name {
			return true
		}
	}
	return false
}

// definition is the line that an attribute or decorator is about: the next one that is neither empty, a comment, nor an
// attribute again.
func (h hunk) definition(at int) (int, bool) {
	depth := 0
	for i := at; i < len(h.lines); i++ {
		l := h.lines[i]
		code := strings.TrimSpace(l.Text)
		if i > at && l.Op != diff.Context && l.Op != h.lines[at].Op || code == "" || len(code) > maxLine {
			continue
		}
		outside := depth <= 0
		depth += strings.Count(code, "(") - strings.Count(code, ")")
		if !outside || strings.ContainsRune("@[#)*/", rune(code[0])) && !strings.HasPrefix(code, "@Test fun") &&
			!attributed(code) {
			continue
		}
		return i, true
	}
	return 0, false
}

// attributed reports whether a line has a definition behind its attributes.
func attributed(code string) bool { return behind.MatchString(code) }

var (
	behind = lazyregexp.New(`^(?:@\w+(?:\([^)]*\))?\s+)+(?:public|private|fun|void|func|class|def|async|internal)\b|` +
		`^\[[^\]]*\]\s*public\b`)
	// opens are lines that begin a test.
	opens = lazyregexp.New(`^\s*(?:func Test\w*\(|func \(.*\) Test\w*\(|(?:async )?def test\w*|class \w*Test|def test_|` +
		`(?:public |async |static |final |override |internal |suspend )*(?:void|fun|func|function|Task|test) [^=]*[tT]est\w*.*\(|` +
		`(?:it|test|specify|scenario)\b[ (]|TEST(?:_F|_P)?\()|\bt\.Run\(|\b(?:It|Describe|Context|When)\(`)
	named = lazyregexp.New(`\b(?:func|def|fun|fn|void|Task|function|class)\s+(?:\([^)]*\)\s*)?([\pL_]\w*)`)
)

// nameOf is the name in a line that begins a test.
func nameOf(line string) string {
	if len(line) > maxLine {
		return ""
	}
	if m := named.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return quoted(line)
}

// opener is the line that begins the block in which a line stands: the last one above it with less space before it.
func (h hunk) opener(at int) (int, bool) {
	own := indent(h.lines[at].Text)
	for i := at - 1; i >= 0; i-- {
		l := h.lines[i]
		if l.Op != diff.Context && l.Op != h.lines[at].Op || strings.TrimSpace(l.Text) == "" {
			continue
		}
		if indent(l.Text) < own && !strings.HasPrefix(strings.TrimSpace(l.Text), ")") && strings.TrimSpace(l.Text) != "{" {
			return i, true
		}
	}
	return 0, false
}

func indent(line string) int {
	n := 0
	for _, r := range line {
		switch r {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}

// quoted is the first text in quotes.
func quoted(line string) string {
	start := strings.IndexAny(line, "\"'`")
	if start < 0 {
		return ""
	}
	body, _, ok := strings.Cut(line[start+1:], line[start:start+1])
	if !ok {
		return ""
	}
	return body
}

// masked is a line of the same length in which what stands in strings and behind a line comment is blank. A comment over
// several lines is known by the star that its lines begin with by custom.
func masked(line, ext string) string {
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "*") || strings.HasPrefix(trimmed, "/*") || strings.HasPrefix(trimmed, "<!--") {
		return " "
	}
	hash := ext == ".py" || ext == ".rb" || ext == ".ex" || ext == ".exs"
	out := []byte(line)
	var quote byte
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case quote != 0 && c == '\\' && i+1 < len(out):
			out[i], out[i+1] = ' ', ' '
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			out[i] = ' '
		case c == '"' || c == '`' || c == '\'' && strings.IndexByte(line[i+1:], '\'') >= 0:
			quote = c
		case c == '/' && i+1 < len(out) && out[i+1] == '/' && !hash, c == '#' && hash:
			return string(out[:i])
		}
	}
	return string(out)
}

// wordsOf are the words of a file's language; nil when the file is no test.
func wordsOf(file string) []word {
	words := languages[testfile.Language(file)]
	if path.Ext(file) == ".rs" {
		return words
	}
	if words == nil || !testfile.Is(file) || input(file) {
		return nil
	}
	return words
}

// input reports whether a file stands in a folder of what tests read: examples of linters and compilers.
func input(file string) bool {
	for part := range strings.SplitSeq(path.Dir(file), "/") {
		switch p := strings.ToLower(part); p {
		case "test", "tests", "spec", "__tests__", "testing":
		case "specs":
			return path.Ext(file) != ".rb"
		case "example", "examples", "jsfmt.spec.js", "snapshots", "format", "templates", "__mocks__":
			return true
		default:
			if testfile.Input(p) {
				return true
			}
		}
	}
	return false
}
