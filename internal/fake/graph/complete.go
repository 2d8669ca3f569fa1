package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// object writes the selected fields of o.
func (e *execution) object(ctx context.Context, o Object, defaultType string, sets []ast.SelectionSet, p *path, depth int,
	pos *ast.Position) {
	if err := ctx.Err(); err != nil {
		e.abort(pos, fmt.Sprintf("query was not finished: %v", err))
	}
	if depth >= MaxDepth {
		e.abort(pos, fmt.Sprintf("Query nests deeper than %d objects", MaxDepth))
	}
	if e.aborted != nil {
		return
	}
	t := typeOf(ctx, o, defaultType)
	c := collection{e: e, t: t}
	for _, set := range sets {
		c.add(set, p)
	}
	e.out = append(e.out, '{')
	for i := range c.fields {
		if e.aborted != nil {
			return
		}
		if i > 0 {
			e.out = append(e.out, ',')
		}
		f := &c.fields[i]
		e.out = append(appendString(e.out, f.key), ':')
		e.field(ctx, o, t, f, &path{up: p, name: f.key}, depth)
	}
	e.out = append(e.out, '}')
}

func (e *execution) field(ctx context.Context, o Object, t objectType, f *collected, p *path, depth int) {
	if f.ast.Name == typeNameField {
		e.out = appendString(e.out, t.name)
		return
	}
	resolve, ok := o[f.ast.Name]
	if !ok || len(f.ast.Name) > 1 && f.ast.Name[:2] == "__" {
		e.null(p, f.ast.Position, Error{
			Message:    fmt.Sprintf("Field '%s' doesn't exist on type '%s'", f.ast.Name, t.name),
			Extensions: map[string]any{"code": "undefinedField", "typeName": t.name, "fieldName": f.ast.Name},
		})
		return
	}
	args, err := e.arguments(f.ast)
	if err != nil {
		e.null(p, f.ast.Position, Error{Message: err.Error()})
		return
	}
	v, err := resolve(ctx, args)
	if err != nil {
		out := Error{Message: err.Error()}
		var failure *Failure
		if errors.As(err, &failure) {
			out.Type = failure.Type
		}
		e.null(p, f.ast.Position, out)
		return
	}
	e.value(ctx, v, t.name, f, p, depth)
}

func (e *execution) null(p *path, pos *ast.Position, err Error) {
	e.out = append(e.out, "null"...)
	e.fail(p, pos, err)
}

// value writes what a resolver returned.
func (e *execution) value(ctx context.Context, v any, parent string, f *collected, p *path, depth int) {
	switch v := v.(type) {
	case nil:
		e.out = append(e.out, "null"...)
	case Object:
		switch {
		case v == nil:
			e.out = append(e.out, "null"...)
		case len(f.sets) == 0:
			e.null(p, f.ast.Position,
				Error{Message: fmt.Sprintf(
					"Field must have selections (field '%s' returns %s but has no selections. Did you mean '%s { ... }'?)",
					f.ast.Name, typeOf(ctx, v, "an object").name, f.ast.Name)})
		default:
			e.object(ctx, v, "Object", f.sets, p, depth+1, f.ast.Position)
		}
	case []Object:
		list(e, v, p, func(item Object, p *path) { e.value(ctx, item, parent, f, p, depth) })
	case []any:
		list(e, v, p, func(item any, p *path) { e.value(ctx, item, parent, f, p, depth) })
	default:
		if len(f.sets) > 0 {
			e.null(p, f.ast.Position,
				Error{Message: fmt.Sprintf("Selections can't be made on scalars (field '%s' on type '%s')", f.ast.Name, parent)})
			return
		}
		e.leaf(v, p, f.ast.Position)
	}
}

func list[T any](e *execution, items []T, p *path, write func(T, *path)) {
	if items == nil {
		e.out = append(e.out, "null"...)
		return
	}
	e.out = append(e.out, '[')
	for i, item := range items {
		if e.aborted != nil {
			return
		}
		if i > 0 {
			e.out = append(e.out, ',')
		}
		write(item, &path{up: p, index: i})
	}
	e.out = append(e.out, ']')
}

func (e *execution) leaf(v any, p *path, pos *ast.Position) {
	switch v := v.(type) {
	case string:
		e.out = appendString(e.out, v)
	case bool:
		e.out = strconv.AppendBool(e.out, v)
	case int:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case int64:
		e.out = strconv.AppendInt(e.out, v, 10)
	case time.Time:
		e.out = append(e.out, '"')
		e.out = v.UTC().AppendFormat(e.out, time.RFC3339)
		e.out = append(e.out, '"')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			e.null(p, pos, Error{Message: fmt.Sprintf("write a value of type %T: %v", v, err)})
			return
		}
		e.out = append(e.out, text...)
	}
}

// appendString writes s as JSON. Most strings need no escape; the others go to encoding/json, which also replaces invalid UTF-8.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			text, err := json.Marshal(s)
			if err != nil { // a string always marshals
				return append(out, `""`...)
			}
			return append(out, text...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}
