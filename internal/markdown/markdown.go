// Package markdown writes untrusted text into the Markdown of a forge so that it stays text: no markup, no link, no
// mention, no reference, no HTML. It is pure and imports nothing of ours.
//
// Callers may rely on this, for any input:
//   - the reader sees the same characters, but for line ends (a space, except in Fence) and characters that cannot be seen or that turn
//     the direction of text, which show as U+FFFD;
//   - a zero-width space (U+200B) after "@", "#" and the like keeps forges from mentioning and linking, also in quoted replies by e-mail;
//   - limits count bytes, which are never fewer than the forge's characters.
package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// breaker splits what a forge would take for a mention, a reference or a link.
const breaker = "\u200b"

// Text writes s as inline text on one line, safe also at the start of a line.
func (d Dialect) Text(s string) string {
	s = strings.Join(strings.FieldsFunc(visible(s, ' '), func(c rune) bool { return c == ' ' }), " ")
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	digits := true // only digits until now: "1." would begin a list
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune(d.active, c), i == 0 && strings.ContainsRune(d.leading, c), digits && i > 0 && (c == '.' || c == ')'):
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteString(s[i : i+n])
		}
		if c < '0' || c > '9' {
			digits = false
		}
		i += n
		if d.splits(s, i, c) {
			b.WriteString(breaker)
		}
	}
	return b.String()
}

// commit reports whether i is the sixth, twelfth... place in a run of hexadecimal digits that may name a commit.
func commit(s string, i int) bool {
	if i == len(s) || !hex(s[i]) || !hex(s[i-1]) {
		return false
	}
	start := i
	for start > 0 && i-start <= 64 && hex(s[start-1]) {
		start--
	}
	end := i
	for end < len(s) && end-start <= 64 && hex(s[end]) {
		end++
	}
	return end-start >= 7 && (i-start)%6 == 0 && strings.ContainsAny(s[start:end], "0123456789")
}

func hex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// word reports whether s begins with a letter, a digit or an underscore.
func word(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

// Cell is Text for a cell of a table. An empty cell stays one.
func (d Dialect) Cell(s string) string { return d.Text(s) }

// Code writes s as a code span on one line; never use it in a table (see CodeCell). "@" is split where it would mention somebody.
func (d Dialect) Code(s string) string {
	s = visible(s, ' ')
	var b strings.Builder
	for i, c := range s {
		b.WriteRune(c)
		if c == '@' && i+1 < len(s) && word(s[i+1:]) && (i == 0 || !before(s[:i])) {
			b.WriteString(breaker)
		}
	}
	s = b.String()
	tick := strings.Repeat("`", longest(s)+1)
	if s == "" {
		s = " "
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") &&
		strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	return tick + s + tick
}

// before reports whether s ends in a character that belongs to a word, so that an "@" behind it is part of an address.
func before(s string) bool {
	c, _ := utf8.DecodeLastRuneInString(s)
	return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

// CodeCell is Code for a cell of a table, where a bar ends the cell even inside a code span.
func (d Dialect) CodeCell(s string) string { return strings.ReplaceAll(d.Code(s), "|", "\\|") }

// Fence writes s as a fenced block with its own lines; lang is the language, of which only letters, digits and "+-_" are kept.
// Nothing is split inside, so that people can copy what they see; where a slash begins a command, a space stands before it.
func (d Dialect) Fence(s, lang string) string {
	lang = strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && (c == '+' || c == '-' || c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return c
		}
		return -1
	}, lang)
	s = strings.TrimSuffix(visible(strings.ReplaceAll(s, "\r\n", "\n"), '\n'), "\n")
	tick := strings.Repeat("`", max(3, longest(s)+1))
	return tick + lang + "\n" + d.still(s) + "\n" + tick + "\n"
}

// longest is the length of the longest run of backticks.
func longest(s string) int {
	most, run := 0, 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			most = max(most, run)
		} else {
			run = 0
		}
	}
	return most
}

// visible turns line ends into newline and tabs into spaces (kept in a fence), and what cannot be seen into U+FFFD.
func visible(s string, newline rune) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' || c == '\v' || c == '\f' || c == '\u0085':
			return newline
		case c == '\t' && newline == '\n':
			return c
		case c == '\t':
			return ' '
		case Invisible(c):
			return '\ufffd'
		}
		return c
	}, s)
}

// Invisible reports whether a character is a control, turns the direction of text, or takes no place: what can make
// text read other than it is.
func Invisible(c rune) bool {
	return unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Co, c) ||
		c == '\u034f' || c == '\u115f' || c == '\u1160' || c == '\u3164' || c == '\uffa0' || c == '\u2028' || c == '\u2029'
}

// Plain cuts text to at most limit characters, for places that show no Markdown. What could make it read other than it is shows as U+FFFD.
func Plain(s string, limit int) string {
	s = strings.Map(func(c rune) rune {
		if c != '\n' && Invisible(c) {
			return utf8.RuneError
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
