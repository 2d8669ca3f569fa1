package template

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// Check follows each template of a set, on every branch, with the types of its views, and says what would fail when it
// is executed: a field that a type does not have, methods among them, an argument that a function does not take, a
// template without a view. It is for tests, which need no data for it and so miss no branch.
func Check(s *Set) []string {
	c := checker{set: s, trees: map[string]*parse.Tree{}, seen: map[string]bool{}, reached: map[string]bool{}}
	for _, t := range s.parsed().Templates() {
		if t.Tree != nil && !parse.IsEmptyTree(t.Tree.Root) {
			c.trees[t.Name()] = t.Tree
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.views)) {
		c.template(name, name, value{is: reflect.TypeOf(s.views[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(c.trees)) {
		if !c.reached[name] {
			c.problems = append(c.problems, fmt.Sprintf("%s: no view leads to this template", name))
		}
	}
	return c.problems
}

// value is what is known of a value. All is zero for one of which nothing is known.
type value struct {
	is reflect.Type
	// literal is true for a constant of the template, whose type fits any of its kind.
	literal bool
	text    string
	// parts are those of an array of anything, by place; named those of a map of anything.
	parts []value
	named map[string]value
	// or are several of which it is one.
	or []value
}

// of is a value of this type.
func of[T any]() value { return value{is: reflect.TypeFor[T]()} }

// String names it for people, key tells it from any other.
func (v value) String() string { return v.written(reflect.Type.String) }
func (v value) key() string {
	return v.written(func(t reflect.Type) string { return fmt.Sprintf("%p", t) })
}

func (v value) written(one func(reflect.Type) string) string {
	all := func(values []value) (out []string) {
		for _, each := range values {
			out = append(out, each.written(one))
		}
		return out
	}
	switch {
	case v.or != nil:
		return "one of " + strings.Join(all(v.or), ", ")
	case v.parts != nil:
		return "[" + strings.Join(all(v.parts), ", ") + "]"
	case v.named != nil:
		names := slices.Sorted(maps.Keys(v.named))
		for i, name := range names {
			names[i] = name + ": " + v.named[name].written(one)
		}
		return "{" + strings.Join(names, ", ") + "}"
	case v.is == nil:
		return "nothing known"
	default:
		return one(v.is)
	}
}

type variable struct {
	name string
	is   value
}

type checker struct {
	set      *Set
	trees    map[string]*parse.Tree
	seen     map[string]bool // a template with a value
	reached  map[string]bool
	problems []string
}

// branch is a place in a template that is followed.
type branch struct {
	*checker
	name string // of the template
	vars *[]variable
	dot  value
}

func (c *checker) template(name, from string, dot value) {
	tree := c.trees[name]
	if tree == nil {
		c.problems = append(c.problems, fmt.Sprintf("%s: there is no template %q", from, name))
		return
	}
	c.reached[name] = true
	if key := name + " " + dot.key(); !c.seen[key] {
		c.seen[key] = true
		branch{c, name, &[]variable{{"$", dot}}, dot}.follow(tree.Root)
	}
}

func (b branch) fail(n parse.Node, format string, args ...any) {
	if text := fmt.Sprintf("%s: %s: %s", b.name, n, fmt.Sprintf(format, args...)); !slices.Contains(b.problems, text) {
		b.problems = append(b.problems, text)
	}
}

// within follows a list with this dot; its variables end with it.
func (b branch) within(dot value, list *parse.ListNode) {
	if list != nil {
		vars := slices.Clone(*b.vars)
		branch{b.checker, b.name, &vars, dot}.follow(list)
	}
}

func (b branch) follow(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		for _, each := range n.Nodes {
			b.follow(each)
		}
	case *parse.ActionNode:
		b.pipe(n.Pipe)
	case *parse.IfNode:
		inner := b.inner()
		inner.pipe(n.Pipe)
		inner.within(b.dot, n.List)
		inner.within(b.dot, n.ElseList)
	case *parse.WithNode:
		inner := b.inner()
		dot := inner.pipe(n.Pipe)
		inner.within(dot, n.List)
		inner.within(b.dot, n.ElseList)
	case *parse.RangeNode:
		b.loop(n)
	case *parse.TemplateNode:
		dot := value{}
		if n.Pipe != nil {
			dot = b.pipe(n.Pipe)
		}
		b.template(n.Name, b.name, dot)
	}
}

// inner is the same place with variables of its own.
func (b branch) inner() branch {
	vars := slices.Clone(*b.vars)
	b.vars = &vars
	return b
}

func (b branch) loop(n *parse.RangeNode) {
	inner := b.inner()
	over := inner.pipe(n.Pipe)
	key, elem := of[int](), value{}
	switch t := indirect(over.is); {
	case t == nil:
		b.fail(n.Pipe, "what is ranged over is not known")
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		elem = value{is: t.Elem()}
	case t.Kind() == reflect.Map:
		key, elem = value{is: t.Key()}, value{is: t.Elem()}
	case t.Kind() == reflect.Int:
		elem = of[int]()
	default:
		b.fail(n.Pipe, "a range over %v is not understood", t)
	}
	switch vars := *inner.vars; len(n.Pipe.Decl) {
	case 1:
		vars[len(vars)-1].is = elem
	case 2:
		vars[len(vars)-2].is, vars[len(vars)-1].is = key, elem
	}
	inner.within(elem, n.List)
	inner.within(b.dot, n.ElseList)
}

func (b branch) pipe(p *parse.PipeNode) value {
	var last *value
	for _, c := range p.Cmds {
		v := b.command(c, last)
		last = &v
	}
	for _, d := range p.Decl {
		if p.IsAssign {
			if was := b.variable(d); was.key() != last.key() {
				b.fail(p, "the variable was a %v", was)
			}
			continue
		}
		*b.vars = append(*b.vars, variable{d.Ident[0], *last})
	}
	return *last
}

func (b branch) command(c *parse.CommandNode, piped *value) value {
	if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
		args := make([]value, 0, len(c.Args))
		for _, a := range c.Args[1:] {
			args = append(args, b.argument(a))
		}
		if piped != nil {
			args = append(args, *piped)
		}
		return b.call(c, f.Ident, args)
	}
	if len(c.Args) > 1 || piped != nil {
		b.fail(c, "this is no function")
	}
	return b.argument(c.Args[0])
}

func (b branch) argument(n parse.Node) value {
	switch n := n.(type) {
	case *parse.DotNode:
		return b.dot
	case *parse.FieldNode:
		return b.fields(n, b.dot, n.Ident)
	case *parse.VariableNode:
		return b.fields(n, b.variable(n), n.Ident[1:])
	case *parse.ChainNode:
		return b.fields(n, b.argument(n.Node), n.Field)
	case *parse.PipeNode:
		return b.inner().pipe(n)
	case *parse.IdentifierNode:
		return b.call(n, n.Ident, nil)
	case *parse.StringNode:
		return value{is: reflect.TypeFor[string](), literal: true, text: n.Text}
	case *parse.BoolNode:
		return value{is: reflect.TypeFor[bool](), literal: true}
	case *parse.NumberNode:
		if !n.IsInt {
			return value{is: reflect.TypeFor[float64](), literal: true, text: n.Text}
		}
		return value{is: reflect.TypeFor[int](), literal: true, text: n.Text}
	default:
		b.fail(n, "this is not understood")
		return value{}
	}
}

func (b branch) variable(n *parse.VariableNode) value {
	for _, v := range slices.Backward(*b.vars) {
		if v.name == n.Ident[0] {
			return v.is
		}
	}
	b.fail(n, "there is no such variable")
	return value{}
}

func (b branch) fields(n parse.Node, v value, names []string) value {
	for _, name := range names {
		var ok bool
		if v, ok = field(v, name); !ok {
			b.fail(n, "%v has no field %s", v, name)
			return value{}
		}
	}
	return v
}

// field is one of a value; if it has none, the value itself.
func field(v value, name string) (value, bool) {
	if v.or != nil {
		all := value{}
		for _, one := range v.or {
			f, ok := field(one, name)
			if !ok {
				return v, false
			}
			all.or = append(all.or, f)
		}
		return all, true
	}
	if v.named != nil {
		if f, ok := v.named[name]; ok {
			return f, true
		}
		return v, false
	}
	switch t := indirect(v.is); {
	case t == nil:
	case t.Kind() == reflect.Struct:
		if f, ok := t.FieldByName(name); ok && f.IsExported() {
			return value{is: f.Type}, true
		}
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return value{is: t.Elem()}, true
	}
	return v, false
}

func indirect(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// escaper reports whether a function is one of those that escaping adds to a tree once it was executed.
func escaper(name string) bool { return strings.HasPrefix(name, "_html_template_") }
