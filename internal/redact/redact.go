// Package redact replaces what looks like a secret by a placeholder.
// It errs on the side of redacting too much: what it makes is for a prompt or a log, never for a verdict.
//
// Callers may rely on: no path, comment or setting of the text's author switches it off; the same secret gets the same
// placeholder in all texts of one Session; the number of lines stays; a text that could not be looked at wholly is an
// error and never comes back as it was; a Detector reads its rules when it is first used, holds nothing after Release,
// and is safe for use by several goroutines, as is a Session.
package redact

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Limits of one text.
const (
	// maxBytes is the largest text. MaxLine is the longest line that is looked at: the rest of a longer one is cut, and CutMark says so.
	maxBytes = 1 << 20
	maxLine  = 10_000
	cutMark  = "<CUT: LINE TOO LONG>"
)

// ErrTooLarge says that a text is larger than MaxBytes.
var ErrTooLarge = errors.New("the text is too large to look for secrets")

// Session numbers the secrets of several texts that belong together. Make one with Detector.Session.
type Session struct {
	detector *Detector
	mu       sync.Mutex
	numbers  map[string]int
}

// Session begins a numbering.
func (d *Detector) Session() *Session {
	return &Session{detector: d, numbers: map[string]int{}}
}

// Redact replaces each secret of a text by <SECRET_1>, <SECRET_2> and so on, and says how many places it replaced. path
// only words the error.
func (s *Session) Redact(path, text string) (string, int, error) {
	if len(text) > maxBytes {
		return "", 0, fmt.Errorf("redact %q: %d bytes, of at most %d: %w", path, len(text), maxBytes, ErrTooLarge)
	}
	text = cutLines(text)
	spans, err := s.detector.spans(text)
	if err != nil {
		return "", 0, fmt.Errorf("redact %q: %w", path, err)
	}
	if len(spans) == 0 {
		return text, 0, nil
	}
	var b strings.Builder
	at := 0
	for _, sp := range spans {
		b.WriteString(text[at:sp.start])
		// A secret of several lines leaves its placeholder on each, so that lines keep their numbers.
		for i, line := range strings.Split(text[sp.start:sp.end], "\n") {
			if i > 0 {
				b.WriteByte('\n')
			}
			if indent, rest := leading(line); rest != "" {
				b.WriteString(indent + s.placeholder(text[sp.start:sp.end]))
				if strings.HasSuffix(rest, "\r") {
					b.WriteByte('\r')
				}
			} else {
				b.WriteString(line)
			}
		}
		at = sp.end
	}
	b.WriteString(text[at:])
	return b.String(), len(spans), nil
}

// leading splits the white space before a line's text.
func leading(line string) (indent, rest string) {
	rest = strings.TrimLeft(line, " \t")
	if strings.TrimSpace(rest) == "" {
		return line, ""
	}
	return line[:len(line)-len(rest)], rest
}

func (s *Session) placeholder(secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.numbers[secret]
	if n == 0 {
		n = len(s.numbers) + 1
		s.numbers[secret] = n
	}
	return "<SECRET_" + strconv.Itoa(n) + ">"
}

// cutLines cuts lines that are longer than MaxLine: what nobody looked at is not sent.
func cutLines(text string) string {
	if len(text) <= maxLine {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if len(line) > maxLine {
			end := ""
			if strings.HasSuffix(line, "\n") {
				end = "\n"
			}
			line = strings.ToValidUTF8(line[:maxLine], "") + cutMark + end
		}
		b.WriteString(line)
	}
	return b.String()
}

// span is a stretch of bytes.
type span struct{ start, end int }

// merged sorts spans and joins those that overlap or touch.
func merged(spans []span) []span {
	sorting.By(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
		} else if s.end > s.start {
			out = append(out, s)
		}
	}
	return out
}
