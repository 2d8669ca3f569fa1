package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a compiled JSON Schema, draft 2020-12. It is safe for use by several goroutines.
type Schema struct {
	compiled *jsonschema.Schema
	// at holds every subschema by its absolute location, to say which keys a mapping may have.
	at map[string]*jsonschema.Schema
}

// Compile reads a JSON Schema of draft 2020-12. References to anything outside the schema itself are errors: nothing is ever fetched.
func Compile(schemaJSON []byte) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("read JSON schema: %w", err)
	}
	compiled, err := compile(doc)
	if err != nil {
		return nil, err
	}
	s := &Schema{compiled: compiled, at: map[string]*jsonschema.Schema{}}
	s.walk(compiled)
	return s, nil
}

func compile(schema any) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(jsonschema.SchemeURLLoader{})
	const id = "schema:///document"
	if err := c.AddResource(id, schema); err != nil {
		return nil, fmt.Errorf("add JSON schema: %w", err)
	}
	compiled, err := c.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("compile JSON schema: %w", err)
	}
	return compiled, nil
}

func (s *Schema) walk(sub *jsonschema.Schema) {
	if sub == nil || s.at[sub.Location] != nil {
		return
	}
	s.at[sub.Location] = sub
	for _, p := range sub.Properties {
		s.walk(p)
	}
	for _, p := range sub.PatternProperties {
		s.walk(p)
	}
	if p, ok := sub.AdditionalProperties.(*jsonschema.Schema); ok {
		s.walk(p)
	}
	for _, list := range [][]*jsonschema.Schema{sub.AllOf, sub.AnyOf, sub.OneOf, sub.PrefixItems,
		{sub.Ref, sub.Items2020, sub.If, sub.Then, sub.Else}} {
		for _, p := range list {
			s.walk(p)
		}
	}
}

// keys are the names of the properties that the subschema at a location knows, sorted.
func (s *Schema) keys(location string) []string {
	sub := s.at[location]
	if sub == nil {
		return nil
	}
	names := make([]string, 0, len(sub.Properties))
	for name := range sub.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// check validates a generic value. The problems have a loc, no place yet.
func (s *Schema) check(value any) []Problem {
	err := s.compiled.Validate(value)
	if err == nil {
		return nil
	}
	ve, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []Problem{{Message: "the file cannot be checked: " + cut(err.Error())}}
	}
	w := wording{schema: s, value: value}
	w.walk(ve)
	return w.problems
}

// ValidateJSON checks one JSON document, for contracts between programs. Problems carry a Path, and a line and column
// only when the bytes are not JSON. The size of the input is the caller's to bound.
func ValidateJSON(schema *Schema, jsonBytes []byte) []Problem {
	dec := json.NewDecoder(bytes.NewReader(jsonBytes))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return []Problem{notJSON(err, jsonBytes)}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		p := Problem{Message: "more follows after the JSON value"}
		p.Line, p.Column = lineColumn(jsonBytes, dec.InputOffset())
		return []Problem{p}
	}
	value, problems := numbers(value, nil, nil)
	for _, p := range schema.check(value) {
		p.Path = Path(p.loc...)
		problems = append(problems, p)
	}
	return Sort(problems)
}

func notJSON(err error, data []byte) Problem {
	p := Problem{Message: "not valid JSON: " + err.Error()}
	offset := int64(len(data))
	if se, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = se.Offset - 1
	}
	p.Line, p.Column = lineColumn(data, offset)
	return p
}

func lineColumn(data []byte, offset int64) (line, column int) {
	before := data[:min(max(offset, 0), int64(len(data)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, len([]rune(string(before[start:]))) + 1
}

// numbers replaces JSON numbers by int64 or float64, so that an enormous exponent costs nothing later.
func numbers(v any, loc []string, problems []Problem) (any, []Problem) {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i, problems
		}
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return 0.0, append(problems,
				Problem{Path: Path(loc...), Message: subject(loc) + ": the number " + strings.Trim(cut(string(v)), `"`) + " is too large"})
		}
		return f, problems
	case []any:
		for i := range v {
			v[i], problems = numbers(v[i], append(slices.Clip(loc), strconv.Itoa(i)), problems)
		}
	case map[string]any:
		for k := range v {
			v[k], problems = numbers(v[k], append(slices.Clip(loc), k), problems)
		}
	}
	return v, problems
}
