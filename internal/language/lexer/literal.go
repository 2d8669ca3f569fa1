package lexer

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// maxFence is how many marks may stand before a raw literal.
const maxFence = 30

// literal reads a literal if one begins here.
func (s *scanner) literal(c byte) (done bool, err error) {
	switch s.language {
	case "js", "ts", "tsx":
		return s.script(c)
	case "python":
		return s.python(c)
	case "ruby":
		return s.ruby(c)
	case "php":
		return s.php(c)
	case "rust":
		return s.rust(c)
	case "csharp":
		return s.csharp(c)
	case "swift":
		return s.swift(c)
	case "kotlin", "scala", "java":
		return s.jvm(c)
	case "go":
		if c == '`' {
			return true, s.raw(1, "`")
		}
	case "cpp":
		if c == '"' && s.glued("R", "LR", "uR", "UR", "u8R") {
			return true, s.rawCpp()
		}
	}
	if c == '"' || c == '\'' {
		return true, s.quoted(c, false, "", 0)
	}
	return false, nil
}

// glued reports whether the last token is one of these words and ends here. It says how the literal is written, so it is
// dropped.
func (s *scanner) glued(words ...string) bool {
	if len(s.out) == 0 || int(s.out[len(s.out)-1].End) != s.at {
		return false
	}
	last := s.out[len(s.out)-1]
	for _, w := range words {
		if string(s.text[last.Start:last.End]) == w {
			s.out = s.out[:len(s.out)-1]
			return true
		}
	}
	return false
}

// quoted reads a string with backslashes to the quote that closes it. It may go over lines when lines is true, and
// interpolates between open and closing, if open is not empty.
func (s *scanner) quoted(quote byte, lines bool, open string, closing byte) error {
	start, line := s.at, s.line
	for s.at++; s.at < len(s.text); {
		c := s.text[s.at]
		switch {
		case open != "" && s.has(open):
			s.at += len(open)
			if err := s.interpolation(closing); err != nil {
				return err
			}
			continue
		case c == '\\' && s.peek(1) != 0:
			if s.peek(1) == '\r' && s.peek(2) == '\n' {
				s.at++
			}
			if s.peek(1) == '\n' {
				s.line++
			}
			s.at++
		case c == quote:
			s.at++
			s.addFrom(Literal, start, line)
			return nil
		case c == '\n':
			if !lines {
				return unended(line)
			}
			s.line++
		}
		s.at++
	}
	return unended(line)
}

func unended(line int32) error { return fmt.Errorf("the string of line %d does not end", line) }

// interpolation reads code inside of a literal, to the bracket that closes it, and keeps none of its tokens.
func (s *scanner) interpolation(closing byte) error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("literals of line %d stand in each other more than %d deep", s.line, maxDepth)
	}
	kept := len(s.out)
	if err := s.code(closing); err != nil {
		return err
	}
	s.out = s.out[:kept]
	s.at++
	s.depth--
	return nil
}

// raw reads a literal without backslashes: its first n bytes are before it, and end closes it.
func (s *scanner) raw(n int, end string) error {
	start, line := s.at, s.line
	s.at += n
	i := bytes.Index(s.text[min(s.at, len(s.text)):], []byte(end))
	if i < 0 {
		return unended(line)
	}
	s.at += i + len(end)
	s.line += int32(bytes.Count(s.text[start:s.at], []byte("\n"))) //nolint:gosec // at most maxBytes
	s.addFrom(Literal, start, line)
	return nil
}

// block reads a literal between three quotes, over lines, with backslashes where escapes is true.
func (s *scanner) block(quote string, escapes bool, open string, closing byte) error {
	start, line := s.at, s.line
	for s.at += len(quote); s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case s.has(quote):
			s.at += len(quote)
			for s.at < len(s.text) && s.text[s.at] == quote[0] {
				s.at++ // quotes that belong to the text
			}
			s.addFrom(Literal, start, line)
			return nil
		case open != "" && s.has(open):
			s.at += len(open)
			if err := s.interpolation(closing); err != nil {
				return err
			}
			s.at--
		case c == '\\' && escapes && s.peek(1) != '\n' && s.peek(1) != '\r':
			s.at++
		case c == '\n':
			s.line++
		}
	}
	return unended(line)
}

func (s *scanner) rawCpp() error {
	i := bytes.IndexByte(s.text[s.at:min(len(s.text), s.at+20)], '(')
	if i < 0 {
		return unended(s.line)
	}
	return s.raw(i+1, ")"+string(s.text[s.at+1:s.at+i])+`"`)
}

func (s *scanner) jvm(c byte) (bool, error) {
	open := ""
	if s.language == "kotlin" {
		open = "${"
	} else if last := len(s.out) - 1; s.language == "scala" && last >= 0 && int(s.out[last].End) == s.at && s.out[last].Kind == Word {
		open = "${"
	}
	switch {
	case s.has(`"""`):
		return true, s.block(`"""`, s.language == "java", open, '}')
	case c == '"':
		return true, s.quoted(c, false, open, '}')
	case c == '\'' && s.language == "scala":
		return s.character()
	case c == '\'':
		return true, s.quoted(c, false, "", 0)
	case c == '`':
		return true, s.namedBy()
	}
	return false, nil
}

// namedBy reads a name in backquotes.
func (s *scanner) namedBy() error {
	start := s.at
	i := bytes.IndexAny(s.text[s.at+1:], "`\n")
	if i < 0 || s.text[s.at+1+i] == '\n' {
		return unended(s.line)
	}
	s.at += i + 2
	s.add(Word, start)
	return nil
}

// character reads 'x' as a literal, and 'name as a word: a lifetime or a symbol.
func (s *scanner) character() (bool, error) {
	if s.peek(1) == '\\' {
		return true, s.quoted('\'', false, "", 0)
	}
	start := s.at
	_, n := utf8.DecodeRune(s.text[min(s.at+1, len(s.text)):])
	if n > 0 && s.peek(1+n) == '\'' {
		if s.peek(1) == '\n' {
			return false, nil
		}
		s.at += n + 2
		s.add(Literal, start)
		return true, nil
	}
	if !letter(s.peek(1)) {
		return false, nil
	}
	s.at++
	s.word()
	s.add(Word, start)
	return true, nil
}

func (s *scanner) rust(c byte) (bool, error) {
	switch {
	case c == '\'':
		return s.character()
	case c == '"' && s.glued("r", "br", "cr"):
		return true, s.raw(1, `"`)
	case c == '"':
		return true, s.quoted(c, true, "", 0)
	case c == '#' && (s.peek(1) == '#' || s.peek(1) == '"'):
		n := 1
		for s.peek(n) == '#' && n < maxFence {
			n++
		}
		if s.peek(n) == '"' && s.glued("r", "br", "cr") {
			return true, s.raw(n+1, `"`+string(s.text[s.at:s.at+n]))
		}
	}
	return false, nil
}

func (s *scanner) swift(c byte) (bool, error) {
	n := 0
	for s.peek(n) == '#' && n < maxFence {
		n++
	}
	hashes := string(s.text[s.at : s.at+n])
	switch {
	case n > 0 && bytes.HasPrefix(s.text[s.at+n:], []byte(`"""`)):
		return true, s.raw(n+3, `"""`+hashes)
	case n > 0 && s.peek(n) == '"':
		return true, s.raw(n+1, `"`+hashes)
	case s.has(`"""`):
		return true, s.block(`"""`, true, `\(`, ')')
	case c == '"':
		return true, s.quoted(c, false, `\(`, ')')
	case c == '`':
		return true, s.namedBy()
	}
	return false, nil
}

func (s *scanner) python(c byte) (bool, error) {
	if c != '"' && c != '\'' {
		return false, nil
	}
	s.glued("r", "b", "f", "u", "R", "B", "F", "U", "rb", "br", "fr", "rf", "Rb", "bR", "RB", "BR", "fR", "Rf", "FR", "RF", "t")
	if three := string([]byte{c, c, c}); s.has(three) {
		return true, s.block(three, true, "", 0)
	}
	return true, s.quoted(c, false, "", 0)
}

func (s *scanner) csharp(c byte) (bool, error) {
	if c == '\'' {
		return true, s.quoted(c, false, "", 0)
	}
	n := 0
	verbatim, interpolates := false, false
	for (s.peek(n) == '@' || s.peek(n) == '$') && n < maxFence {
		verbatim = verbatim || s.peek(n) == '@'
		interpolates = interpolates || s.peek(n) == '$'
		n++
	}
	if s.peek(n) != '"' {
		return false, nil
	}
	quotes := 0
	for s.peek(n+quotes) == '"' && quotes < maxFence {
		quotes++
	}
	switch {
	case quotes >= 3 && !verbatim:
		return true, s.raw(n+quotes, string(s.text[s.at+n:s.at+n+quotes]))
	case verbatim || interpolates:
		return true, s.holes(n, verbatim, interpolates)
	}
	return true, s.quoted(c, false, "", 0)
}

// holes reads a string of C# with {} to fill, doubled braces, and, when verbatim, doubled quotes.
func (s *scanner) holes(n int, verbatim, interpolates bool) error {
	start, line := s.at, s.line
	for s.at += n + 1; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"' && verbatim && s.peek(1) == '"', interpolates && c == '{' && s.peek(1) == '{',
			c == '\\' && !verbatim && s.peek(1) != '\n':
			s.at++
		case c == '"':
			s.at++
			s.addFrom(Literal, start, line)
			return nil
		case interpolates && c == '{':
			s.at++
			if err := s.interpolation('}'); err != nil {
				return err
			}
			s.at--
		case c == '\n':
			if !verbatim {
				return unended(line)
			}
			s.line++
		}
	}
	return unended(line)
}

func (s *scanner) php(c byte) (bool, error) {
	switch {
	case c == '"' || c == '\'' || c == '`':
		return true, s.quoted(c, true, "", 0)
	case s.has("<<<"):
		i := s.at + 3
		for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '"' || s.text[i] == '\'') {
			i++
		}
		end := i
		for end < len(s.text) && (letter(s.text[end]) || digit(s.text[end])) {
			end++
		}
		if end == i {
			return false, nil
		}
		start, line := s.at, s.line
		s.at = end
		if err := s.toLabel(string(s.text[i:end])); err != nil {
			return true, err
		}
		s.addFrom(Literal, start, line)
		return true, nil
	}
	return false, nil
}

// toLabel steps behind the line that begins with a here-document's label.
func (s *scanner) toLabel(label string) error {
	line := s.line
	for {
		n := bytes.IndexByte(s.text[s.at:], '\n')
		if n < 0 {
			return fmt.Errorf("the text that line %d begins does not end", line)
		}
		s.at += n + 1
		s.line++
		i := s.at
		for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '\t') {
			i++
		}
		if bytes.HasPrefix(s.text[i:], []byte(label)) {
			if end := i + len(label); end == len(s.text) || !letter(s.text[end]) && !digit(s.text[end]) {
				s.at = end
				return nil
			}
		}
	}
}
