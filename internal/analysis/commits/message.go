package commits

import (
	"regexp"
	"strings"
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
	// Footers are in order. Their section begins at the first footer line after a blank line and goes on to the end (items 8 to 10 of the specification).
	Footers []Footer
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
var footerLine = regexp.MustCompile(`^(BREAKING CHANGE|[A-Za-z][A-Za-z0-9-]*)(: | #)[ \t]*(\S.*)$`)

// Parse takes a message apart. It never fails: what is not a footer is body, what is not conventional is seen by ParseHeader.
func Parse(message string) Message {
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
	at := len(lines)
	for i := 1; i < len(lines); i++ {
		if lines[i-1].Text == "" {
			if _, ok := parseFooter(lines[i]); ok {
				at = i
				break
			}
		}
	}
	m.Body = trimBlank(lines[:at], true)
	for _, l := range lines[at:] {
		if f, ok := parseFooter(l); ok {
			m.Footers = append(m.Footers, f)
			continue
		}
		f := &m.Footers[len(m.Footers)-1]
		f.Lines = append(f.Lines, l)
	}
	for i := range m.Footers {
		m.Footers[i].Value = value(m.Footers[i])
	}
	return m
}

// parseFooter reads the first line of a footer. The token of a breaking change may stand alone on its line, since people write its text below;
// every other token needs a value beside it.
func parseFooter(l Line) (Footer, bool) {
	if p := footerLine.FindStringSubmatch(l.Text); p != nil {
		return Footer{Token: p[1], Separator: p[2], Value: p[3], Lines: []Line{l}}, true
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
