package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// objectType is what fragments ask of an object.
type objectType struct {
	name       string
	interfaces []string
	known      bool
}

func typeOf(ctx context.Context, o Object, otherwise string) objectType {
	t := objectType{name: otherwise}
	if resolve, ok := o[typeNameField]; ok {
		if v, err := resolve(ctx, nil); err == nil {
			t.name, t.known = v.(string)
		}
	}
	if resolve, ok := o[interfacesField]; ok {
		if v, err := resolve(ctx, nil); err == nil {
			t.interfaces, _ = v.([]string)
		}
	}
	return t
}

func (t objectType) matches(condition string) bool {
	return !t.known || condition == "" || condition == t.name || slices.Contains(t.interfaces, condition)
}

// collected is one key of the answer: its field and the selections of all fields that share the key.
type collected struct {
	key  string
	ast  *ast.Field
	sets []ast.SelectionSet
}

// collection merges selection sets in the order of the text, as CollectFields of the specification does (section 6.3.2).
type collection struct {
	e       *execution
	t       objectType
	fields  []collected
	index   map[string]int
	visited map[string]bool
}

func (c *collection) add(set ast.SelectionSet, p *path) {
	for _, s := range set {
		c.e.selected++
		if c.e.selected > MaxSelections {
			c.e.abort(s.GetPosition(), fmt.Sprintf("Query asks for more than %d fields", MaxSelections))
		}
		if c.e.aborted != nil {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			if c.wanted(s.Directives, p) {
				c.field(s, p)
			}
		case *ast.InlineFragment:
			if c.wanted(s.Directives, p) && c.t.matches(s.TypeCondition) {
				c.add(s.SelectionSet, p)
			}
		case *ast.FragmentSpread:
			if c.wanted(s.Directives, p) {
				c.spread(s, p)
			}
		}
	}
}

func (c *collection) spread(s *ast.FragmentSpread, p *path) {
	if c.visited[s.Name] {
		return
	}
	if c.visited == nil {
		c.visited = map[string]bool{}
	}
	c.visited[s.Name] = true
	f, ok := c.e.fragments[s.Name]
	if !ok {
		c.e.fail(p, s.Position, Error{Message: fmt.Sprintf("Fragment %s was used, but not defined", s.Name)})
		return
	}
	if c.t.matches(f.TypeCondition) {
		c.add(f.SelectionSet, p)
	}
}

func (c *collection) field(f *ast.Field, p *path) {
	key := f.Alias
	if key == "" {
		key = f.Name
	}
	i := c.find(key)
	if i < 0 {
		if c.index != nil {
			c.index[key] = len(c.fields)
		}
		c.fields = append(c.fields, collected{key: key, ast: f})
		i = len(c.fields) - 1
	} else if c.fields[i].ast.Name != f.Name {
		c.e.fail(&path{up: p, name: key}, f.Position,
			Error{Message: fmt.Sprintf("Field '%s' has a field conflict: %s or %s?", key, c.fields[i].ast.Name, f.Name)})
		return
	}
	if len(f.SelectionSet) > 0 {
		c.fields[i].sets = append(c.fields[i].sets, f.SelectionSet)
	}
}

// find looks a key up. Few objects have many fields: a map is made only for those that do.
func (c *collection) find(key string) int {
	const few = 24
	if c.index == nil && len(c.fields) >= few {
		c.index = make(map[string]int, 2*few)
		for i := range c.fields {
			c.index[c.fields[i].key] = i
		}
	}
	if c.index != nil {
		if i, ok := c.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range c.fields {
		if c.fields[i].key == key {
			return i
		}
	}
	return -1
}

// wanted applies @skip and @include. Another directive is an error, as it is on GitHub, and the selection stays.
func (c *collection) wanted(directives ast.DirectiveList, p *path) bool {
	want := true
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			c.e.fail(p, d.Position, Error{Message: fmt.Sprintf("Directive @%s is not defined", d.Name)})
			continue
		}
		on, err := c.e.condition(d)
		if err != nil {
			c.e.fail(p, d.Position, Error{Message: err.Error()})
			on = d.Name == "skip" // a condition that cannot be read selects nothing
		}
		want = want && on == (d.Name == "include")
	}
	return want
}
