// Package text shortens, counts, lists and digests. These are the small functions that every package needs and none should write again.
//
// Callers may rely on: no function splits a character; text within its limit comes back unchanged, byte for byte.
package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ellipsis marks where text was cut.
const ellipsis = "…"

// Clip cuts s after n characters and marks the cut with an ellipsis, which is not counted.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + ellipsis
		}
		count++
	}
	return s
}

// ClipBytes cuts s after at most n bytes and marks the cut with an ellipsis, which is not counted. What it cuts loses its invalid bytes.
func ClipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + ellipsis
}

// Fit cuts s to at most n bytes, the ellipsis that marks the cut included. What it cuts loses its invalid bytes.
func Fit(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return ClipBytes(s, n-len(ellipsis))
}

// Prefix is the first n bytes of s, or up to three fewer so that no character is split. Nothing marks the cut.
func Prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for end := n; end > max(n-utf8.UTFMax, 0); end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}
	return s[:max(n-utf8.UTFMax, 0)]
}

// Count is a number with its noun: "1 file", "3 files". The plural takes an s.
func Count(n int, noun string) string {
	return strconv.Itoa(n) + " " + Plural(n, noun, noun+"s")
}

// Plural chooses the word that goes with a number.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// List joins words as a sentence does: "a", "a and b", "a, b and c".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
