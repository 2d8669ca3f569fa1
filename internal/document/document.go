// Package document reads YAML files that people write and checks JSON that programs exchange, always against a JSON
// Schema, and says what is wrong in plain words with line and column. It is the only door to the YAML and JSON Schema
// libraries.
//
// Callers may rely on: all problems of a file come in one go, sorted by place; time and memory are bounded by the size
// limit, a nesting depth of 64 and 20,000 values, whatever the file holds; equal input gives equal problems; text of
// the file is cut and quoted before it goes into a message.
//
// The YAML that is read is the core schema of YAML 1.2.2 (section 10.3), made stricter where a reader could be misled:
//   - one document, UTF-8, a byte order mark allowed at the start, lines end in LF or CRLF;
//   - yes, no, on, off, y and n are text; only true and false are booleans;
//   - a number with a leading zero is text (YAML 1.1 reads 010 as eight, YAML 1.2 as ten), and so are dates, .inf and .nan;
//   - keys are plain text, and no key may be given twice;
//   - anchors and aliases work within the limits; merge keys (<<) and tags (!x) are refused;
//   - an empty file, or one with nothing but comments, is an empty mapping; a key without a value is a problem.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

const (
	maxDepth    = 64
	maxValues   = 20_000
	maxProblems = 100
	// maxNesting is the depth at which Expands takes an alias for one of itself.
	maxNesting = 1000
)

// Document is one file that could be read as YAML. It knows where each value stands.
type Document struct {
	name  string
	value any
	root  *place
	// broken is true when the value is not the whole truth: a duplicate key, a tag.
	broken bool
}

// Decode reads a YAML file of at most limit bytes, checks it against schema (nil: no check) and fills into, a pointer
// to a struct whose JSON names are those of the file. Fields that the file does not name keep the values they had, so
// into is filled with the defaults first; lists are replaced as a whole. When there is any problem into is left alone.
// The error tells of a mistake in the calling program, never of one in the file.
func Decode(name string, data []byte, schema *Schema, limit int, into any) ([]Problem, error) {
	doc, problems := Parse(name, data, limit)
	if doc == nil {
		return problems, nil
	}
	problems = Sort(append(problems, doc.Check(schema)...))
	if len(problems) > 0 {
		return problems, nil
	}
	return doc.Into(into)
}

// Parse reads a YAML file of at most limit bytes. The document is nil when it cannot be read at all; with a document
// there may still be problems (a key given twice, a tag), and then what Check finds adds to them.
func Parse(name string, data []byte, limit int) (*Document, []Problem) {
	if len(data) > limit {
		return nil, []Problem{{File: name, Line: 1, Column: 1,
			Message: fmt.Sprintf("the file is too large: it has %d bytes, the limit is %d", len(data), limit)}}
	}
	data, problem := plainText(data)
	if problem != nil {
		problem.File = name
		return nil, []Problem{*problem}
	}
	node, problem := load(data)
	if problem != nil {
		problem.File = name
		return nil, []Problem{*problem}
	}
	if node == nil {
		return &Document{name: name, value: map[string]any{}, root: &place{line: 1, column: 1}}, nil
	}
	b := builder{name: name, left: maxValues}
	value, root := b.build(node, nil, 0)
	if b.full {
		return nil, Sort(b.problems)
	}
	return &Document{name: name, value: value, root: root, broken: len(b.problems) > 0}, Sort(b.problems)
}

// Check compares the document with the schema and returns every difference, sorted by place. A nil schema accepts everything.
func (d *Document) Check(schema *Schema) []Problem {
	if schema == nil {
		return nil
	}
	problems := schema.check(d.value)
	for i := range problems {
		d.put(&problems[i])
	}
	return Sort(problems)
}

// Into fills a Go value as Decode does. Call it only on a document without problems.
func (d *Document) Into(into any) ([]Problem, error) {
	if v := reflect.ValueOf(into); v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("decode %s: the target is %T, want a non-nil pointer", d.name, into)
	}
	if d.broken {
		return nil, fmt.Errorf("decode %s: the document has problems", d.name)
	}
	raw, err := json.Marshal(d.value)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.name, err)
	}
	// A first run into a fresh value keeps into whole when the second would fail half way.
	fresh := reflect.New(reflect.TypeOf(into).Elem()).Interface()
	for _, target := range []any{fresh, into} {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(target); err != nil {
			return []Problem{d.mismatch(err)}, nil
		}
	}
	return nil, nil
}

// mismatch words what encoding/json says of a value that passed the schema and does not fit the Go type all the same.
func (d *Document) mismatch(err error) Problem {
	p := Problem{Message: "this value cannot be used: " + strings.TrimPrefix(err.Error(), "json: ")}
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		p.loc = strings.Split(te.Field, ".")
		p.Path = Path(p.loc...)
		p.Message = fmt.Sprintf("%s: %s does not fit here", subject(p.loc), cut(te.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		p.Message, p.Code = "unknown key "+name, UnknownKey
	}
	d.put(&p)
	return p
}

// At is the line and column, from 1, of the value at a path of keys and list indexes; of the nearest enclosing value when there is none.
func (d *Document) At(path ...string) (line, column int) {
	p := d.root.find(path)
	return p.line, p.column
}

// Problem is a problem of this document at a path of keys and list indexes, for checks that a schema cannot express.
func (d *Document) Problem(message string, path ...string) Problem {
	p := Problem{Path: Path(path...), Message: message, loc: path}
	d.put(&p)
	return p
}

// KeyProblem is like Problem, at the key instead of its value.
func (d *Document) KeyProblem(message string, path ...string) Problem {
	p := Problem{Path: Path(path...), Message: message, loc: path, atKey: true}
	d.put(&p)
	return p
}

// Has reports whether the file itself names the path.
func (d *Document) Has(path ...string) bool {
	p := d.root
	for _, step := range path {
		if p = p.child(step); p == nil {
			return false
		}
	}
	return true
}

// Value is what the file says at a path, as map[string]any, []any, string, bool, int64, float64 or nil; nil too when it says nothing there.
// It must not be changed.
func (d *Document) Value(path ...string) any {
	w := wording{value: d.value}
	return w.at(path)
}

// put gives a problem its file, line and column.
func (d *Document) put(p *Problem) {
	at := d.root.find(p.loc)
	p.File, p.Line, p.Column = at.file, at.line, at.column
	if p.File == "" {
		p.File = d.name
	}
	if p.atKey && at.keyLine > 0 {
		p.Line, p.Column = at.keyLine, at.keyColumn
	}
}

// place is where a value and its key stand, and its children.
type place struct {
	file               string
	line, column       int
	keyLine, keyColumn int
	fields             map[string]*place
	items              []*place
}

func (p *place) child(step string) *place {
	if c, ok := p.fields[step]; ok {
		return c
	}
	if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(p.items) {
		return p.items[i]
	}
	return nil
}

// find walks as far down the path as there are places.
func (p *place) find(path []string) *place {
	for _, step := range path {
		c := p.child(step)
		if c == nil {
			return p
		}
		p = c
	}
	return p
}
