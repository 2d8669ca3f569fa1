package detect

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Line is one line that a change adds.
type Line struct {
	Number int
	Text   string
}

// Text finds what any file of text may hide in its added lines, in their order: the marks of a merge conflict,
// characters that do not show or turn the line around, and orders to a model in comments of HTML. test says that the
// file is a test, or is read by one.
func Text(file string, lines []Line, test bool) []Finding {
	v := &viewer{code: lexer.Of(file) != "" || otherCode[strings.ToLower(path.Ext(file))], test: test, translated: translated(file)}
	v.markup = markup[strings.ToLower(path.Ext(file))]
	if !test && !v.markup && path.Ext(file) != ".patch" && path.Ext(file) != ".diff" {
		v.conflicts(lines)
	}
	for _, l := range lines {
		v.line(l)
	}
	return v.found
}

// otherCode are the files beside those that lexer knows in which text that does not show is no writing of people.
var otherCode = map[string]bool{
	".sh": true, ".bash": true, ".yml": true, ".yaml": true, ".toml": true, ".tf": true, ".sql": true, ".gradle": true, ".groovy": true,
	".pl": true, ".lua": true, ".ex": true, ".exs": true, ".dart": true, ".vue": true, ".svelte": true, ".nix": true, ".mod": true,
	".m": true, ".mm": true, ".zig": true, ".ps1": true, ".mk": true, ".cmake": true, ".proto": true,
}

var markup = map[string]bool{
	".md": true, ".mdx": true, ".markdown": true, ".html": true, ".htm": true, ".rst": true, ".adoc": true, ".txt": true,
	".vue": true, ".svelte": true, ".xml": true, ".svg": true,
}

// translated reports whether a file holds texts in the languages of people, by the folders that hold it.
func translated(file string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		switch part {
		case "lang", "langs", "locale", "locales", "i18n", "l10n", "translations":
			return true
		}
	}
	return false
}

// viewer looks through added lines.
type viewer struct {
	code, markup, test bool
	// translated is true for texts in the languages of people, some of which need characters that do not show.
	translated bool
	comment    bool
	found      []Finding
}

func (v *viewer) add(kind, what string, line int) {
	v.found = append(v.found, Finding{Kind: kind, What: what, Line: line, EndLine: line})
}

// conflicts finds the three marks of a conflict, in their order.
func (v *viewer) conflicts(lines []Line) {
	start, middle := 0, false
	for _, l := range lines {
		switch text := strings.TrimSuffix(l.Text, "\r"); {
		case strings.HasPrefix(text, "<<<<<<< "):
			start, middle = l.Number, false
		case text == "=======":
			middle = true
		case strings.HasPrefix(text, ">>>>>>> ") && start > 0 && middle:
			v.found = append(v.found, Finding{Kind: Conflict, What: "marks of a merge conflict", Line: start, EndLine: l.Number})
			start = 0
		}
	}
}

// longLine is from how many bytes on a line is no writing of people: tools that pack code write out characters that its
// authors had escaped.
const longLine = 2000

// stego is how many characters that do not show make a message.
const stego = 8

// maxFlag is how many characters that do not show a flag has at most: a country, three signs for a part of it, and an end.
const maxFlag = 6

func (v *viewer) line(l Line) {
	if v.markup {
		v.orders(l)
	}
	if !nonASCII(l.Text) {
		return
	}
	invisible, row, tags, flag := 0, 0, 0, 0
	bidi, zero := false, false
	before := rune(0)
	for i, c := range l.Text {
		switch {
		case c >= 0xE0020 && c <= 0xE007F && (before == 0x1F3F4 || flag > 0 && flag < maxFlag):
			// A flag of a part of a country is a black one, and such characters behind it.
			if before == 0x1F3F4 {
				flag = 0
			}
			flag++
			before = c
			continue
		case c >= 0xE0020 && c <= 0xE007F, c >= 0xE0100 && c <= 0xE01EF:
			tags++
			continue
		case c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069:
			bidi = true
		case c == 0x200B, c == 0x2060, c == 0x180E, c == 0x3164, c == 0x115F, c == 0x1160, c == 0xFEFF && (i > 0 || l.Number > 1):
			invisible++
			row += one(hides(before))
			next, _ := utf8.DecodeRuneInString(l.Text[i+utf8.RuneLen(c):])
			zero = zero || !(before == '*' && next == '/' || before == '/' && next == '*')
		case c == 0x200C, c == 0x200D:
			invisible++
			row += one(hides(before))
			next, _ := utf8.DecodeRuneInString(l.Text[i+3:])
			zero = zero || letterOf(before) && letterOf(next)
		}
		before, flag = c, 0
	}
	if v.translated {
		// Some scripts need one such character between words or letters. A message is many in a row.
		invisible = row
	}
	switch {
	case tags >= stego/2:
		v.add(Hidden, "characters of a hidden message", l.Number)
	case bidi && v.code:
		v.add(Hidden, "characters that change the direction of the line", l.Number)
	case zero && v.code && !v.test && !v.translated && len(l.Text) < longLine, invisible >= 2*stego:
		v.add(Hidden, "characters that do not show", l.Number)
	}
}

// hides reports whether a character does not show, and joins or parts its neighbours.
func hides(c rune) bool {
	return c >= 0x200B && c <= 0x200D || c == 0x2060 || c == 0xFEFF || c == 0x180E || c == 0x3164 || c == 0x115F || c == 0x1160
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func nonASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

func letterOf(c rune) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// order is what nobody writes to people in a comment that does not show.
var order = lazyregexp.New(`(?i)\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|all|earlier)\b` +
	`.{0,30}\b(?:instruction|prompt|rule)s?\b` +
	`|\byou are (?:now )?an? (?:ai|llm|language model|ai assistant)\b|\bsystem prompt\b` +
	`|\b(?:ai|llm|copilot|claude|chatgpt|gpt|gemini)\b.{0,40}\b(?:must|should|please|always|never)\b` +
	`.{0,40}\b(?:approve|merge|report|mention|flag)\b` +
	`|\bdo not (?:report|mention|flag|reveal)\b.{0,40}\b(?:user|finding|issue|vulnerabilit)`)

// orders finds orders to a model inside of comments of HTML.
func (v *viewer) orders(l Line) {
	rest := l.Text
	for {
		if !v.comment {
			at := strings.Index(rest, "<!--")
			if at < 0 {
				return
			}
			v.comment, rest = true, rest[at+4:]
		}
		inside := rest
		end := strings.Index(rest, "-->")
		if end >= 0 {
			inside = rest[:end]
		}
		if order.MatchString(inside[:min(len(inside), 4000)]) {
			v.add(Hidden, "orders to a language model in a comment", l.Number)
			v.comment = end < 0
			return
		}
		if end < 0 {
			return
		}
		v.comment, rest = false, rest[end+3:]
	}
}

// mixedScripts finds names that mix letters which look alike: Latin ones with Cyrillic or Greek ones.
func (r *reader) mixedScripts() {
	seen := map[string]bool{}
	for i := range r.code {
		w := r.text(i)
		if r.tokens[r.code[i]].Kind != lexer.Word || !r.Added[r.line(i)] || seen[w] || !nonASCII(w) {
			continue
		}
		latin, other := false, false
		for _, c := range w {
			latin = latin || letterOf(c) && c != '_'
			other = other || unicode.Is(unicode.Cyrillic, c) || strings.ContainsRune("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", c)
		}
		if latin && other {
			seen[w] = true
			r.add(Hidden, "a name that mixes letters of two scripts", r.line(i), r.line(i))
		}
	}
}
