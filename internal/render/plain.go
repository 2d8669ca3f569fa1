package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// line makes untrusted text safe on one line of a terminal or a log: what cannot be seen is written as \u202e or \n.
func line(s string) string { return plain(s, false) }

// lines is the same for text that may have several lines.
func lines(s string) []string {
	return strings.Split(plain(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")), true), "\n")
}

func plain(s string, newlines bool) string {
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

// inert keeps a line of text from being a command when it is printed in CI. GitHub's runner drops the space before "::" and then
// looks for a command, so indenting is not enough.
func inert(l string) string {
	l = logCommand.ReplaceAllStringFunc(l, func(s string) string { return `#\x23` + s[2:] })
	if lineCommand.MatchString(l) {
		return strings.Replace(l, "::", `\x3a:`, 1)
	}
	return l
}
