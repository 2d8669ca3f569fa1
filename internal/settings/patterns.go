package settings

import (
	"fmt"
	"strings"
)

// maxStars bounds the wildcards of one pattern: matching tries each of them at each place.
const maxStars = 20

// badPattern says what is wrong with a pattern as in .gitignore; empty when nothing is.
func badPattern(p string) string {
	switch {
	case strings.TrimSpace(p) == "" && p != "":
		return "is blank"
	case strings.HasPrefix(p, "!"):
		return "begins with !; a pattern here cannot take files back in"
	case strings.HasPrefix(p, "#"):
		return "begins with #, which .gitignore reads as a comment; write \\#"
	case strings.Count(p, "*") > maxStars:
		return fmt.Sprintf("has more than %d wildcards", maxStars)
	case strings.ContainsAny(p, "\n\r\x00"):
		return "has a line end or NUL in it"
	}
	return ""
}

// clip cuts what a file says for a message about it.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}
