package smells

import (
	"strings"

	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// testName is how functions are called that test, in sources that hold their tests.
var testName = lazyregexp.New(`^(?:test|Test)(?:[A-Z_]|$)|[a-z0-9]Tests?$|_tests?$`)

// inlineTests drops the tests that stand inside of a source file from what the change adds: functions with the name of a
// test, and for Rust modules under #[cfg(test)] and functions under #[test]. They are tests like any in a file of their
// own.
func (s *source) inlineTests(functions []function.Function) {
	for _, f := range functions {
		if testName.MatchString(short(f.Name)) {
			s.drop(f.Line, f.EndLine)
		}
	}
	if lexer.Of(s.Path) != "rust" {
		return
	}
	code := make([]lexer.Token, 0, len(s.tokens))
	for _, t := range s.tokens {
		if t.Kind != lexer.Comment {
			code = append(code, t)
		}
	}
	for i := 0; i+2 < len(code); i++ {
		if s.word(code[i]) != "#" || s.word(code[i+1]) != "[" {
			continue
		}
		end, test := s.attribute(code, i+2)
		if !test {
			continue
		}
		last := s.item(code, end)
		s.drop(int(code[i].Line), int(code[last].Line))
		i = last
	}
}

// drop takes lines for those of a test.
func (s *source) drop(from, to int) {
	for n := from; n <= to; n++ {
		delete(s.added, n)
		s.tests[n] = true
	}
}

func (s *source) word(t lexer.Token) string { return string(s.head[t.Start:t.End]) }

// attribute gives the place behind an attribute whose inner part begins at i, and whether it marks tests: #[test],
// #[tokio::test], #[rstest], #[cfg(test)]. A condition that only mentions tests, as in #[cfg(not(test))], is none.
func (s *source) attribute(code []lexer.Token, i int) (end int, test bool) {
	words, depth := "", 1
	for ; i < len(code) && depth > 0; i++ {
		w := s.word(code[i])
		switch w {
		case "[":
			depth++
		case "]":
			depth--
		}
		if depth > 0 && len(words) < 80 {
			words += w
		}
	}
	switch words {
	case "test", "cfg(test)", "rstest", "quickcheck":
		return i, true
	}
	for _, begin := range []string{"tokio::test", "async_std::test", "test_case(", "cfg(all(test,"} {
		if strings.HasPrefix(words, begin) {
			return i, true
		}
	}
	return i, false
}

// item is the place of the last token of the item that begins at i: its closing bracket, or its semicolon.
func (s *source) item(code []lexer.Token, i int) int {
	depth := 0
	for ; i < len(code); i++ {
		switch s.word(code[i]) {
		case "{", "(", "[":
			depth++
		case "}":
			if depth--; depth <= 0 {
				return i
			}
		case ")", "]":
			depth--
		case ";":
			if depth == 0 {
				return i
			}
		}
	}
	return len(code) - 1
}
