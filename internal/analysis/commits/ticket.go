package commits

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTickets bounds Facts.Tickets.
const maxTickets = 50

// tickets finds the tickets of the allowed projects that a text names: the key as written in the settings, a hyphen and
// a number without leading zero, standing alone. "PROJ-12" is found in "fix: x (PROJ-12)" and in ".../browse/PROJ-12",
// not in "XPROJ-12", "MY-PROJ-12" or "PROJ-12a". Other things of that shape (UTF-8, SHA-256, CVE-2024-1, ISO-8601) are
// tickets only if their key is listed.
func tickets(text string, keys []string) []string {
	var out []string
	for _, key := range keys {
		if key == "" {
			continue
		}
		for at := 0; ; {
			i := strings.Index(text[at:], key+"-")
			if i < 0 {
				break
			}
			at += i
			end := at + len(key) + 1
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			if t := text[at:end]; numbered(t[len(key)+1:]) && apart(text, at, end) && !slices.Contains(out, t) && len(out) < maxTickets {
				out = append(out, t)
			}
			at = end
		}
	}
	slices.Sort(out)
	return out
}

// miswritten finds a ticket whose key is in the wrong case ("proj-12"), to tell the author.
func miswritten(text string, keys []string) string {
	upper := make([]string, len(keys))
	for i, k := range keys {
		upper[i] = strings.ToUpper(k)
	}
	if t := tickets(strings.ToUpper(text), upper); len(t) > 0 {
		return t[0]
	}
	return ""
}

func numbered(digits string) bool { return digits != "" && digits[0] != '0' && len(digits) <= 12 }

// apart says whether the ticket text[at:end] is not part of a longer word.
func apart(text string, at, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[end:])
	inWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	return (at == 0 || before != '-' && !inWord(before)) && (end == len(text) || !inWord(after))
}
