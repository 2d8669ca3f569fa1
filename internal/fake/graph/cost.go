package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Cost is what a query costs by GitHub's published formulas: a connection is asked once for each node above it, a
// hundred such requests are one point, and every node that may come is counted.
// https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
type Cost struct{ Points, Nodes int }

// Fields counts the fields that an operation selects, each once; 0 for one that does not parse. GitLab's complexity is
// about that.
func (x *Executor) Fields(query, operationName string) int {
	doc, failed := x.document(query)
	if failed != nil {
		return 0
	}
	op, failed := operation(doc, operationName)
	if failed != nil {
		return 0
	}
	c := costing{doc: doc}
	c.add(op.SelectionSet, 1, 0)
	return c.fields
}

// Cost reckons the cost of an operation from its text alone; one that does not parse costs a point.
func (x *Executor) Cost(query, operationName string, variables map[string]any) Cost {
	doc, failed := x.document(query)
	if failed != nil {
		return Cost{Points: 1}
	}
	op, failed := operation(doc, operationName)
	if failed != nil {
		return Cost{Points: 1}
	}
	vars, problems := coerceVariables(op.VariableDefinitions, variables)
	if len(problems) > 0 {
		return Cost{Points: 1}
	}
	c := costing{doc: doc, vars: vars}
	c.add(op.SelectionSet, 1, 0)
	return Cost{Points: max(1, (c.requests+50)/100), Nodes: c.nodes}
}

type costing struct {
	doc             *ast.QueryDocument
	vars            map[string]any
	requests, nodes int
	selected        int
	fields          int
}

func (c *costing) add(set ast.SelectionSet, times, depth int) {
	if depth > MaxDepth*4 {
		return // fragments that use each other
	}
	for _, s := range set {
		if c.selected++; c.selected > MaxSelections || c.nodes > 1<<40 {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			c.fields++
			inner := times
			if n := c.page(s); n > 0 {
				c.requests += times
				c.nodes += times * n
				inner = times * n
			}
			c.add(s.SelectionSet, inner, depth+1)
		case *ast.InlineFragment:
			c.add(s.SelectionSet, times, depth+1)
		case *ast.FragmentSpread:
			if f := c.doc.Fragments.ForName(s.Name); f != nil {
				c.add(f.SelectionSet, times, depth+1)
			}
		}
	}
}

// page is how many nodes a field asks for; 0 when it is no connection.
func (c *costing) page(f *ast.Field) int {
	for _, name := range []string{"first", "last"} {
		a := f.Arguments.ForName(name)
		if a == nil {
			continue
		}
		if a.Value.Kind == ast.Variable {
			if n, ok := c.vars[a.Value.Raw].(int64); ok {
				return int(n)
			}
			continue
		}
		if n, err := strconv.Atoi(a.Value.Raw); err == nil {
			return n
		}
	}
	return 0
}
