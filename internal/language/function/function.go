// Package function finds the functions of a source file, and measures each: where it stands, how many parameters it
// takes, how deep it nests, and how complex it is.
//
// Go is read by its own parser. Other languages are read by a scanner that knows their literals, comments, brackets and
// keywords, and no grammar; it finds functions that have a name and a body in brackets, by indentation in Python, and by
// "end" in Ruby. Callers may rely on this: a file whose brackets, literals or blocks do not balance is not known, with
// the reason, and has no functions at all; equal files give equal functions; work is bounded by the size of the file.
//
// What the scanner does not see: functions whose body is an expression without brackets, those that macros make, and
// lambdas without a name. Lambdas count as a part of the function that holds them.
package function

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// Function is one function with a name and a body.
type Function struct {
	// Name is what it is called in the file, "Cart.total"; two may have the same.
	Name string
	// Line and EndLine are its first and last line, from its name to the end of its body.
	Line, EndLine int
	// Body is the line on which the body begins.
	Body int
	// Parameters counts what it takes, without a receiver, self or this.
	Parameters int
	// Nesting is how deep its control structures stand in each other: 1 for an if alone.
	Nesting int
	// Cyclomatic is 1 and one more for each branch, loop, case, catch and logical operator (McCabe).
	Cyclomatic int
	// Cognitive weighs each break in the flow by how deep it stands (Sonar's measure, without recursion and jumps).
	Cognitive int
}

// maxFunctions is how many functions of a file are measured.
const maxFunctions = 5000

// Reads reports whether the language of the file is known, by its name.
func Reads(file string) bool { return lexer.Of(file) != "" }

// Of gives the functions of a file, in the order of their lines. An error says in words why they are not known.
func Of(file string, body []byte) ([]Function, error) { return Read(file, body).Functions() }

// source is the tokens of a file without its comments, and which brackets belong together.
type source struct {
	language lexer.Language
	text     []byte
	tokens   []lexer.Token
	// partner is, for a bracket, the index of the one that it belongs to; -1 for all else.
	partner []int32
}

func newSource(l lexer.Language, text []byte, all []lexer.Token) *source {
	tokens := make([]lexer.Token, 0, len(all))
	for _, t := range all {
		if t.Kind != lexer.Comment {
			tokens = append(tokens, t)
		}
	}
	return &source{language: l, text: text, tokens: tokens}
}

// is reports whether the token is this word or mark.
func (s *source) is(i int, what string) bool {
	if i < 0 || i >= len(s.tokens) {
		return false
	}
	t := s.tokens[i]
	return t.Kind != lexer.Literal && int(t.End-t.Start) == len(what) && string(s.text[t.Start:t.End]) == what
}

// what is the text of a word, number or mark; empty for a literal, and outside.
func (s *source) what(i int) string {
	if i < 0 || i >= len(s.tokens) || s.tokens[i].Kind == lexer.Literal {
		return ""
	}
	return string(s.text[s.tokens[i].Start:s.tokens[i].End])
}

func (s *source) word(i int) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].Kind == lexer.Word
}

func (s *source) line(i int) int { return int(s.tokens[i].Line) }

// last is the line on which a token ends.
func (s *source) lastLine(i int) int {
	t, n := s.tokens[i], 0
	for _, c := range s.text[t.Start:t.End] {
		if c == '\n' {
			n++
		}
	}
	return int(t.Line) + n
}

// firstOfLine reports whether no other token of the line stands before this one.
func (s *source) firstOfLine(i int) bool { return i == 0 || s.tokens[i-1].Line < s.tokens[i].Line }

// pair finds which brackets belong together.
func (s *source) pair() error {
	s.partner = make([]int32, len(s.tokens))
	var open []int32
	for i, t := range s.tokens {
		s.partner[i] = -1
		if t.Kind != lexer.Mark || t.End-t.Start != 1 {
			continue
		}
		switch c := s.text[t.Start]; c {
		case '(', '[', '{':
			open = append(open, int32(i)) //nolint:gosec // at most the bytes of a file
		case ')', ']', '}':
			if len(open) == 0 || closes[s.text[s.tokens[open[len(open)-1]].Start]] != c {
				return fmt.Errorf("its brackets do not balance: %c on line %d closes nothing", c, t.Line)
			}
			at := open[len(open)-1]
			open = open[:len(open)-1]
			s.partner[i], s.partner[at] = at, int32(i) //nolint:gosec // as above
		}
	}
	if len(open) > 0 {
		t := s.tokens[open[len(open)-1]]
		return fmt.Errorf("its brackets do not balance: %c on line %d is not closed", s.text[t.Start], t.Line)
	}
	return nil
}

var closes = map[byte]byte{'(': ')', '[': ']', '{': '}'}

// after is the index behind a token, or behind the bracket that closes the one at i.
func (s *source) after(i int) int {
	if p := s.partner[i]; p > int32(i) { //nolint:gosec // at most the bytes of a file
		return int(p) + 1
	}
	return i + 1
}

// parameters counts what stands between two brackets, parted by commas; a comma before the closing one parts nothing.
func (s *source) parameters(open int) int {
	end := int(s.partner[open])
	n, empty, angle := 0, true, 0
	for i := open + 1; i < end; i = s.after(i) {
		switch {
		case s.is(i, "<"):
			angle++
		case s.is(i, ">"):
			angle = max(0, angle-1)
		case s.is(i, ",") && angle == 0:
			n++
			empty = true
			continue
		}
		empty = false
	}
	if !empty {
		n++
	}
	if first := s.what(open + 1); n > 0 && (s.receives(open, first)) {
		n--
	}
	return n
}

// receives reports whether the first parameter is the object itself, or is no parameter at all.
func (s *source) receives(open int, first string) bool {
	switch s.language {
	case "python":
		return first == "self" || first == "cls"
	case "rust":
		for i := open + 1; i < open+5; i++ {
			if s.is(i, "self") {
				return true
			}
		}
	case "c", "cpp":
		return first == "void" && s.partner[open] == int32(open+2) //nolint:gosec // at most the bytes of a file
	case "ts", "tsx", "csharp":
		return first == "this"
	}
	return false
}
