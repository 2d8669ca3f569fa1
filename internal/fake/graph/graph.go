// Package graph executes GraphQL text against plain Go functions, for the fake forges; it is the only door to gqlparser.
// It parses and executes without a schema; Schema, for tests, says what GitHub itself would refuse.
//
// Callers may rely on this:
//   - Aliases, arguments, variables with defaults, named and inline fragments, @include, @skip, lists and __typename
//     follow the GraphQL specification (October 2021, section 6).
//   - Hostile text is bounded: MaxQueryBytes, MaxTokens, MaxDepth and MaxSelections are errors, never a crash and never a long wait.
//   - A field that fails or does not exist becomes null with an error that carries its path; the rest of the answer stands.
//     Nulls do not travel upwards, since nothing here knows which types are non-null. GitHub refuses a query with an
//     unknown field as a whole:
//     check texts with Schema in tests.
package graph

import (
	"context"
	"encoding/json"
)

// Limits on one execution. GitHub publishes none of these numbers; they are ours, far above what an App sends.
const (
	// MaxQueryBytes is the longest query text.
	MaxQueryBytes = 256 << 10
	// MaxTokens is how many tokens a text may have.
	MaxTokens = 50_000
	// MaxDepth is how deep objects may nest in an answer.
	MaxDepth = 25
	// MaxSelections is how many selections one execution looks at, counted again for each element of a list.
	MaxSelections = 500_000
	// maxErrors is how many errors an answer carries; more are counted in one last line.
	maxErrors = 100
)

// Resolver answers one field. args holds the arguments given, by name: nil, string (also enum values and IDs), bool,
// int64, float64, []any and map[string]any; an argument left out, or given by a variable that has no value, has no key.
// Numbers in variables arrive as int64 when they are whole.
//
// The answer is an Object, a list ([]Object or []any), or a leaf: nil, string, bool, a number, time.Time (written as
// GitHub's DateTime) or anything encoding/json can write. An error makes the field null; return a *Failure to set
// GitHub's error type.
type Resolver func(ctx context.Context, args map[string]any) (any, error)

// Object is a GraphQL object: its fields by name. A nil Object is null. Names with two leading underscores belong to
// this package: see Typed and Mutation.
type Object map[string]Resolver

// Mutation is the field of a root Object whose answer, an Object, holds the mutations. Without it mutations are refused.
const Mutation = "__mutation"

const (
	typeNameField   = "__typename"
	interfacesField = "__interfaces"
)

// Typed gives an object its __typename and the interfaces it implements, so that fragments such as "... on Commit" and
// "... on Node" apply to it and others do not. It changes and returns o. A fragment applies to an Object without a type
// name whatever its condition says.
func Typed(name string, o Object, interfaces ...string) Object {
	o[typeNameField] = Value(name)
	if len(interfaces) > 0 {
		o[interfacesField] = Value(interfaces)
	}
	return o
}

// Value is the resolver of a field whose answer is known.
func Value(v any) Resolver {
	return func(context.Context, map[string]any) (any, error) { return v, nil }
}

// Text returns the argument as a string; "" and false when it is missing, null or of another kind.
func Text(args map[string]any, name string) (string, bool) {
	s, ok := args[name].(string)
	return s, ok
}

// Int returns the argument as an int; 0 and false when it is missing, null or of another kind.
func Int(args map[string]any, name string) (int, bool) {
	n, ok := args[name].(int64)
	return int(n), ok
}

// Response is GraphQL's answer: data, errors or both. Its JSON is the wire form; Data is absent when nothing was executed.
type Response struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []Error         `json:"errors,omitempty"`
}

// Error is one error of an answer, shaped as GitHub writes it.
type Error struct {
	// Type is GitHub's word for the kind of error, such as NOT_FOUND; empty for errors of the query itself.
	Type    string `json:"type,omitempty"`
	Message string `json:"message"`
	// Path leads to the field in the answer: names (string) and list positions (int).
	Path       []any          `json:"path,omitempty"`
	Locations  []Location     `json:"locations,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Location is a place in the query text; both count from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Failure is an error with GitHub's error type, such as NOT_FOUND, FORBIDDEN or UNPROCESSABLE.
type Failure struct {
	Type    string
	Message string
}

// Error implements error.
func (f *Failure) Error() string { return f.Message }
