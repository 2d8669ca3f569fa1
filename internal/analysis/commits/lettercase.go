package commits

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var quoted = regexp.MustCompile("`.*?`|\".*?\"|'.*?'")

// CasesOf gives those of the refused cases ("sentence", "start", "pascal", "upper") that a subject is in, as commitlint's subject-case sees it:
// only a subject that begins with a letter that has a case is looked at, quoted parts are left out, and a case holds when converting to it changes nothing.
func CasesOf(subject string, refused []string) []string {
	first, _ := utf8.DecodeRuneInString(subject)
	if !unicode.In(first, unicode.Lu, unicode.Ll, unicode.Lt) {
		return nil
	}
	text := strings.TrimSpace(quoted.ReplaceAllString(subject, ""))
	var in []string
	for _, c := range refused {
		var is bool
		switch c {
		case "sentence":
			is = capitalised(text)
		case "start":
			is = startCase(text)
		case "pascal":
			is = pascalCase(text)
		case "upper":
			is = strings.ToUpper(text) == text && !strings.ContainsRune(text, 'ß')
		}
		if is {
			in = append(in, c)
		}
	}
	return in
}

// capitalised says whether the first letter is as upper case would have it.
func capitalised(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.ToUpper(r) == r && r != 'ß'
}

// startCase says whether the text is words, each capitalised, with single spaces between them and nothing else: "Add Csv Export", "Add CSV".
func startCase(s string) bool {
	if folded(s) {
		return false
	}
	for word := range strings.SplitSeq(s, " ") {
		if parts := words(word); len(parts) != 1 || parts[0] != word || !capitalised(word) {
			return false
		}
	}
	return true
}

// pascalCase says whether the text is capitalised words with nothing between them: "AddCsvExport", and so any single capitalised word.
func pascalCase(s string) bool {
	if folded(s) {
		return false
	}
	parts := words(s)
	for _, p := range parts {
		r, n := utf8.DecodeRuneInString(p)
		if unicode.ToUpper(r) != r || strings.ToLower(p[n:]) != p[n:] {
			return false
		}
	}
	return len(parts) > 0 && strings.Join(parts, "") == s
}

// folded says whether converting the text to words would already change it: apostrophes go, Latin letters with marks lose them.
func folded(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r == '\'' || r == '\u2019' || unicode.Is(unicode.Mn, r) || (r >= 0xc0 && r <= 0x17f && r != 0xd7 && r != 0xf7)
	})
}

// kind is what a rune is when a text is cut into words. ASCII letters have a case; letters of other scripts stay together.
type kind int

const (
	breaks kind = iota
	lower
	upper
	digit
	other
)

func kindOf(r rune) kind {
	switch {
	case r >= 'a' && r <= 'z':
		return lower
	case r >= 'A' && r <= 'Z':
		return upper
	case r >= '0' && r <= '9':
		return digit
	case r < 0x80 || unicode.IsSpace(r) || unicode.IsPunct(r) || r >= 0x2000 && r <= 0x206f:
		return breaks
	}
	return other
}

// words cuts a text the way the case converters of JavaScript do: "addHTTPServer2" is add, HTTP, Server, 2.
func words(s string) []string {
	var out []string
	runes := []rune(s)
	for i := 0; i < len(runes); {
		k := kindOf(runes[i])
		if k == breaks {
			i++
			continue
		}
		start := i
		i++
		switch k {
		case upper:
			for i < len(runes) && kindOf(runes[i]) == upper {
				i++
			}
			if i < len(runes) && (kindOf(runes[i]) == lower || kindOf(runes[i]) == other) {
				if next := kindOf(runes[i]); i-start > 1 {
					i-- // the last capital begins the next word
				} else {
					for i < len(runes) && kindOf(runes[i]) == next {
						i++
					}
				}
			}
		default:
			for i < len(runes) && kindOf(runes[i]) == k {
				i++
			}
		}
		out = append(out, string(runes[start:i]))
	}
	return out
}
