package language

import (
	"bytes"
	"strings"
)

const (
	// headerLines is how far into a file a mark is looked for; licences come first.
	headerLines = 40
	// headerWidth is how much of a line is looked at.
	headerWidth = 400
)

// marked looks for the mark of a generator in a comment near the start of a file: "@generated", or "generated" together with
// "do not edit" or "do not modify" on one line.
func marked(head []byte) bool {
	for range headerLines {
		line, rest, more := bytes.Cut(head, []byte("\n"))
		if text, ok := comment(string(line[:min(len(line), headerWidth)])); ok {
			lower := strings.ToLower(text)
			if hasWord(lower, "@generated") ||
				strings.Contains(lower, "generated") && (strings.Contains(lower, "do not edit") || strings.Contains(lower, "do not modify")) {
				return true
			}
		}
		if !more {
			return false
		}
		head = rest
	}
	return false
}

// commentMarks start a comment in one language or another.
var commentMarks = []string{"//", "/*", "#", "--", ";", "<!--", "%", "*", "'", `"""`, "{-", "(*", "REM "}

func comment(line string) (string, bool) {
	line = strings.TrimPrefix(strings.TrimSpace(line), "\ufeff")
	for _, mark := range commentMarks {
		if text, ok := strings.CutPrefix(line, mark); ok {
			return text, true
		}
	}
	return "", false
}

// hasWord reports whether text holds word with neither a letter nor a dash before or behind it.
func hasWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if (start == 0 || !inWord(text[start-1])) && (end == len(text) || !inWord(text[end])) {
			return true
		}
		from = end
	}
}

func inWord(c byte) bool { return letter(c) || digit(c) || c == '-' || c == '_' || c == '@' }
