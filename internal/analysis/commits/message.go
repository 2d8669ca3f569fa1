package commits

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Message is a commit message taken apart by Conventional Commits 1.0.0. Line ends may be LF or CRLF; trailing white space does not count.
// Lines that begin with "#" are text: git has removed real comments before it makes the commit.
type Message struct {
	// Header is the first line that is not blank, Line its number from 1. Both are zero for an empty message.
	Header string
	Line   int
	// Glued is true when the line after the header is not blank.
	Glued bool
	// Body are the lines between header and footers, blank lines at both ends left out.
	Body []Line
	// Footers are in order: git's trailers, which are the last paragraph when git takes it for them, and before them a
	// BREAKING CHANGE with its text (items 8 to 16 of the specification), which may have paragraphs.
	Footers []Footer
	// Trailers is true when the last paragraph is git's trailers.
	Trailers bool
}

// Line is one line of a message with its number from 1.
type Line struct {
	Number int
	Text   string
}

// Footer is one footer: a token, its separator (": " or " #") and a value that ends where the next footer begins.
type Footer struct {
	Token, Separator, Value string
	// Lines are the lines it was written on.
	Lines []Line
}

// Breaking says whether the footer declares a breaking change. The token must be upper case (item 15), with a space or a hyphen (item 16).
func (f Footer) Breaking() bool { return f.Token == "BREAKING CHANGE" || f.Token == "BREAKING-CHANGE" }

// Breaking says whether a footer declares a breaking change. The header's "!" is Header.Breaking.
func (m Message) Breaking() bool {
	for _, f := range m.Footers {
		if f.Breaking() {
			return true
		}
	}
	return false
}

// footerLine is a token, a separator and a value. BREAKING CHANGE is the only token with a space.
var footerLine = lazyregexp.New(`^(BREAKING CHANGE|[A-Za-z][A-Za-z0-9-]*)(: | #)[ \t]*(\S.*)$`)

// parse takes a message apart. It never fails: what is not a footer is body, what is not conventional is seen by ParseHeader.
func parse(message string) Message {
	lines := split(message)
	var m Message
	for len(lines) > 0 && lines[0].Text == "" {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return m
	}
	m.Header, m.Line = lines[0].Text, lines[0].Number
	lines = trimBlank(lines[1:], false)
	m.Glued = len(lines) > 0 && lines[0].Text != ""
	trailers := len(lines)
	if at := trailerBlock(lines); at < len(lines) {
		trailers, m.Trailers = at, true
	}
	at := trailers
	for i := 1; i < trailers; i++ {
		if f, ok := parseFooter(lines[i]); ok && f.Breaking() && lines[i-1].Text == "" {
			at = i
			break
		}
	}
	m.Body = trimBlank(lines[:at], true)
	for i, l := range lines[at:] {
		f, ok := parseFooter(l)
		switch {
		case ok && (at+i >= trailers || f.Breaking() || at+i > 0 && lines[at+i-1].Text != ""):
			m.Footers = append(m.Footers, f)
		case len(m.Footers) > 0:
			last := &m.Footers[len(m.Footers)-1]
			last.Lines = append(last.Lines, l)
		default: // a line above the trailers of one block, which git leaves out
			m.Body = append(m.Body, l)
		}
	}
	for i := range m.Footers {
		m.Footers[i].Value = value(m.Footers[i])
	}
	return m
}

var (
	// trailerToken is a token as git reads it: letters, digits and dashes, perhaps white space, and the colon.
	trailerToken = lazyregexp.New(`^[A-Za-z0-9-]+[ \t]*:`)
	// generated are trailers that git itself writes. One of them makes a paragraph with other lines one of trailers.
	generated = lazyregexp.New(`^(?:Signed-off-by: |\(cherry picked from commit )`)
)

// trailerBlock gives the index of git's trailers in what follows the header, by the rules of git interpret-trailers:
// the last paragraph, behind a blank line, in which each line is a trailer or goes on from one by its indent; or in
// which git wrote one and a quarter of the lines at least are trailers. It is len(lines) when there are none. BREAKING
// CHANGE counts as a token, and "Closes #1" as a trailer, as Conventional Commits adds.
func trailerBlock(lines []Line) int {
	start := len(lines)
	for start > 0 && lines[start-1].Text != "" {
		start--
	}
	if start == 0 { // no blank line: it belongs to the header's own paragraph
		return len(lines)
	}
	count, others, mark := 0, 0, false
	for _, l := range lines[start:] {
		_, footer := parseFooter(l)
		switch git := generated.MatchString(l.Text); {
		case strings.HasPrefix(l.Text, "#"): // a comment to git, here too
		case git || footer || trailerToken.MatchString(l.Text):
			count, mark = count+1, mark || git
		case strings.HasPrefix(l.Text, " ") || strings.HasPrefix(l.Text, "\t"):
			if count == 0 {
				others++
			}
		default:
			others++
		}
	}
	if count > 0 && (others == 0 || mark && 3*count >= others) {
		return start
	}
	return len(lines)
}

// parseFooter reads the first line of a footer. The token of a breaking change may stand alone on its line, since
// people write its text below; every other token needs a value beside it.
func parseFooter(l Line) (Footer, bool) {
	// Most lines have no separator, and finding that out by the expression is slow.
	if strings.Contains(l.Text, ": ") || strings.Contains(l.Text, " #") {
		if p := footerLine.FindStringSubmatch(l.Text); p != nil {
			return Footer{Token: p[1], Separator: p[2], Value: p[3], Lines: []Line{l}}, true
		}
	}
	if l.Text == "BREAKING CHANGE:" || l.Text == "BREAKING-CHANGE:" {
		return Footer{Token: strings.TrimSuffix(l.Text, ":"), Separator: ": ", Lines: []Line{l}}, true
	}
	return Footer{}, false
}

func value(f Footer) string {
	var b strings.Builder
	b.WriteString(f.Value)
	for _, l := range f.Lines[1:] {
		b.WriteByte('\n')
		b.WriteString(l.Text)
	}
	return strings.Trim(b.String(), "\n")
}

func split(message string) []Line {
	var out []Line
	for text := range strings.SplitSeq(message, "\n") {
		out = append(out, Line{len(out) + 1, strings.TrimRight(text, " \t\r")})
	}
	return out
}

func trimBlank(lines []Line, both bool) []Line {
	for both && len(lines) > 0 && lines[0].Text == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1].Text == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
