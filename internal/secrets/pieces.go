package secrets

import "strings"

// Pieces finds what stands between two pieces of one text: the closing quote, an operator or a line's end, the opening
// quote. Each is the bytes from one to before the other.
func Pieces(text string) (joints [][2]int) {
	for at := 0; at < len(text); {
		i := strings.IndexAny(text[at:], "\"'`")
		if i < 0 {
			break
		}
		at += i
		if end := joint(text, at); end > at+2 {
			joints = append(joints, [2]int{at, end})
			at = end
			continue
		}
		at++
	}
	return joints
}

// joint is behind the opening quote when a closing one stands at a place; 0 when no other piece follows. Two quotes
// alone are an empty text: x = "" names no pieces.
func joint(text string, at int) int {
	end := run(text, at+1, blanks)
	end = operator(text, end, "\\")
	if end = run(text, end, blanksCR); end < len(text) && text[end] == '\n' {
		end++
	}
	end = operator(text, run(text, end, blanks), "")
	if end = run(text, end, blanks); end == len(text) || !quotes.has(text[end]) {
		return 0
	}
	return end + 1
}

var (
	blanks   = setOf(" \t", false)
	blanksCR = setOf(" \t\r", false)
	quotes   = setOf("\"'`", false)
)

// operator goes behind what joins texts: a plus, one dot or two, an ampersand, or one of the others.
func operator(text string, at int, others string) int {
	switch {
	case at == len(text):
	case strings.HasPrefix(text[at:], ".."):
		return at + 2
	case strings.IndexByte("+.&"+others, text[at]) >= 0:
		return at + 1
	}
	return at
}
