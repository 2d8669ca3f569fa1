package lexer

import (
	"bytes"
	"fmt"
	"strings"
)

// comment reads a comment, or a line of the preprocessor, if one begins here.
func (s *scanner) comment(c byte) (done bool, err error) {
	switch {
	case c == '#' && (s.language == "python" || s.language == "ruby" || s.language == "php" && s.peek(1) != '['):
		s.lineComment()
		return true, nil
	case c == '#' && s.preprocessed() && s.firstOfLine():
		return s.directive(), nil
	case s.language == "python" || s.language == "ruby":
		if s.language == "ruby" && c == '=' && s.has("=begin") && s.lineStart() {
			return true, s.until("\n=end", "comment", Comment)
		}
		return false, nil
	case c == '/' && s.peek(1) == '/':
		s.lineComment()
		return true, nil
	case c == '/' && s.peek(1) == '*':
		return true, s.blockComment()
	case c == '?' && s.language == "php" && s.peek(1) == '>':
		s.page()
		return true, nil
	}
	return false, nil
}

func (s *scanner) lineComment() {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != '\n' {
		if s.language == "php" && s.has("?>") {
			break
		}
		s.at++
	}
	s.add(Comment, start)
}

// nested are the languages whose block comments stand in each other.
var nested = map[Language]bool{"rust": true, "swift": true, "kotlin": true, "scala": true}

func (s *scanner) blockComment() error {
	start, line, depth := s.at, s.line, 0
	for s.at < len(s.text) {
		switch {
		case s.has("*/"):
			s.at += 2
			if depth--; depth == 0 {
				s.addFrom(Comment, start, line)
				return nil
			}
			continue
		case s.has("/*") && (depth == 0 || nested[s.language]):
			s.at += 2
			depth++
			continue
		case s.text[s.at] == '\n':
			s.line++
		}
		s.at++
	}
	return fmt.Errorf("the comment of line %d does not end", line)
}

// until reads to the end of a mark as one token.
func (s *scanner) until(end, what string, k Kind) error {
	start, line := s.at, s.line
	n := bytes.Index(s.text[s.at:], []byte(end))
	if n < 0 {
		return fmt.Errorf("the %s of line %d does not end", what, line)
	}
	s.at += n + len(end)
	s.line += int32(bytes.Count(s.text[start:s.at], []byte("\n"))) //nolint:gosec // at most maxBytes
	s.addFrom(k, start, line)
	return nil
}

// page steps over text of HTML to the next piece of PHP.
func (s *scanner) page() {
	rest := s.text[s.at:]
	n := bytes.Index(rest, []byte("<?"))
	if n < 0 {
		s.at, s.ended = len(s.text), true
		return
	}
	s.line += int32(bytes.Count(rest[:n], []byte("\n"))) //nolint:gosec // at most maxBytes
	s.at += n + 2
	if s.has("php") {
		s.at += 3
	} else if s.has("=") {
		s.at++
	}
}

func (s *scanner) preprocessed() bool {
	switch s.language {
	case "c", "cpp", "csharp", "swift":
		return true
	}
	return false
}

func (s *scanner) lineStart() bool { return s.at == 0 || s.text[s.at-1] == '\n' }

func (s *scanner) firstOfLine() bool {
	for i := s.at - 1; i >= 0 && s.text[i] != '\n'; i-- {
		if s.text[i] > ' ' {
			return false
		}
	}
	return true
}

// directive steps over a line of the preprocessor, and over the branches that #else and #elif begin. It is false when
// the mark begins something else (Swift's #available).
func (s *scanner) directive() bool {
	name := s.directiveName()
	switch name {
	case "else", "elif", "elseif", "elifdef", "elifndef":
		s.skipBranch(false)
		return true
	case "if":
		off := strings.HasPrefix(strings.TrimSpace(string(s.text[s.at+1:min(len(s.text), s.at+24)])), "if 0")
		s.skipLine()
		if off {
			s.skipBranch(true)
		}
		return true
	case "endif", "warning", "error", "line":
	default:
		if s.language == "swift" {
			return false
		}
	}
	s.skipLine()
	return true
}

func (s *scanner) directiveName() string {
	i := s.at + 1
	for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '\t') {
		i++
	}
	end := i
	for end < len(s.text) && letter(s.text[end]) {
		end++
	}
	return string(s.text[i:end])
}

// skipLine steps to the end of the line; a backslash at its end continues it, and so does a comment of C that is open
// there.
func (s *scanner) skipLine() {
	quoted, remark := false, false
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"' && s.text[s.at-1] != '\\':
			quoted = !quoted
		case c == '/' && s.peek(1) == '/' && !quoted:
			remark = true
		case c == '/' && s.peek(1) == '*' && !quoted && !remark && s.language != "csharp":
			s.skipComment()
			continue
		case c == '\n':
			if b := bytes.TrimRight(s.text[:s.at], "\r"); s.language == "csharp" || len(b) == 0 || b[len(b)-1] != '\\' {
				return
			}
			s.line++
		}
		s.at++
	}
}

// skipComment steps behind a comment of C; to the end of its line where it does not end.
func (s *scanner) skipComment() {
	n := bytes.Index(s.text[s.at:], []byte("*/"))
	if n < 0 {
		s.at += 2
		return
	}
	s.line += int32(bytes.Count(s.text[s.at:s.at+n], []byte("\n"))) //nolint:gosec // at most maxBytes
	s.at += n + 2
}

// skipBranch steps to the #endif, or for the first branch, that of #if 0, to its #else.
func (s *scanner) skipBranch(first bool) {
	depth := 0
	for s.at < len(s.text) {
		if s.text[s.at] == '#' && s.firstOfLine() {
			switch name := s.directiveName(); {
			case strings.HasPrefix(name, "if"):
				depth++
			case name == "endif" && depth == 0:
				s.skipLine()
				return
			case name == "endif":
				depth--
			case name == "else" && first && depth == 0:
				s.skipLine()
				return
			}
		}
		if n := bytes.IndexByte(s.text[s.at:], '\n'); n >= 0 {
			s.at += n + 1
			s.line++
			for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
				s.at++
			}
			continue
		}
		s.at = len(s.text)
	}
}
