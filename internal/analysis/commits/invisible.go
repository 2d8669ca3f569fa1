package commits

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zwj  = '\u200d'
	zwnj = '\u200c'
)

// hidden is the first character of a text that a reader cannot see, or that changes the order of those that can be seen.
type hidden struct {
	// Kind is "bidi", "zero_width", "control" or "encoding" (not valid UTF-8).
	kind string
	char string
}

// findHidden checks one line. A tab is not hidden; a joiner is allowed where it joins (emoji, and scripts that need
// it), a variation selector after a character.
func findHidden(s string) (hidden, bool) {
	prev := rune(-1)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return hidden{"encoding", fmt.Sprintf("byte 0x%02X", s[i])}, true
		}
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		if kind := hiddenKind(r, prev, next); kind != "" {
			return hidden{kind, fmt.Sprintf("U+%04X", r)}, true
		}
		prev, i = r, i+n
	}
	return hidden{}, false
}

// findReordering checks a line of a body, where only what misleads a reader counts: bidirectional controls and NUL.
func findReordering(s string) (hidden, bool) {
	for _, r := range s {
		if r == 0 {
			return hidden{"control", "U+0000"}, true
		}
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return hidden{"bidi", fmt.Sprintf("U+%04X", r)}, true
		}
	}
	return hidden{}, false
}

func hiddenKind(r, prev, next rune) string {
	switch {
	case r == '\t':
		return ""
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029:
		return "control"
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return "bidi"
	case r == zwj:
		if joins(prev) && joins(next) {
			return ""
		}
		return "zero_width"
	case r == zwnj:
		if unicode.In(prev, unicode.L, unicode.M) && unicode.In(next, unicode.L) && prev > 0x24f {
			return ""
		}
		return "zero_width"
	case unicode.Is(unicode.Variation_Selector, r):
		if prev > 0x20 && !unicode.Is(unicode.Variation_Selector, prev) {
			return ""
		}
		return "zero_width"
	case r >= 0xe0020 && r <= 0xe007f:
		// Tag characters spell the flags of regions after U+1F3F4, and hide text anywhere else.
		if prev == 0x1f3f4 || prev >= 0xe0020 && prev <= 0xe007e {
			return ""
		}
		return "zero_width"
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return "" // Arabic and Indic number signs: format characters that can be seen
	case unicode.Is(unicode.Cf, r), r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x2800, r == 0x034f, r == 0x17b4, r == 0x17b5:
		return "zero_width"
	}
	return ""
}

// joins says whether a zero-width joiner beside the character has a purpose: pictures, their modifiers, and letters of
// Arabic and Indic scripts.
func joins(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sk, unicode.Mn, unicode.Mc) || unicode.Is(unicode.Variation_Selector, r) || r > 0x24f &&
		unicode.IsLetter(r)
}

// maxExcerpt is how many characters of a header are shown.
const maxExcerpt = 72

// excerpt makes one line of untrusted text fit to be shown: at most n characters, hidden characters spelled out, bad bytes replaced.
func excerpt(s string, n int) string {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.TrimRight(s, " \t\r")
	var b strings.Builder
	count, prev := 0, rune(-1)
	for i := 0; i < len(s); {
		r, w := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+w:])
		piece := string(r)
		if r == utf8.RuneError && w == 1 {
			piece = "\ufffd"
		} else if hiddenKind(r, prev, next) != "" {
			piece = fmt.Sprintf("<U+%04X>", r)
		}
		width := utf8.RuneCountInString(piece)
		if count+width > n-1 && (count+width > n || i+w < len(s)) {
			b.WriteString("…")
			break
		}
		b.WriteString(piece)
		count += width
		prev, i = r, i+w
	}
	return b.String()
}
