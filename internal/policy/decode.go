package policy

import (
	"errors"
	"fmt"
	"math"

	"github.com/open-policy-agent/opa/v1/ast"
)

// decoder reads what encoder wrote. It never panics: what is cut off or changed is an error. Strings share the memory of
// what is read, which is the program's own.
type decoder struct {
	in    string
	table []string
	// file stands in the locations of the module that is being read.
	file string
	// spare are terms that were allocated together.
	spare []ast.Term
	depth int
	err   error
}

// errPrebuilt is any fault of prebuilt policies: they are made by the program's own generator, so its place is of no use.
var errPrebuilt = errors.New("the prebuilt policies are cut off or changed")

// maxDepth bounds how deep terms and bodies nest.
const maxDepth = 200

func newDecoder(in string) *decoder {
	d := &decoder{in: in}
	d.table = make([]string, 0, d.count())
	for range cap(d.table) {
		n := d.count()
		if d.err != nil {
			break
		}
		d.table = append(d.table, d.in[:n])
		d.in = d.in[n:]
	}
	return d
}

func (d *decoder) fail() {
	d.err, d.in = errPrebuilt, ""
}

// number reads a number of the variable form of encoding/binary, which has no reader of strings.
func (d *decoder) number() int {
	n := uint64(0)
	for i := range len(d.in) {
		b := d.in[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.in = d.in[i+1:]
			if n > math.MaxInt32 {
				break
			}
			return int(n)
		}
		if i == 4 {
			break
		}
	}
	d.fail()
	return 0
}

// count reads how many elements follow, each of one byte at least.
func (d *decoder) count() int {
	n := d.number()
	if n > len(d.in) {
		d.fail()
		return 0
	}
	return n
}

func (d *decoder) flag() bool { return d.number() == 1 }

func (d *decoder) text() string {
	n := d.number()
	if n >= len(d.table) {
		d.fail()
		return ""
	}
	return d.table[n]
}

// modules gives those of one compiler, and the names of its local variables.
func (d *decoder) modules() (map[string]*ast.Module, map[ast.Var]ast.Var, error) {
	vars := make(map[ast.Var]ast.Var)
	for range d.count() {
		v := ast.Var(d.text())
		vars[v] = ast.Var(d.text())
	}
	modules := map[string]*ast.Module{}
	for range d.count() {
		d.file = d.text()
		m := &ast.Module{Package: &ast.Package{Path: d.terms()}}
		m.Rules = make([]*ast.Rule, d.count())
		for i := range m.Rules {
			m.Rules[i] = d.rule(m)
		}
		modules[d.file] = m
	}
	return modules, vars, d.err
}

func (d *decoder) rule(m *ast.Module) *ast.Rule {
	r := &ast.Rule{Location: d.location(), Default: d.flag(), Module: m}
	r.Head = &ast.Head{
		Name:      ast.Var(d.text()),
		Reference: d.terms(),
		Args:      d.terms(),
		Key:       d.maybe(),
		Value:     d.maybe(),
		Assign:    d.flag(),
		Location:  r.Location,
	}
	r.Body = d.exprs()
	if d.deeper() && d.flag() {
		r.Else = d.rule(m)
	}
	d.depth--
	return r
}

// deeper counts a level; whoever asks takes it back.
func (d *decoder) deeper() bool {
	if d.depth++; d.depth > maxDepth {
		d.fail()
	}
	return d.err == nil
}

func (d *decoder) location() *ast.Location {
	if !d.flag() {
		return nil
	}
	return &ast.Location{File: d.file, Row: d.number(), Col: d.number()}
}

func (d *decoder) exprs() ast.Body {
	body := make(ast.Body, d.count())
	for i := range body {
		x := &ast.Expr{Index: i, Location: d.location(), Generated: d.flag(), Negated: d.flag()}
		for range d.count() {
			x.With = append(x.With, &ast.With{Target: d.term(), Value: d.term()})
		}
		switch d.number() {
		case tagOneTerm:
			x.Terms = d.term()
		case tagTerms:
			x.Terms = d.terms()
		case tagSome:
			x.Terms = &ast.SomeDecl{Symbols: d.terms()}
		case tagEvery:
			x.Terms = &ast.Every{Key: d.maybe(), Value: d.term(), Domain: d.term(), Body: d.exprs()}
		default:
			d.fail()
		}
		body[i] = x
	}
	return body
}

func (d *decoder) maybe() *ast.Term {
	if !d.flag() {
		return nil
	}
	return d.term()
}

func (d *decoder) terms() []*ast.Term {
	n := d.count()
	if n == 0 {
		return nil
	}
	all := make([]*ast.Term, n)
	for i := range all {
		all[i] = d.term()
	}
	return all
}

// term is never nil, so that a fault is found by err alone.
func (d *decoder) term() *ast.Term {
	if len(d.spare) == 0 {
		d.spare = make([]ast.Term, 256)
	}
	t := &d.spare[0]
	d.spare = d.spare[1:]
	t.Value = ast.InternedNullValue
	if d.deeper() {
		if v := d.value(); d.err == nil {
			t.Value = v
		}
	}
	d.depth--
	return t
}

func (d *decoder) value() ast.Value {
	switch d.number() {
	case tagNull:
		return ast.InternedNullValue
	case tagFalse:
		return ast.Boolean(false)
	case tagTrue:
		return ast.Boolean(true)
	case tagNumber:
		return ast.Number(d.text())
	case tagString:
		return ast.String(d.text())
	case tagVar:
		return ast.Var(d.text())
	case tagRef:
		return ast.Ref(d.terms())
	case tagCall:
		return ast.Call(d.terms())
	case tagArray:
		return ast.NewArray(d.terms()...)
	case tagObject:
		pairs := make([][2]*ast.Term, d.count())
		for i := range pairs {
			pairs[i] = [2]*ast.Term{d.term(), d.term()}
		}
		return ast.NewObject(pairs...)
	case tagSet:
		return ast.NewSet(d.terms()...)
	case tagArrayComprehension:
		return &ast.ArrayComprehension{Term: d.term(), Body: d.exprs()}
	case tagObjectComprehension:
		return &ast.ObjectComprehension{Key: d.term(), Value: d.term(), Body: d.exprs()}
	case tagSetComprehension:
		return &ast.SetComprehension{Term: d.term(), Body: d.exprs()}
	}
	d.fail()
	return nil
}

// whole is an error when something is left, or something was wrong.
func (d *decoder) whole() error {
	if d.err == nil && d.in != "" {
		return fmt.Errorf("%w: %d bytes are left", errPrebuilt, len(d.in))
	}
	return d.err
}
