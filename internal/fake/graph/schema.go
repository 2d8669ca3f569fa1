package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Schema is a GraphQL schema as its owner publishes it. It says of a text whether that owner would run it, and of an
// answer whether it has the promised shape. Nothing is executed with it. It is safe for concurrent use.
type Schema struct {
	schema *ast.Schema
}

// LoadSchema reads a schema in GraphQL's definition language. GitHub's document repeats fields within a type; repeats are dropped.
func LoadSchema(text string) (*Schema, error) {
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		return nil, fmt.Errorf("parse GraphQL schema: %w", err)
	}
	for _, d := range doc.Definitions {
		seen := make(map[string]bool, len(d.Fields))
		d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
			repeated := seen[f.Name]
			seen[f.Name] = true
			return repeated
		})
	}
	schema, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil, fmt.Errorf("check GraphQL schema: %w", err)
	}
	return &Schema{schema: schema}, nil
}

// Check returns what is wrong with a query text, one line per problem; nothing when the schema's owner would run it.
func (s *Schema) Check(query string) []string {
	_, problems := s.load(query)
	return problems
}

func (s *Schema) load(query string) (*ast.QueryDocument, []string) {
	doc, failed := parse(query)
	if failed != nil {
		return nil, []string{failed.Message}
	}
	var problems []string
	for _, e := range validator.ValidateWithRules(s.schema, doc, nil) {
		problems = append(problems, e.Error())
	}
	return doc, problems
}

// CheckAnswer returns what is wrong with the data answered to a query: keys that are missing or were not asked for,
// null where the schema promises a value, and values of the wrong kind. A field behind @include, @skip or a fragment
// whose type cannot be told from the answer may be missing.
func (s *Schema) CheckAnswer(query, operationName string, data json.RawMessage) []string {
	doc, problems := s.load(query)
	if len(problems) > 0 {
		return problems
	}
	op, failed := operation(doc, operationName)
	if failed != nil {
		return []string{failed.Message}
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return []string{fmt.Sprintf("data is not JSON: %v", err)}
	}
	root := s.schema.Query
	if op.Operation == ast.Mutation {
		root = s.schema.Mutation
	}
	c := checker{schema: s.schema}
	c.object(v, root, []ast.SelectionSet{op.SelectionSet}, "data")
	return c.problems
}

type checker struct {
	schema   *ast.Schema
	problems []string
}

func (c *checker) problem(at, format string, args ...any) {
	c.problems = append(c.problems, at+": "+fmt.Sprintf(format, args...))
}

// expected is one key that a selection asks for.
type expected struct {
	definition *ast.FieldDefinition
	sets       []ast.SelectionSet
	optional   bool
}

func (c *checker) object(v any, t *ast.Definition, sets []ast.SelectionSet, at string) {
	fields, ok := v.(map[string]any)
	if !ok {
		c.problem(at, "is %s, the schema promises an object of type %s", kind(v), t.Name)
		return
	}
	runtime := t
	if t.IsAbstractType() {
		runtime = nil
		if name, _ := fields[typeNameField].(string); name != "" {
			runtime = c.schema.Types[name]
			if !slices.Contains(c.schema.GetPossibleTypes(t), runtime) {
				c.problem(at, "__typename %s is no %s", name, t.Name)
				return
			}
		}
	}
	want := map[string]*expected{}
	for _, set := range sets {
		c.expect(want, set, runtime, false)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if want[key] == nil {
			c.problem(at, "has %q, which was not asked for", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w := want[key]
		value, ok := fields[key]
		if !ok {
			if !w.optional {
				c.problem(at, "lacks %q", key)
			}
			continue
		}
		if runtime != nil && w.definition.Name == typeNameField {
			if value != runtime.Name {
				c.problem(at, "__typename is %v, want %s", value, runtime.Name)
			}
			continue
		}
		c.value(value, w.definition.Type, w.sets, at+"."+key)
	}
}

// expect adds the keys that a selection set asks of an object of type runtime (nil: not known).
func (c *checker) expect(want map[string]*expected, set ast.SelectionSet, runtime *ast.Definition, optional bool) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			w := want[sel.Alias]
			if w == nil {
				w = &expected{definition: sel.Definition, optional: true}
				want[sel.Alias] = w
			}
			w.optional = w.optional && (optional || conditional(sel.Directives))
			if len(sel.SelectionSet) > 0 {
				w.sets = append(w.sets, sel.SelectionSet)
			}
		case *ast.InlineFragment:
			c.fragment(want, sel.SelectionSet, sel.TypeCondition, runtime, optional || conditional(sel.Directives))
		case *ast.FragmentSpread:
			c.fragment(want, sel.Definition.SelectionSet, sel.Definition.TypeCondition, runtime, optional || conditional(sel.Directives))
		}
	}
}

func (c *checker) fragment(want map[string]*expected, set ast.SelectionSet, condition string, runtime *ast.Definition, optional bool) {
	switch {
	case condition == "":
	case runtime == nil:
		optional = true
	case condition != runtime.Name && !slices.Contains(c.schema.GetPossibleTypes(c.schema.Types[condition]), runtime):
		return
	}
	c.expect(want, set, runtime, optional)
}

func conditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

func (c *checker) value(v any, t *ast.Type, sets []ast.SelectionSet, at string) {
	switch {
	case v == nil:
		if t.NonNull {
			c.problem(at, "is null, the schema promises %s", t)
		}
	case t.Elem != nil:
		items, ok := v.([]any)
		if !ok {
			c.problem(at, "is %s, the schema promises %s", kind(v), t)
			return
		}
		for i, item := range items {
			c.value(item, t.Elem, sets, fmt.Sprintf("%s[%d]", at, i))
		}
	case len(sets) > 0:
		c.object(v, c.schema.Types[t.NamedType], sets, at)
	default:
		c.leaf(v, c.schema.Types[t.NamedType], at)
	}
}

func (c *checker) leaf(v any, t *ast.Definition, at string) {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	ok := true
	switch {
	case t.Kind == ast.Enum:
		ok = isText && t.EnumValues.ForName(text) != nil
	case t.Name == "Int":
		ok = isNumber && number == float64(int32(number))
	case t.Name == "Float":
		ok = isNumber
	case t.Name == "Boolean":
		_, ok = v.(bool)
	case t.Name == "String", t.Name == "ID", t.Name == "URI", t.Name == "HTML", t.Name == "BigInt":
		ok = isText
	case t.Name == "DateTime", t.Name == "GitTimestamp":
		_, err := time.Parse(time.RFC3339, text)
		ok = err == nil
	case t.Name == "GitObjectID":
		ok = isObjectID(text)
	}
	if !ok {
		shown, _ := json.Marshal(v)
		c.problem(at, "is %.60s, the schema promises %s", shown, t.Name)
	}
}

func isObjectID(s string) bool {
	if len(s) != 40 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return fmt.Sprintf("%T", v)
}
