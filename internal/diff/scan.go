package diff

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

// scanner walks a text line by line. Only a newline ends a line: a form feed, a lone carriage return and U+2028 are text.
type scanner struct {
	text string
	pos  int
	// line is the number of the current line, from 1, for errors.
	line int
	// lenient lets the text end in an empty context line that lost its blank and its newline.
	lenient bool
}

func newScanner(text string) *scanner { return &scanner{text: text, line: 1} }

func (s *scanner) done() bool { return s.pos >= len(s.text) }

// peek returns the current line without its newline. At the end of the text it returns "".
func (s *scanner) peek() string {
	rest := s.text[s.pos:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		return rest[:i]
	}
	return rest
}

// next moves past the line that peek returned.
func (s *scanner) next(current string) {
	s.pos = min(s.pos+len(current)+1, len(s.text))
	s.line++
}

// at reports whether the current line starts with prefix.
func (s *scanner) at(prefix string) bool { return strings.HasPrefix(s.text[s.pos:], prefix) }

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d of the diff: %w", s.line, fmt.Errorf(format, args...))
}

// clip shortens outside text for an error message.
func clip(s string) string {
	if len(s) > 80 {
		return text.Prefix(s, 80) + "..."
	}
	return s
}
