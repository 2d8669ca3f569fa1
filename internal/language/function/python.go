package function

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// logicalLine is a line of Python with those that brackets and backslashes join to it: its tokens, and how far it is
// indented. A tab goes to the next multiple of eight.
type logicalLine struct{ from, to, indent int }

// pyBlock is a block of Python that is open. Its lines are indented more than indent.
type pyBlock struct {
	indent int
	// function is the index of the function that the block is of, -1 outside of all; name is that of a class or function.
	function int
	name     string
	control  bool
	weighs   bool
}

// pyReader reads the functions of a file of Python.
type pyReader struct {
	*source
	found  []Function
	blocks []pyBlock
}

func python(s *source) ([]Function, error) {
	r := &pyReader{source: s}
	last := 0
	for _, l := range s.logicalLines() {
		r.leave(l.indent, last)
		if len(r.blocks) >= maxFrames {
			return nil, fmt.Errorf("blocks stand in each other more than %d deep, line %d", maxFrames, s.line(l.from))
		}
		r.read(l)
		last = s.lastLine(l.to - 1)
	}
	r.leave(-1, last)
	return r.found, nil
}

// logicalLines parts the tokens into lines.
func (s *source) logicalLines() []logicalLine {
	var lines []logicalLine
	for i := 0; i < len(s.tokens); {
		l := logicalLine{from: i, indent: s.indent(i)}
		for {
			if s.is(i, "\\") && i+1 < len(s.tokens) {
				i += 2 // what it joins is of the line, whatever it is
				continue
			}
			i = min(s.after(i), len(s.tokens))
			if i >= len(s.tokens) || s.line(i) > s.lastLine(i-1) && !s.is(i-1, "\\") {
				break
			}
		}
		i = min(i, len(s.tokens))
		l.to = i
		lines = append(lines, l)
	}
	return lines
}

// indent is the column of a token.
func (s *source) indent(i int) int {
	start := int(s.tokens[i].Start)
	from := start
	for from > 0 && s.text[from-1] != '\n' {
		from--
	}
	n := 0
	for _, c := range s.text[from:start] {
		switch c {
		case '\t':
			n += 8 - n%8
		case ' ':
			n++
		}
	}
	return n
}

// leave ends the blocks that a line of this indentation is not in; line is the last one before it.
func (r *pyReader) leave(indent, line int) {
	for n := len(r.blocks); n > 0 && r.blocks[n-1].indent >= indent; n = len(r.blocks) {
		b := r.blocks[n-1]
		if b.name != "" && b.function >= 0 && (n == 1 || r.blocks[n-2].function != b.function) {
			r.found[b.function].EndLine = line
		}
		r.blocks = r.blocks[:n-1]
	}
}

func (r *pyReader) outer() pyBlock {
	if n := len(r.blocks); n > 0 {
		return r.blocks[n-1]
	}
	return pyBlock{function: -1}
}

// read looks at one line: what it begins, and what it holds.
func (r *pyReader) read(l logicalLine) {
	head, at := r.what(l.from), l.from
	if head == "async" {
		at++
		head = r.what(at)
	}
	outer := r.outer()
	b := pyBlock{indent: l.indent, function: outer.function}
	switch head {
	case "def":
		r.begin(l, at)
		return
	case "class":
		b.function, b.name = -1, r.qualified(r.what(at+1))
		r.blocks = append(r.blocks, b)
		return
	}
	if outer.function < 0 {
		return
	}
	f := &r.found[outer.function]
	weight, depth := r.depths(outer.function)
	r.expressions(f, at+1, l.to, weight)
	switch head {
	case "if", "for", "while", "except":
		f.Cyclomatic++
		f.Cognitive += 1 + weight
		b.control, b.weighs = true, true
	case "elif":
		f.Cyclomatic++
		f.Cognitive++
		b.control, b.weighs = true, true
	case "else":
		f.Cognitive++
		b.control, b.weighs = true, true
	case "match":
		if !r.opens(at+1, l.to) {
			return
		}
		f.Cognitive += 1 + weight
		b.control, b.weighs = true, true
	case "case":
		if !r.opens(at+1, l.to) {
			return
		}
		f.Cyclomatic++
	case "try", "with", "finally":
	default:
		return
	}
	if b.control {
		f.Nesting = max(f.Nesting, depth+1)
	}
	r.blocks = append(r.blocks, b)
}

// opens reports whether match and case are keywords here: a colon ends the head, and what follows is no name's use.
func (r *pyReader) opens(from, to int) bool {
	if r.is(from, "=") || r.is(from, ".") || r.is(from, ":") {
		return false
	}
	for i := from; i < to; i = r.after(i) {
		if r.is(i, ":") {
			return true
		}
	}
	return false
}

// depths are how much a break weighs here, and how deep control structures stand in each other.
func (r *pyReader) depths(function int) (weight, depth int) {
	for i := len(r.blocks) - 1; i >= 0 && r.blocks[i].function == function; i-- {
		if r.blocks[i].weighs {
			weight++
		}
		if r.blocks[i].control {
			depth++
		}
	}
	return weight, depth
}

func (r *pyReader) qualified(name string) string {
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

// begin begins the function that a line defines.
func (r *pyReader) begin(l logicalLine, at int) {
	params := at + 2
	if r.is(params, "[") {
		params = r.after(params)
	}
	if !r.word(at+1) || !r.is(params, "(") {
		return
	}
	f := Function{
		Name:       r.qualified(r.what(at + 1)),
		Line:       r.line(l.from),
		Parameters: r.parameters(params) - r.separators(params),
		Cyclomatic: 1,
	}
	f.EndLine, f.Body = r.lastLine(l.to-1), r.lastLine(l.to-1)
	r.expressions(&f, int(r.partner[params]), l.to, 0)
	r.found = append(r.found, f)
	r.blocks = append(r.blocks, pyBlock{indent: l.indent, function: len(r.found) - 1, name: f.Name})
}

// separators counts the marks * and / that stand alone between parameters.
func (r *pyReader) separators(open int) int {
	n := 0
	for i := open + 1; i < int(r.partner[open]); i = r.after(i) {
		if (r.is(i, "*") || r.is(i, "/")) && (r.is(i+1, ",") || r.is(i+1, ")")) && (r.is(i-1, ",") || r.is(i-1, "(")) {
			n++
		}
	}
	return n
}

// expressions counts conditional expressions, comprehensions and logical operators.
func (r *pyReader) expressions(f *Function, from, to, weight int) {
	last := []string{""}
	loops := []bool{false} // whether a comprehension began in the open bracket
	for i := from; i < to; i++ {
		switch w := r.what(i); w {
		case "(", "[", "{":
			last, loops = append(last, ""), append(loops, false)
		case ")", "]", "}":
			if len(last) > 1 && i > from {
				last, loops = last[:len(last)-1], loops[:len(loops)-1]
			}
		case "and", "or":
			if r.tokens[i].Kind != lexer.Word {
				break
			}
			f.Cyclomatic++
			if last[len(last)-1] != w {
				last[len(last)-1] = w
				f.Cognitive++
			}
		case ",", ":":
			last[len(last)-1] = ""
		case "for":
			f.Cyclomatic++
			loops[len(loops)-1] = true
		case "if":
			f.Cyclomatic++
			if !loops[len(loops)-1] {
				f.Cognitive += 1 + weight
			}
		}
	}
}
