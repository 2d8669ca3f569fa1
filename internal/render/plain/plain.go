// Package plain makes untrusted text safe for a terminal and for the log of a CI job.
//
// Callers may rely on: no control character, escape sequence or character that turns the direction of text gets
// through, and no line begins a command to a CI runner.
package plain

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Line makes untrusted text safe on one line of a terminal or a log: what cannot be seen is written as \u202e or \n.
func Line(s string) string { return escape(s, false) }

// Lines is the same for text that may have several lines.
func Lines(s string) []string {
	return strings.Split(Text(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))), "\n")
}

// Text is the same for text as it stands, with its lines and with tabs as spaces.
func Text(s string) string { return escape(s, true) }

func escape(s string, newlines bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case c == '\n' && newlines:
			b.WriteByte('\n')
		case c == '\t' && newlines:
			b.WriteString("    ")
		case c == '\n', c == '\r', c == '\t':
			b.WriteString(map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[c])
		case c < 0x80 && markdown.Invisible(c):
			fmt.Fprintf(&b, `\x%02x`, c)
		case markdown.Invisible(c) && c > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, c)
		case markdown.Invisible(c):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// logCommand is what makes a CI runner take a part of a log line for a command wherever it stands: "##[" of GitHub's older runners,
// "##vso[" of Azure, "##teamcity[".
var logCommand = lazyregexp.New(`##[A-Za-z]*\[`)

// lineCommand is what GitHub's runner takes for a command at the start of a line, behind our own colours too.
var lineCommand = lazyregexp.New(`^(\s|\x1b\[[0-9]+m)*::`)

// Inert keeps a line of text from being a command when it is printed in CI. GitHub's runner drops the space before "::" and then
// looks for a command, so indenting is not enough.
func Inert(l string) string {
	l = logCommand.ReplaceAllStringFunc(l, func(s string) string { return `#\x23` + s[2:] })
	if lineCommand.MatchString(l) {
		return strings.Replace(l, "::", `\x3a:`, 1)
	}
	return l
}

// InertJSON is the same JSON value, written so that no CI runner takes a part of it for a command when it is printed.
func InertJSON(text []byte) []byte {
	return logCommand.ReplaceAllFunc(text, func(s []byte) []byte { return append([]byte(`#\u0023`), s[2:]...) })
}

// URI writes a path as a relative reference (RFC 3986, section 4.2): unreserved characters and slashes stay, all else is percent-encoded.
func URI(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Commit is the short form of a commit's id.
func Commit(id string) string { return Line(id[:min(len(id), 7)]) }
