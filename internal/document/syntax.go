package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// plainText strips a byte order mark and refuses what is not plain text. Characters that YAML takes for a line end and
// editors do not (lone CR, U+0085, U+2028, U+2029) are refused: they could hide a setting inside what a reviewer sees
// as a comment, and every line number after them would be wrong.
func plainText(data []byte) ([]byte, *Problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	line, column := 1, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		column++
		bad := ""
		switch {
		case r == utf8.RuneError && n <= 1:
			bad = fmt.Sprintf("the byte 0x%02X is not valid UTF-8; save the file as UTF-8", data[i])
		case r == '\n':
			line, column = line+1, 0
		case r == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			bad = "a carriage return stands alone; end lines with LF or CRLF"
		case r == '\u0085', r == '\u2028', r == '\u2029':
			bad = fmt.Sprintf("the line separator U+%04X is not allowed; end lines with LF or CRLF", r)
		case r == '\ufeff':
			bad = "a byte order mark (U+FEFF) stands inside the file; remove it"
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			bad = fmt.Sprintf("the invisible direction character U+%04X is not allowed; remove it", r)
		case r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r <= 0x9f, r == 0xfffe, r == 0xffff:
			bad = fmt.Sprintf("the control character U+%04X is not allowed; remove it", r)
		}
		if bad != "" {
			return nil, &Problem{Line: line, Column: column, Message: bad}
		}
		i += n
	}
	return data, nil
}

// loader reads one YAML document after the other.
type loader struct{ decode func(into any) error }

func newLoader(data []byte) loader { return loader{yaml.NewDecoder(bytes.NewReader(data)).Decode} }

// next reads a document. The reader panics at what it holds for impossible; a file that makes it do so is a file that
// cannot be read, and stops nobody's program.
func (l loader) next(n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the reader stopped: %v", p)
		}
	}()
	return l.decode(n)
}

// load reads exactly one YAML document into nodes; nil when there is none.
func load(data []byte) (*yaml.Node, *Problem) {
	loader := newLoader(data)
	var first, second yaml.Node
	switch err := loader.next(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntax(err, data)
	}
	switch err := loader.next(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntax(err, data)
	default:
		return nil, &Problem{
			Line:    max(second.Line, 1),
			Column:  max(second.Column, 1),
			Message: "a second YAML document begins here; a file holds one",
		}
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) != 1 {
		return nil, nil
	}
	root := first.Content[0]
	if root.Kind == yaml.ScalarNode && root.Value == "" && plain(root) {
		return nil, nil
	}
	return root, nil
}

// Expands reports whether the documents of a text hold more than most values when each alias is counted as what it stands
// for. It is for readers that follow aliases without a bound. What is no YAML holds the values before the error.
func Expands(data []byte, most int) bool {
	loader := newLoader(data)
	var count func(n *yaml.Node, depth int) bool
	count = func(n *yaml.Node, depth int) bool {
		if most--; most < 0 || depth > maxNesting {
			return true
		}
		if n.Kind == yaml.AliasNode {
			return count(n.Alias, depth+1)
		}
		return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return count(c, depth+1) })
	}
	for {
		var n yaml.Node
		if loader.next(&n) != nil {
			return false
		}
		if count(&n, 0) {
			return true
		}
	}
}

// wordings replace the scanner's terms, which speak of tokens and simple keys, by what to look for in the file.
var wordings = []struct{ message, plain string }{
	{"found character that cannot start any token", "text cannot begin with this character here; put the value in quotes"},
	{"mapping values are not allowed in this context",
		"a \": \" stands where no key can be; check the indentation, or put the value in quotes"},
	{"could not find expected ':'", "a key without \":\" stands here or on the line before; write \"key: value\""},
	{"did not find expected key", "the indentation does not fit the lines above, or a quote or bracket was closed too early"},
	{"did not find expected '-' indicator", "this line belongs to no list item; check the indentation"},
	{"did not find expected ',' or ']'", "the list that begins with \"[\" is not closed; add \"]\", or \",\" between the items"},
	{"did not find expected ',' or '}'", "the mapping that begins with \"{\" is not closed; add \"}\", or \",\" between the entries"},
	{"did not find expected node content", "a value is missing here; a list or mapping was opened and not finished"},
	{"found unexpected end of stream", "a quote is opened and not closed before the end of the file"},
	{"found unknown escape character", "this backslash escape is unknown; double the backslash or use single quotes"},
	{"block sequence entries are not allowed in this context", "a \"- \" stands where no list can begin; put it on a line of its own"},
	{"did not find expected <document start>", "nothing may follow here; check the indentation and the quotes"},
	{"exceeded max depth", fmt.Sprintf("the file is nested deeper than %d levels", maxDepth)},
	{"incompatible YAML document", "this %YAML version is not supported; remove the line"},
}

// syntax words an error of the YAML reader, and finds its place.
func syntax(err error, data []byte) *Problem {
	p := &Problem{Line: 1, Column: 1}
	if parser, ok := errors.AsType[*yaml.ParserError](err); ok {
		p.Line, p.Column = parserPlace(data, parser)
		p.Message = "the file is not YAML: " + cut(parser.Message)
		for _, w := range wordings {
			if strings.Contains(parser.Message, w.message) {
				p.Message = w.plain
				break
			}
		}
	} else if line, column, name, ok := unknownAnchor(data); ok {
		p.Line, p.Column = line, column
		p.Message = fmt.Sprintf("*%s refers to an anchor &%s that is not defined above; put text that begins with * in quotes",
			short(name), short(name))
	} else {
		p.Message = "the file is not YAML: " + cut(err.Error())
	}
	if line, column, ok := tab(data, p.Line); ok {
		p.Line, p.Column, p.Message = line, column, "a tab is used for indentation; YAML allows only spaces"
	}
	return p
}

// parserPlace is where a parser's error shows first. The reader names the begin of what it was in the middle of, which
// may be many lines above; the first line with which the file is refused for the same reason is the one to look at.
func parserPlace(data []byte, e *yaml.ParserError) (line, column int) {
	line, text := firstRefused(data, e.Message)
	column = 1 + len(text) - len(bytes.TrimLeft(text, " "))
	if line == max(e.Line, 1) && e.Column < utf8.RuneCount(text) {
		column = e.Column + 1
	}
	return line, column
}

// firstRefused is the first line, from 1, with which the text is refused for a reason of the parser's, or for another (empty).
func firstRefused(data []byte, reason string) (int, []byte) {
	lines := bytes.SplitAfter(data, []byte("\n"))
	n := sort.Search(len(lines)-1, func(i int) bool {
		loader := newLoader(bytes.Join(lines[:i+1], nil))
		for {
			var node yaml.Node
			if err := loader.next(&node); err != nil {
				parser, ok := errors.AsType[*yaml.ParserError](err)
				return ok && parser.Message == reason || !ok && reason == "" && !errors.Is(err, io.EOF)
			}
		}
	})
	return n + 1, lines[n]
}

// unknownAnchor is where an alias stands that nothing above it defines.
func unknownAnchor(data []byte) (line, column int, name string, ok bool) {
	line, text := firstRefused(data, "")
	for at := range text {
		if text[at] != '*' {
			continue
		}
		name := string(text[at+1:])
		if end := strings.IndexAny(name, " \t\r\n,[]{}"); end >= 0 {
			name = name[:end]
		}
		if name != "" && !bytes.Contains(data, []byte("&"+name)) {
			return line, 1 + utf8.RuneCount(text[:at]), name, true
		}
	}
	return 0, 0, "", false
}

// tab finds a tab in the indentation of the line at fault or the one before it.
func tab(data []byte, line int) (int, int, bool) {
	lines := bytes.SplitN(data, []byte("\n"), line+1)
	for _, n := range []int{line, line - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		text := lines[n-1]
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if i := bytes.IndexByte(indent, '\t'); i >= 0 {
			return n, i + 1, true
		}
	}
	return 0, 0, false
}

// short is a name from the file, cut for a message and without quotes.
func short(s string) string {
	s = cut(s)
	return s[1 : len(s)-1]
}
