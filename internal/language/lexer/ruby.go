package lexer

import "bytes"

// heredoc is a here-document whose text begins after the line.
type heredoc struct{ label string }

// ruby reads a literal of Ruby if one begins here.
func (s *scanner) ruby(c byte) (bool, error) {
	switch {
	case c == '"' || c == '`':
		return true, s.quoted(c, true, "#{", '}')
	case c == '\'':
		return true, s.quoted(c, true, "", 0)
	case c == '/' && s.opensValue():
		return s.regexp(), nil
	case c == '%' && s.opensValue():
		return s.percent()
	case c == '?' && s.expectsValue() && s.peek(1) > ' ' && !letter(s.peek(2)) && !digit(s.peek(2)):
		start := s.at
		s.at += 2
		s.add(Literal, start)
		return true, nil
	case c == '<' && s.peek(1) == '<':
		return s.label(), nil
	case c == '_' && s.lineStart() && s.has("__END__"):
		s.ended = true
		return true, nil
	}
	return false, nil
}

// valueWords are the words after which a value begins, so that a slash is no division.
var valueWords = map[string]bool{
	"if": true, "elsif": true, "unless": true, "while": true, "until": true, "when": true, "in": true, "and": true, "or": true,
	"not": true, "return": true, "then": true, "else": true, "do": true, "puts": true, "typeof": true, "case": true, "of": true,
	"delete": true, "void": true, "throw": true, "new": true, "instanceof": true, "yield": true, "await": true, "default": true,
}

// expectsValue says whether a value begins here, by what stands before. In Ruby it also does when a word, a space and
// no further space stand around the mark: "split /,/".
func (s *scanner) expectsValue() bool {
	t, ok := s.before()
	if !ok {
		return true
	}
	switch t.Kind {
	case Mark:
		last := s.text[t.End-1]
		return last != ')' && last != ']' && last != '}'
	case Word:
		if valueWords[string(s.text[t.Start:t.End])] {
			return t.Start == 0 || s.text[t.Start-1] != '.'
		}
		return s.language == "ruby" && int(t.End) < s.at && s.peek(1) > ' ' && s.peek(1) != '='
	}
	return false
}

// opensValue is expectsValue for a mark of Ruby that no line begins with as an operator.
func (s *scanner) opensValue() bool {
	if t, ok := s.before(); ok {
		switch what := string(s.text[t.Start:t.End]); {
		case t.Kind == Word && what == "def", t.Kind == Mark && what == ":" && int(t.End) == s.at:
			return false // a method with the mark's name, or the symbol of it
		}
	}
	return s.firstOfLine() || s.expectsValue()
}

// maxRegexp is the longest regular expression.
const maxRegexp = 2000

// regexp reads a regular expression, which ends on its line; else the slash is a division. In Ruby it may go on.
func (s *scanner) regexp() bool {
	if s.at < s.noRegexp {
		return false
	}
	start, line, class := s.at, s.line, false
	lines := int32(0)
	for i := s.at + 1; i < min(len(s.text), s.at+maxRegexp); i++ {
		switch c := s.text[i]; {
		case c == '\n':
			if s.language != "ruby" {
				s.noRegexp = i
				return false
			}
			lines++
		case c == '\\' && i+1 < len(s.text) && s.text[i+1] != '\n':
			i++
		case c == '#' && s.language == "ruby" && i+1 < len(s.text) && s.text[i+1] == '{':
			// What is put in may have slashes and brackets of its own.
			for depth := 0; i < min(len(s.text), s.at+maxRegexp) && s.text[i] != '\n'; i++ {
				if s.text[i] == '{' {
					depth++
				} else if s.text[i] == '}' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			if i < len(s.text) && s.text[i] == '\n' {
				i--
			}
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(s.text) && letter(s.text[i]); i++ {
			}
			s.at, s.line = i, line+lines
			s.addFrom(Literal, start, line)
			return true
		}
	}
	s.noRegexp = min(len(s.text), s.at+maxRegexp)
	return false
}

// percent reads %w[a b], %q(a), %r{a} and the like.
func (s *scanner) percent() (bool, error) {
	n := 1
	if letter(s.peek(1)) {
		if !bytes.ContainsRune([]byte("wWiIqQrsx"), rune(s.peek(1))) {
			return false, nil
		}
		n = 2
	}
	open := s.peek(n)
	closing, paired := map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>'}[open]
	if !paired {
		if open != '|' && open != '!' && open != '/' || n == 1 {
			return false, nil
		}
		closing = open
	}
	start, line, depth := s.at, s.line, 0
	for s.at += n + 1; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\n':
			s.line++
		case c == '\\' && s.peek(1) != '\n':
			s.at++
		case c == closing && depth == 0:
			s.at++
			s.addFrom(Literal, start, line)
			return true, nil
		case c == closing:
			depth--
		case c == open && paired:
			depth++
		}
	}
	return true, unended(line)
}

// label reads the beginning of a here-document: <<~SQL, <<-'SQL', <<SQL.
func (s *scanner) label() bool {
	n := 2
	marked := s.peek(n) == '~' || s.peek(n) == '-'
	if marked {
		n++
	}
	quote := s.peek(n)
	if quote == '"' || quote == '\'' || quote == '`' {
		n++
	} else {
		quote = 0
	}
	from := n
	for letter(s.peek(n)) || digit(s.peek(n)) {
		n++
	}
	upper := s.peek(from) >= 'A' && s.peek(from) <= 'Z'
	if n == from || !marked && (!upper || !s.expectsValue() && quote == 0) {
		return false
	}
	name := string(s.text[s.at+from : s.at+n])
	if quote != 0 {
		if s.peek(n) != quote {
			return false
		}
		n++
	}
	start := s.at
	s.at += n
	s.add(Literal, start)
	s.heredocs = append(s.heredocs, heredoc{name})
	return true
}

// afterLine reads the here-documents that the line began.
func (s *scanner) afterLine() error {
	waiting := s.heredocs
	s.heredocs = nil
	for _, h := range waiting {
		s.at-- // the line's end
		s.line--
		start, line := s.at, s.line
		if err := s.toLabel(h.label); err != nil {
			return err
		}
		s.addFrom(Literal, start, line)
		if n := bytes.IndexByte(s.text[s.at:], '\n'); n >= 0 {
			s.at += n + 1
			s.line++
		} else {
			s.at = len(s.text)
			return nil
		}
	}
	return nil
}
