package graph

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// Execute runs one operation of the query text against root and returns the answer. operationName may be empty when the
// text has one operation. Fields are resolved one after another in the order of the text. The answer is complete or
// says in Errors what is missing.
func Execute(ctx context.Context, query, operationName string, variables map[string]any, root Object) Response {
	var e Executor
	return e.Execute(ctx, query, operationName, variables, root)
}

// Executor runs queries as the function Execute does and keeps the texts it has parsed: parsing takes longer than
// running. The zero value is ready, and safe for concurrent use.
type Executor struct {
	mu     sync.Mutex
	parsed map[string]*ast.QueryDocument
}

// What an Executor keeps: so many texts, none longer. A client sends few texts again and again.
const (
	keptTexts     = 64
	keptTextBytes = 16 << 10
)

// Execute is the function Execute with the texts kept.
func (x *Executor) Execute(ctx context.Context, query, operationName string, variables map[string]any, root Object) Response {
	doc, failed := x.document(query)
	if failed != nil {
		return Response{Errors: []Error{*failed}}
	}
	op, failed := operation(doc, operationName)
	if failed != nil {
		return Response{Errors: []Error{*failed}}
	}
	vars, problems := coerceVariables(op.VariableDefinitions, variables)
	if len(problems) > 0 {
		return Response{Errors: problems}
	}
	e := &execution{fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)), vars: vars, declared: declared(op)}
	for _, f := range doc.Fragments {
		e.fragments[f.Name] = f
	}
	typeName := "Query"
	if op.Operation != ast.Query {
		typeName = "Mutation"
		root, failed = mutations(ctx, root, op)
		if failed != nil {
			return Response{Errors: []Error{*failed}}
		}
	}
	e.object(ctx, root, typeName, []ast.SelectionSet{op.SelectionSet}, nil, 0, op.Position)
	if e.dropped > 0 {
		e.errors = append(e.errors, Error{Message: fmt.Sprintf("%d more errors are left out", e.dropped)})
	}
	if e.aborted != nil {
		return Response{Errors: append(e.errors, *e.aborted)}
	}
	return Response{Data: e.out, Errors: e.errors}
}

// document parses a text, or returns it as it was parsed before. Nobody changes a document: executions share it.
func (x *Executor) document(query string) (*ast.QueryDocument, *Error) {
	x.mu.Lock()
	doc := x.parsed[query]
	x.mu.Unlock()
	if doc != nil {
		return doc, nil
	}
	doc, failed := parse(query)
	if failed != nil || len(query) > keptTextBytes {
		return doc, failed
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.parsed == nil || len(x.parsed) >= keptTexts {
		x.parsed = make(map[string]*ast.QueryDocument, keptTexts)
	}
	x.parsed[query] = doc
	return doc, nil
}

func parse(query string) (*ast.QueryDocument, *Error) {
	if len(query) > MaxQueryBytes {
		return nil, &Error{Message: fmt.Sprintf("Query has %d bytes, which exceeds the limit of %d", len(query), MaxQueryBytes)}
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, MaxTokens)
	if err == nil {
		return doc, nil
	}
	out := &Error{Message: err.Error()}
	var at *gqlerror.Error
	if errors.As(err, &at) {
		out.Message = at.Message
		for _, l := range at.Locations {
			out.Locations = append(out.Locations, Location{Line: l.Line, Column: l.Column})
		}
	}
	return nil, out
}

// operation picks the operation to run, as GetOperation of the specification does (section 6.1).
func operation(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, *Error) {
	switch {
	case len(doc.Operations) == 0:
		return nil, &Error{Message: "A query attribute must be specified and must be a string."}
	case name == "" && len(doc.Operations) == 1:
		return doc.Operations[0], nil
	case name == "":
		return nil, &Error{Message: "An operation name is required"}
	}
	for _, op := range doc.Operations {
		if op.Name == name {
			return op, nil
		}
	}
	return nil, &Error{Message: fmt.Sprintf("No operation named %q", name)}
}

func mutations(ctx context.Context, root Object, op *ast.OperationDefinition) (Object, *Error) {
	at := locate(op.Position)
	if op.Operation != ast.Mutation {
		return nil, &Error{Message: fmt.Sprintf("Schema is not configured for %ss", op.Operation), Locations: at}
	}
	resolve, ok := root[Mutation]
	if !ok {
		return nil, &Error{Message: "Schema is not configured for mutations", Locations: at}
	}
	v, err := resolve(ctx, nil)
	if err != nil {
		return nil, &Error{Message: err.Error(), Locations: at}
	}
	o, ok := v.(Object)
	if !ok {
		return nil, &Error{Message: fmt.Sprintf("mutations resolve to %T, not to an Object", v), Locations: at}
	}
	return o, nil
}

// execution is the state of one run. The answer is written as the fields are resolved; nothing is kept of it but its text.
type execution struct {
	fragments map[string]*ast.FragmentDefinition
	vars      map[string]any
	declared  map[string]bool
	out       []byte
	errors    []Error
	dropped   int
	selected  int
	aborted   *Error
}

// path leads from a field back to the root. It is made into a list only when an error needs it.
type path struct {
	up    *path
	name  string
	index int
}

func (p *path) list() []any {
	var out []any
	for ; p != nil; p = p.up {
		if p.name != "" {
			out = append(out, p.name)
		} else {
			out = append(out, p.index)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func (e *execution) fail(p *path, pos *ast.Position, err Error) {
	if len(e.errors) >= maxErrors {
		e.dropped++
		return
	}
	err.Path, err.Locations = p.list(), locate(pos)
	e.errors = append(e.errors, err)
}

// abort ends the execution: an answer cut short must not look like data.
func (e *execution) abort(pos *ast.Position, message string) {
	if e.aborted == nil {
		e.aborted = &Error{Message: message, Locations: locate(pos)}
	}
}

func locate(pos *ast.Position) []Location {
	if pos == nil {
		return nil
	}
	return []Location{{Line: pos.Line, Column: pos.Column}}
}
