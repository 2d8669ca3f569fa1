package console

import (
	"strings"
	"unicode/utf8"
)

// quoted begins a line of a suggestion, which is shown as it is.
const quoted = "        | "

// fold breaks a line at spaces into lines of at most so many characters, each as far in as the first; 0 folds nothing. A
// word that is longer has a line of its own, so an address or a command's word stays whole.
func fold(line string, columns int) string {
	text := strings.TrimSuffix(line, "\n")
	if columns <= 0 || shown(text) <= columns || strings.HasPrefix(text, quoted) {
		return line
	}
	rest := strings.TrimLeft(text, " ")
	indent := len(text) - len(rest)
	hang := strings.Repeat(" ", indent)
	switch {
	case strings.HasPrefix(rest, "fix: "):
		hang += "     "
	case indent < 6:
		hang += "  "
	}
	var b strings.Builder
	folded := text[:indent]
	at, empty := indent, true
	for word := range strings.SplitSeq(rest, " ") {
		n := shown(word)
		if !empty && at+1+n > columns {
			b.WriteString(strings.TrimRight(folded, " ") + "\n")
			folded, at, empty = hang, len(hang), true
		}
		if !empty {
			folded += " "
			at++
		}
		folded += word
		at += n
		empty = false
	}
	return b.String() + folded + line[len(text):]
}

// shown is how many characters a terminal shows of a text, without the colours that paint puts in.
func shown(s string) int {
	n := utf8.RuneCountInString(s)
	for {
		_, after, found := strings.Cut(s, "\x1b[")
		code, rest, ended := strings.Cut(after, "m")
		if !found || !ended {
			return n
		}
		n -= len("\x1b[m") + len(code)
		s = rest
	}
}
