package policy

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Tags of the values and of what an expression holds, in prebuilt policies. A number is never used again for another.
const (
	tagNull = iota + 1
	tagFalse
	tagTrue
	tagNumber
	tagString
	tagVar
	tagRef
	tagCall
	tagArray
	tagObject
	tagSet
	tagArrayComprehension
	tagObjectComprehension
	tagSetComprehension

	tagOneTerm
	tagTerms
	tagSome
	tagEvery
)

// encoder writes compiled modules as bytes. Each string is written once, into a table. Locations are kept of rules and
// expressions alone, which errors of an evaluation name.
type encoder struct {
	body  []byte
	table []string
	known map[string]uint64
	// err is the first thing that has no form here.
	err error
}

func newEncoder() *encoder { return &encoder{known: map[string]uint64{}} }

// bytes are the table, and what refers to it.
func (e *encoder) bytes() []byte {
	out := binary.AppendUvarint(nil, uint64(len(e.table)))
	for _, s := range e.table {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	return append(out, e.body...)
}

func (e *encoder) number(n int) {
	if n < 0 {
		e.fail("a negative number %d", n)
		return
	}
	e.body = binary.AppendUvarint(e.body, uint64(n))
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *encoder) flag(b bool) {
	if b {
		e.body = append(e.body, 1)
	} else {
		e.body = append(e.body, 0)
	}
}

func (e *encoder) text(s string) {
	at, ok := e.known[s]
	if !ok {
		at = uint64(len(e.table))
		e.known[s] = at
		e.table = append(e.table, s)
	}
	e.body = binary.AppendUvarint(e.body, at)
}

// modules are those of one compiler, with the names that it gave to local variables.
func (e *encoder) modules(c *ast.Compiler) {
	e.number(len(c.RewrittenVars))
	for _, v := range slices.Sorted(maps.Keys(c.RewrittenVars)) {
		e.text(string(v))
		e.text(string(c.RewrittenVars[v]))
	}
	e.number(len(c.Modules))
	for _, name := range slices.Sorted(maps.Keys(c.Modules)) {
		m := c.Modules[name]
		if len(m.Imports) > 0 {
			e.fail("%s: an import that was not resolved", name)
		}
		e.text(name)
		e.ref(m.Package.Path)
		e.number(len(m.Rules))
		for _, r := range m.Rules {
			e.rule(r)
		}
	}
}

func (e *encoder) rule(r *ast.Rule) {
	e.location(r.Location)
	e.flag(r.Default)
	h := r.Head
	e.text(string(h.Name))
	e.ref(h.Reference)
	e.terms(h.Args)
	e.maybe(h.Key)
	e.maybe(h.Value)
	e.flag(h.Assign)
	e.exprs(r.Body)
	e.flag(r.Else != nil)
	if r.Else != nil {
		e.rule(r.Else)
	}
}

func (e *encoder) location(l *ast.Location) {
	e.flag(l != nil)
	if l != nil {
		e.number(l.Row)
		e.number(l.Col)
	}
}

func (e *encoder) exprs(b ast.Body) {
	e.number(len(b))
	for _, x := range b {
		e.location(x.Location)
		e.flag(x.Generated)
		e.flag(x.Negated)
		e.number(len(x.With))
		for _, w := range x.With {
			e.term(w.Target)
			e.term(w.Value)
		}
		switch t := x.Terms.(type) {
		case *ast.Term:
			e.number(tagOneTerm)
			e.term(t)
		case []*ast.Term:
			e.number(tagTerms)
			e.terms(t)
		case *ast.SomeDecl:
			e.number(tagSome)
			e.terms(t.Symbols)
		case *ast.Every:
			e.number(tagEvery)
			e.maybe(t.Key)
			e.term(t.Value)
			e.term(t.Domain)
			e.exprs(t.Body)
		default:
			e.fail("an expression of %T", t)
		}
	}
}

func (e *encoder) maybe(t *ast.Term) {
	e.flag(t != nil)
	if t != nil {
		e.term(t)
	}
}

func (e *encoder) terms(all []*ast.Term) {
	e.number(len(all))
	for _, t := range all {
		e.term(t)
	}
}

func (e *encoder) ref(r ast.Ref) { e.terms(r) }

func (e *encoder) term(t *ast.Term) {
	switch v := t.Value.(type) {
	case ast.Null:
		e.number(tagNull)
	case ast.Boolean:
		if v {
			e.number(tagTrue)
		} else {
			e.number(tagFalse)
		}
	case ast.Number:
		e.number(tagNumber)
		e.text(string(v))
	case ast.String:
		e.number(tagString)
		e.text(string(v))
	case ast.Var:
		e.number(tagVar)
		e.text(string(v))
	case ast.Ref:
		e.number(tagRef)
		e.terms(v)
	case ast.Call:
		e.number(tagCall)
		e.terms(v)
	case *ast.Array:
		e.number(tagArray)
		e.number(v.Len())
		v.Foreach(e.term)
	case ast.Object:
		e.number(tagObject)
		e.number(v.Len())
		v.Foreach(func(key, value *ast.Term) {
			e.term(key)
			e.term(value)
		})
	case ast.Set:
		e.number(tagSet)
		e.number(v.Len())
		v.Foreach(e.term)
	default:
		e.nested(t.Value)
	}
}

// nested are the values that have a body, or parts.
func (e *encoder) nested(value ast.Value) {
	switch v := value.(type) {
	case *ast.ArrayComprehension:
		e.number(tagArrayComprehension)
		e.term(v.Term)
		e.exprs(v.Body)
	case *ast.ObjectComprehension:
		e.number(tagObjectComprehension)
		e.term(v.Key)
		e.term(v.Value)
		e.exprs(v.Body)
	case *ast.SetComprehension:
		e.number(tagSetComprehension)
		e.term(v.Term)
		e.exprs(v.Body)
	default:
		e.fail("a value of %T", v)
	}
}
