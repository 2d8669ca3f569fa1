package function

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// rbBlock is what an "end" closes.
type rbBlock struct {
	// function is the index of the function that the block is of, -1 outside of all; name is that of a class or function.
	function int
	name     string
	control  bool
	defines  bool
	line     int
}

// rbReader reads the functions of a file of Ruby.
type rbReader struct {
	*source
	found  []Function
	blocks []rbBlock
	// loop is the line of a while, until or for, whose "do" opens nothing.
	loop    int
	logical string
}

func ruby(s *source) ([]Function, error) {
	r := &rbReader{source: s}
	for i := 0; i < len(s.tokens); i++ {
		if len(r.blocks) >= maxFrames {
			return nil, fmt.Errorf("blocks stand in each other more than %d deep, line %d", maxFrames, s.line(i))
		}
		switch w := s.what(i); {
		case s.tokens[i].Kind == lexer.Word && !r.named(i):
			next, err := r.keyword(i, w)
			if err != nil {
				return nil, err
			}
			i = next
		case w == "&&" || w == "||":
			r.operator(w)
		case w == "?" && r.asks(i):
			r.count(1, true)
		}
		if i+1 < len(s.tokens) && s.firstOfLine(i+1) {
			r.logical = ""
		}
	}
	if n := len(r.blocks); n > 0 {
		return nil, fmt.Errorf("the block of line %d has no end", r.blocks[n-1].line)
	}
	return r.found, nil
}

// named reports whether a word is a name where it could be a keyword: a method, a symbol, a key.
func (r *rbReader) named(i int) bool {
	t := r.tokens[i]
	before, next := byte(0), byte(0)
	if t.Start > 0 {
		before = r.text[t.Start-1]
	}
	if int(t.End) < len(r.text) {
		next = r.text[t.End]
	}
	if next == ':' && (int(t.End)+1 >= len(r.text) || r.text[t.End+1] != ':') {
		return true
	}
	return r.is(i-1, ".") || before == ':' || r.is(i-1, "&.") || r.is(i-1, "def") || before == '&'
}

func (r *rbReader) asks(i int) bool {
	t := r.tokens[i]
	return t.Start > 0 && r.text[t.Start-1] == ' ' && int(t.End) < len(r.text) && r.text[t.End] <= ' '
}

func (r *rbReader) outer() rbBlock {
	if n := len(r.blocks); n > 0 {
		return r.blocks[n-1]
	}
	return rbBlock{function: -1}
}

// count counts a branch in the function that is open, and a break, that weighs by its depth, if breaks is true.
func (r *rbReader) count(branches int, breaks bool) {
	if f := r.outer().function; f >= 0 {
		r.found[f].Cyclomatic += branches
		if breaks {
			r.found[f].Cognitive += 1 + r.depth(f)
		}
	}
}

func (r *rbReader) depth(function int) int {
	n := 0
	for i := len(r.blocks) - 1; i >= 0 && r.blocks[i].function == function; i-- {
		if r.blocks[i].control {
			n++
		}
	}
	return n
}

func (r *rbReader) operator(w string) {
	r.count(1, false)
	if f := r.outer().function; f >= 0 && r.logical != w {
		r.found[f].Cognitive++
	}
	r.logical = w
}

// push opens a block in the function that is open.
func (r *rbReader) push(i int, b rbBlock) {
	if !b.defines {
		b.function = r.outer().function
	}
	b.line = r.line(i)
	r.blocks = append(r.blocks, b)
	if b.control && b.function >= 0 {
		r.found[b.function].Nesting = max(r.found[b.function].Nesting, r.depth(b.function))
	}
}

// keyword looks at one word, and gives the index of the last token that it took.
func (r *rbReader) keyword(i int, w string) (int, error) {
	switch w {
	case "def":
		return r.define(i), nil
	case "class", "module":
		if !r.firstOfLine(i) {
			break
		}
		b := rbBlock{function: -1, defines: true}
		if r.word(i + 1) {
			b.name = r.qualified(r.path(i + 1))
		}
		r.push(i, b)
	case "if", "unless", "while", "until":
		modifier := !r.begins(i)
		r.count(1, true)
		if !modifier {
			r.push(i, rbBlock{control: true})
		}
		if w == "while" || w == "until" {
			r.loop = r.line(i)
		}
	case "for":
		r.count(1, true)
		r.push(i, rbBlock{control: true})
		r.loop = r.line(i)
	case "case":
		r.count(0, true)
		r.push(i, rbBlock{control: true})
	case "begin":
		r.push(i, rbBlock{})
	case "do":
		if r.loop != r.line(i) {
			r.push(i, rbBlock{})
		}
		r.loop = 0
	case "elsif", "else", "when", "rescue":
		r.clause(i, w)
	case "and", "or":
		r.operator(w)
	case "end":
		return i, r.end(i)
	}
	return i, nil
}

func (r *rbReader) clause(i int, w string) {
	f := r.outer().function
	if f < 0 || !r.firstOfLine(i) {
		return
	}
	switch w {
	case "elsif":
		r.count(1, false)
		r.found[f].Cognitive++
	case "else":
		r.found[f].Cognitive++
	case "when":
		r.count(1, false)
	case "rescue":
		r.count(1, true)
	}
}

func (r *rbReader) end(i int) error {
	if len(r.blocks) == 0 {
		return fmt.Errorf("the end on line %d closes nothing", r.line(i))
	}
	b := r.blocks[len(r.blocks)-1]
	r.blocks = r.blocks[:len(r.blocks)-1]
	if b.defines && b.function >= 0 {
		r.found[b.function].EndLine = r.line(i)
	}
	return nil
}

// begins reports whether if, unless, while or until opens a block: no value of the same line stands before it.
func (r *rbReader) begins(i int) bool {
	last := i - 1
	if r.is(last, "\\") {
		last-- // the line goes on
	} else if r.firstOfLine(i) {
		return true
	}
	if last < 0 {
		return true
	}
	switch t := r.tokens[last]; t.Kind {
	case lexer.Mark:
		return !r.is(last, ")") && !r.is(last, "]") && !r.is(last, "}") && !r.writer(last)
	case lexer.Word:
		switch r.what(last) {
		case "then", "else", "do", "and", "or", "not", "begin", "in", "when", "ensure":
			return !r.named(last)
		}
	}
	return false
}

// writer reports whether a mark ends the symbol of the method that sets an element, :[]=.
func (r *rbReader) writer(i int) bool {
	return r.is(i, "=") && r.is(i-1, "]") && r.is(i-2, "[") && r.tokens[i-2].Start > 0 && r.text[r.tokens[i-2].Start-1] == ':' &&
		r.tokens[i].Start == r.tokens[i-1].End
}

// path is a name with what :: puts before it.
func (r *rbReader) path(i int) string {
	name := r.what(i)
	for r.is(i+1, "::") && r.word(i+2) && len(name) < 200 {
		i += 2
		name += "." + r.what(i)
	}
	return name
}

func (r *rbReader) qualified(name string) string {
	for i := len(r.blocks) - 1; i >= 0; i-- {
		if outer := r.blocks[i].name; outer != "" {
			if len(outer)+len(name) > 200 {
				return name
			}
			return outer + "." + name
		}
	}
	return name
}

// define begins a function. One that is written def x = value has no end, and is not seen.
func (r *rbReader) define(i int) int {
	at := i + 1
	if r.is(at+1, ".") && r.word(at+2) {
		at += 2
	}
	if at >= len(r.tokens) {
		return i
	}
	name := r.what(at)
	next := at + 1
	for next < len(r.tokens) && r.tokens[next].Start == r.tokens[next-1].End && r.tokens[next].Kind == lexer.Mark &&
		!r.is(next, "(") && !r.is(next, ";") {
		name += r.what(next) // def total=(v), def ==(o), def []=(k, v)
		next++
	}
	f := Function{Name: r.qualified(name), Line: r.line(i), Body: r.line(i), Cyclomatic: 1}
	last := next - 1
	if r.is(next, "(") {
		f.Parameters = r.parameters(next)
		last = int(r.partner[next])
		f.Body = r.line(last)
	}
	if r.is(last+1, "=") {
		return last + 1
	}
	for j := last + 1; !r.is(next, "(") && j < len(r.tokens) && r.line(j) == f.Line; j++ {
		if r.is(j, ",") || j == last+1 && !r.is(j, ";") {
			f.Parameters++
		}
	}
	r.found = append(r.found, f)
	r.push(i, rbBlock{function: len(r.found) - 1, name: f.Name, defines: true})
	return last
}
