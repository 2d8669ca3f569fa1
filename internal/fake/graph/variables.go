package graph

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// refuse is an error in GitHub's words, which begin with a capital.
func refuse(format string, args ...any) error {
	return &Failure{Message: fmt.Sprintf(format, args...)}
}

func declared(op *ast.OperationDefinition) map[string]bool {
	out := make(map[string]bool, len(op.VariableDefinitions))
	for _, d := range op.VariableDefinitions {
		out[d.Variable] = true
	}
	return out
}

// coerceVariables applies defaults and checks what can be checked without a schema: presence, null, lists, and GraphQL's five own scalars.
// Values that no definition names are dropped, as GitHub drops them.
func coerceVariables(definitions ast.VariableDefinitionList, given map[string]any) (map[string]any, []Error) {
	vars := make(map[string]any, len(definitions))
	var problems []Error
	for _, d := range definitions {
		v, ok := given[d.Variable]
		if !ok && d.DefaultValue != nil {
			dv, err := d.DefaultValue.Value(nil)
			if err != nil {
				problems = append(problems, variableError(d, err.Error()))
				continue
			}
			v, ok = dv, true
		}
		if !ok {
			if d.Type.NonNull {
				problems = append(problems, variableError(d, "Expected value to not be null"))
			}
			continue
		}
		v, err := coerce(whole(v), d.Type)
		if err != nil {
			problems = append(problems, variableError(d, err.Error()))
			continue
		}
		vars[d.Variable] = v
	}
	return vars, problems
}

func variableError(d *ast.VariableDefinition, why string) Error {
	return Error{
		Message:    fmt.Sprintf("Variable $%s of type %s was provided invalid value", d.Variable, d.Type),
		Locations:  locate(d.Position),
		Extensions: map[string]any{"problems": []any{map[string]any{"path": []any{}, "explanation": why}}},
	}
}

func coerce(v any, t *ast.Type) (any, error) {
	if v == nil {
		if t.NonNull {
			return nil, refuse("Expected value to not be null")
		}
		return nil, nil
	}
	if t.Elem != nil {
		items, ok := v.([]any)
		if !ok {
			items = []any{v} // the specification reads a single value as a list of one
		}
		out := make([]any, len(items))
		for i, item := range items {
			var err error
			if out[i], err = coerce(item, t.Elem); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return scalar(v, t.NamedType)
}

// scalar checks GraphQL's own scalars; enums, inputs and GitHub's scalars pass as they are.
func scalar(v any, name string) (any, error) {
	ok := true
	switch name {
	case "Int":
		var n int64
		n, ok = v.(int64)
		ok = ok && n >= math.MinInt32 && n <= math.MaxInt32
	case "Float":
		if n, isInt := v.(int64); isInt {
			return float64(n), nil
		}
		_, ok = v.(float64)
	case "String":
		_, ok = v.(string)
	case "Boolean":
		_, ok = v.(bool)
	case "ID":
		if n, isInt := v.(int64); isInt {
			return fmt.Sprint(n), nil
		}
		_, ok = v.(string)
	}
	if !ok {
		return nil, refuse("Could not coerce value %v to %s", v, name)
	}
	return v, nil
}

// whole turns the numbers of decoded JSON, and of Go callers, into int64 where they are whole, all the way down.
func whole(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = whole(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = whole(v[k])
		}
		return out
	}
	return v
}

// arguments evaluates a field's arguments. One that is given by a variable without a value is left out.
func (e *execution) arguments(f *ast.Field) (map[string]any, error) {
	if len(f.Arguments) == 0 {
		return nil, nil
	}
	out := make(map[string]any, len(f.Arguments))
	for _, a := range f.Arguments {
		if err := e.known(a.Value); err != nil {
			return nil, err
		}
		if a.Value.Kind == ast.Variable {
			v, ok := e.vars[a.Value.Raw]
			if ok {
				out[a.Name] = v
			}
			continue
		}
		v, err := a.Value.Value(e.vars)
		if err != nil {
			return nil, refuse("Argument '%s' on Field '%s' has an invalid value (%s)", a.Name, f.Name, a.Value)
		}
		out[a.Name] = v
	}
	return out, nil
}

// known refuses variables that the operation does not declare, at any depth of a value.
func (e *execution) known(v *ast.Value) error {
	if v.Kind == ast.Variable && !e.declared[v.Raw] {
		return refuse("Variable $%s is used but not declared", v.Raw)
	}
	for _, c := range v.Children {
		if err := e.known(c.Value); err != nil {
			return err
		}
	}
	return nil
}

// condition is the "if" of a directive.
func (e *execution) condition(d *ast.Directive) (bool, error) {
	a := d.Arguments.ForName("if")
	if a == nil {
		return false, refuse("Directive '%s' is missing required arguments: if", d.Name)
	}
	if err := e.known(a.Value); err != nil {
		return false, err
	}
	v, err := a.Value.Value(e.vars)
	if err != nil {
		return false, fmt.Errorf("read the condition of @%s: %w", d.Name, err)
	}
	on, ok := v.(bool)
	if !ok {
		return false, refuse("Argument 'if' on Directive '%s' has an invalid value (%s). Expected type 'Boolean!'.", d.Name, a.Value)
	}
	return on, nil
}
