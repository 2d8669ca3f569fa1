package policy

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lintel-review/lintel/internal/facts"
)

// inputValue is the facts as the engine reads them, with the names of what to judge. It gives exactly what reading
// their JSON would give, without writing and parsing it: for a large change that is most of the time of an evaluation.
// Members that nobody sees are left out.
// size counts its values.
func inputValue(f *facts.Facts, sees reads, judged map[string]bool) (input ast.Value, size int, err error) {
	var r reader
	v, err := r.value(reflect.ValueOf(f), sees)
	if err != nil {
		return nil, 0, fmt.Errorf("read facts into the policy engine: %w", err)
	}
	o, ok := v.Value.(ast.Object)
	if !ok {
		return nil, 0, fmt.Errorf("read facts into the policy engine: they are no object")
	}
	ids := ast.NewObject()
	for id := range judged {
		ids.Insert(ast.StringTerm(id), ast.BooleanTerm(true))
	}
	o.Insert(ast.StringTerm(judgedKey), ast.NewTerm(ids))
	return o, r.values, nil
}

// reader makes values of the engine, and counts them.
type reader struct{ values int }

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// value follows the rules of encoding/json for tags, omitempty, maps and text. What has its own way to JSON goes that way.
func (r *reader) value(v reflect.Value, sees reads) (*ast.Term, error) {
	r.values++
	if !v.IsValid() {
		return ast.NullTerm(), nil
	}
	t := v.Type()
	if t.NumMethod() > 0 && (t.Implements(marshaler) || t.Implements(textMarshaler)) {
		return r.throughJSON(v)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return ast.NullTerm(), nil
		}
		return r.value(v.Elem(), sees)
	case reflect.Bool:
		return ast.InternedTerm(v.Bool()), nil
	case reflect.String:
		return ast.StringTerm(validText(v.String())), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return ast.InternedTerm(v.Int()), nil
	case reflect.Slice:
		if v.IsNil() {
			return ast.NullTerm(), nil
		}
		if t.Elem().Kind() == reflect.Uint8 {
			return r.throughJSON(v)
		}
		return r.array(v)
	case reflect.Array:
		return r.array(v)
	case reflect.Map:
		return r.mapping(v)
	case reflect.Struct:
		return r.object(v, sees)
	default:
		return r.throughJSON(v)
	}
}

func (r *reader) array(v reflect.Value) (*ast.Term, error) {
	terms := make([]*ast.Term, v.Len())
	for i := range terms {
		var err error
		if terms[i], err = r.value(v.Index(i), nil); err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(terms...), nil
}

func (r *reader) mapping(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() {
		return ast.NullTerm(), nil
	}
	if k := v.Type().Key(); k.Kind() != reflect.String || k.Implements(textMarshaler) {
		return r.throughJSON(v)
	}
	o := ast.NewObject()
	for it := v.MapRange(); it.Next(); {
		value, err := r.value(it.Value(), nil)
		if err != nil {
			return nil, err
		}
		o.Insert(ast.StringTerm(validText(it.Key().String())), value)
	}
	return ast.NewTerm(o), nil
}

// shape is how a struct type reads: which fields it shows, by what keys. Rare shapes are left to the JSON package.
type shape struct {
	fields []field
	rare   bool
}

type field struct {
	index     []int
	name      string
	key       *ast.Term
	omitEmpty bool
}

// shapes keeps the shape of each struct type of the facts: reading its tags and hashing its keys anew was most of the
// time of a small input. Terms of keys are shared by all inputs; nothing changes a string.
var shapes sync.Map // reflect.Type to *shape

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	made := &shape{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && options == "" && f.Type.Kind() == reflect.Struct:
			below := shapeOf(f.Type)
			made.rare = made.rare || below.rare
			for _, b := range below.fields {
				b.index = append([]int{i}, b.index...)
				made.add(b)
			}
			continue
		case f.Anonymous, options != "" && options != "omitempty":
			made.rare = true
		case !f.IsExported(), name == "-":
			continue
		case name == "":
			name = f.Name
		}
		made.add(field{index: []int{i}, name: name, key: ast.StringTerm(name), omitEmpty: options == "omitempty"})
	}
	shapes.Store(t, made)
	return made
}

// add leaves to the JSON package which of two fields with one name is shown.
func (s *shape) add(f field) {
	s.rare = s.rare || slices.ContainsFunc(s.fields, func(other field) bool { return other.name == f.name })
	s.fields = append(s.fields, f)
}

func (r *reader) object(v reflect.Value, sees reads) (*ast.Term, error) {
	s := shapeOf(v.Type())
	if s.rare {
		return r.throughJSON(v)
	}
	pairs := make([][2]*ast.Term, 0, len(s.fields))
	for _, f := range s.fields {
		x := v.FieldByIndex(f.index)
		below, seen := sees[f.name]
		if sees != nil && !seen || f.omitEmpty && empty(x) {
			continue
		}
		value, err := r.value(x, below)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]*ast.Term{f.key, value})
	}
	return ast.ObjectTerm(pairs...), nil
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

func (r *reader) throughJSON(v reflect.Value) (*ast.Term, error) {
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	r.values += len(b) / 8 // a guess: nobody counts them
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		return nil, err
	}
	value, err := ast.InterfaceToValue(x)
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(value), nil
}

// validText replaces each byte that is not UTF-8 by U+FFFD, as encoding/json does.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
