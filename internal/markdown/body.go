package markdown

import (
	"encoding/base64"
	"strings"
)

// cutNote ends a body that was cut.
const cutNote = "\n\n_The rest was cut, because it is too long for this page._\n"

// Truncate cuts a body that was made with this package to at most limit bytes. It keeps whole lines, since half a line could lose the end
// of a code span and set its content free; closes an open fence and open <details>; and says that it cut.
// A limit too small for that sentence gives an empty body.
func Truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	var kept strings.Builder
	best := ""
	fence, details := "", 0
	for line := range strings.Lines(s) {
		if kept.Len()+len(line) > limit {
			break
		}
		kept.WriteString(line)
		fence, details = follow(line, fence, details)
		closing := cutNote
		if details > 0 {
			closing = "\n" + strings.Repeat("</details>\n", details) + closing
		}
		if fence != "" {
			closing = fence + "\n" + closing
		}
		if kept.Len()+len(closing) <= limit {
			best = strings.TrimSuffix(kept.String(), "\n") + "\n" + strings.TrimPrefix(closing, "\n")
		}
	}
	if best == "" && len(cutNote)-2 <= limit {
		return cutNote[2:]
	}
	return best
}

// follow tracks whether the line opens or closes a fence or a <details> element of its own.
func follow(line, fence string, details int) (string, int) {
	line = strings.TrimRight(line, "\n")
	ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
	switch {
	case fence != "":
		if len(ticks) >= len(fence) && strings.Trim(line, "` ") == "" {
			fence = ""
		}
	case len(ticks) >= 3 && !strings.Contains(line[len(ticks):], "`"):
		fence = ticks
	default:
		details = max(0, details+strings.Count(line, "<details")-strings.Count(line, "</details>"))
	}
	return fence, details
}

// Hidden writes a marker that no reader sees: "<!-- name payload -->". The payload is in base64, so that no text can end the comment.
// name is ours: letters, digits, ":" and single "-".
func Hidden(name, payload string) string {
	return "<!-- " + name + " " + base64.RawStdEncoding.EncodeToString([]byte(payload)) + " -->"
}

// FindHidden gives the payload of the first marker of that name. Anybody can write one: callers trust it only in what their own App wrote.
func FindHidden(body, name string) (payload string, ok bool) {
	_, rest, ok := strings.Cut(body, "<!-- "+name+" ")
	if !ok {
		return "", false
	}
	coded, _, ok := strings.Cut(rest, " -->")
	if !ok {
		return "", false
	}
	raw, err := base64.RawStdEncoding.DecodeString(coded)
	return string(raw), err == nil
}
