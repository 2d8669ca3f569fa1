package lexer

import "fmt"

// script reads a literal of JavaScript or TypeScript if one begins here, and elements of JSX.
func (s *scanner) script(c byte) (bool, error) {
	switch {
	case c == '"' || c == '\'':
		return true, s.quoted(c, false, "", 0)
	case c == '`':
		return true, s.quoted(c, true, "${", '}')
	case c == '/' && s.expectsValue():
		return s.regexp(), nil
	case c == '#' && s.at == 0 && s.peek(1) == '!':
		s.lineComment()
		return true, nil
	case c == '<' && s.language != "ts" && s.expectsValue() && s.element():
		return true, s.jsx()
	}
	return false, nil
}

// element reports whether the mark < begins an element, and no generic function: <T,>(x) => x, <T extends U>.
func (s *scanner) element() bool {
	n := 1
	if s.peek(n) == '>' {
		return true
	}
	for letter(s.peek(n)) || digit(s.peek(n)) {
		n++
	}
	if n == 1 {
		return false
	}
	for s.peek(n) == ' ' {
		n++
	}
	at := s.at
	s.at += n
	generic := s.has(",") || s.has("extends ") || s.has("=") && !s.has("={")
	s.at = at
	return !generic
}

// jsx reads an element with all that it holds. Text between tags is a literal; what stands in braces is code.
func (s *scanner) jsx() error {
	if s.depth++; s.depth > 10*maxDepth {
		return fmt.Errorf("elements of line %d stand in each other more than %d deep", s.line, 10*maxDepth)
	}
	defer func() { s.depth-- }()
	closed, err := s.tag()
	if closed || err != nil {
		return err
	}
	start, line := s.at, s.line
	text := func() {
		if s.at > start {
			s.addFrom(Literal, start, line)
		}
	}
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '{':
			text()
			if err := s.braces(); err != nil {
				return err
			}
			start, line = s.at, s.line
		case c == '<' && s.peek(1) == '/':
			text()
			_, err := s.tag()
			return err
		case c == '<':
			text()
			if err := s.jsx(); err != nil {
				return err
			}
			start, line = s.at, s.line
		case c == '\n':
			s.line++
			s.at++
		default:
			s.at++
		}
	}
	return fmt.Errorf("the element before line %d does not end", s.line)
}

// braces reads code in braces, and keeps its tokens and the braces.
func (s *scanner) braces() error {
	s.at++
	s.out = append(s.out, Token{Start: int32(s.at - 1), End: int32(s.at), Line: s.line, Kind: Mark}) //nolint:gosec // at most maxBytes
	if err := s.code('}'); err != nil {
		return err
	}
	s.at++
	s.out = append(s.out, Token{Start: int32(s.at - 1), End: int32(s.at), Line: s.line, Kind: Mark}) //nolint:gosec // at most maxBytes
	return nil
}

// tag reads from < to >. closed is true for one that ends itself: <br/>.
func (s *scanner) tag() (closed bool, err error) {
	start, line := s.at, s.line
	generics := 0
	for s.at++; s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '"' || c == '\'':
			if err := s.attribute(c); err != nil {
				return false, err
			}
			continue
		case c == '{':
			if err := s.braces(); err != nil {
				return false, err
			}
			continue
		case c == '<':
			generics++
		case c == '>' && generics > 0:
			generics--
		case c == '>':
			closed = s.text[s.at-1] == '/'
			s.at++
			s.addFrom(Literal, max(start, s.at-1), line)
			return closed, nil
		case c == '\n':
			s.line++
		}
		s.at++
	}
	return false, fmt.Errorf("the tag of line %d does not end", line)
}

// attribute steps over a quoted value, which knows no backslash.
func (s *scanner) attribute(quote byte) error {
	line := s.line
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case quote:
			s.at++
			return nil
		case '\n':
			s.line++
		}
	}
	return unended(line)
}
