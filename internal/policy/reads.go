package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// reads says which members of the input policies can see: what no reference names need not be made into values of the
// engine, and for a small change that is most of the time of an evaluation. Nil is everything.
type reads map[string]reads

// readsOf finds what policies can see. A name of the input that is not written out, such as
// input[key], lets them see all that is there.
func readsOf(sources []source) reads {
	all := reads{}
	for _, s := range sources {
		m := s.module
		for _, i := range m.Imports {
			if ref, ok := i.Path.Value.(ast.Ref); ok && ofInput(ref) {
				all = all.and(ref)
			}
		}
		inside := 0
		ast.WalkTerms(m, func(t *ast.Term) bool {
			switch v := t.Value.(type) {
			case ast.Call:
				// Of the object it is given, object.get sees one member alone.
				if ref, ok := memberOf(v); ok {
					all = all.and(ref)
					return true
				}
			case ast.Ref:
				if ofInput(v) {
					all = all.and(v)
					inside++
				}
			case ast.Var:
				if v == ast.InputRootDocument.Value {
					inside--
				}
			}
			return false
		})
		if inside != 0 {
			return nil // the input as a whole is given to somebody
		}
	}
	return all
}

// and adds what a reference into the input names.
func (r reads) and(ref ast.Ref) reads {
	if r == nil {
		return nil
	}
	at := r
	for i, t := range ref[1:] {
		name, ok := t.Value.(ast.String)
		if !ok {
			break
		}
		below, known := at[string(name)]
		switch {
		case known && below == nil:
			return r
		case i == len(ref)-2 || !isName(ref[i+2]):
			at[string(name)] = nil
			return r
		case !known:
			below = reads{}
			at[string(name)] = below
		}
		at = below
	}
	return nil
}

// memberOf is the reference that a call of object.get with a written-out name stands for. Its default is a plain value.
func memberOf(c ast.Call) (ast.Ref, bool) {
	if len(c) != 4 || c[0].String() != "object.get" || !isName(c[2]) || !ast.IsConstant(c[3].Value) {
		return nil, false
	}
	ref, ok := c[1].Value.(ast.Ref)
	if !ok || !ofInput(ref) || slices.ContainsFunc(ref[1:], func(t *ast.Term) bool { return !isName(t) }) {
		return nil, false
	}
	return ref.Append(c[2]), true
}

func isName(t *ast.Term) bool {
	_, ok := t.Value.(ast.String)
	return ok
}

func ofInput(ref ast.Ref) bool { return len(ref) > 0 && ref[0].Equal(ast.InputRootDocument) }
