package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
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

// load reads exactly one YAML document into nodes; nil when there is none.
func load(data []byte) (*yaml.Node, *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithV4Defaults(), yaml.WithUniqueKeys(false),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return nil, &Problem{Line: 1, Column: 1, Message: "the YAML reader refuses its own options: " + err.Error()}
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntax(err, data)
	}
	switch err := loader.Load(&second); {
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

// syntax words an error of the YAML reader.
func syntax(err error, data []byte) *Problem {
	p := &Problem{Line: 1, Column: 1, Message: "the file is not YAML: " + cut(err.Error())}
	le, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return p
	}
	mark := le.Mark
	if mark.Line == 0 {
		mark = le.ContextMark
	}
	p.Line, p.Column = max(mark.Line, 1), max(mark.Column, 1)
	p.Message = "the file is not YAML: " + cut(le.Message)
	for _, w := range wordings {
		if strings.Contains(le.Message, w.message) {
			p.Message = w.plain
			break
		}
	}
	if _, rest, ok := strings.Cut(le.Message, "unknown anchor '"); ok {
		name, _, _ := strings.Cut(rest, "'")
		p.Message = fmt.Sprintf("*%s refers to an anchor &%s that is not defined above; put text that begins with * in quotes",
			short(name), short(name))
	}
	if strings.Contains(le.Message, "found unexpected end of stream") && le.ContextMark.Line > 0 {
		p.Line, p.Column = le.ContextMark.Line, le.ContextMark.Column
	}
	if line, column, ok := tab(data, p.Line); ok {
		p.Line, p.Column, p.Message = line, column, "a tab is used for indentation; YAML allows only spaces"
	}
	return p
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
