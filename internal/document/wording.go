package document

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/lintel-review/lintel/internal/text"
)

// wording turns the validator's tree of errors into problems for people.
type wording struct {
	schema   *Schema
	value    any
	problems []Problem
}

func (w *wording) add(loc []string, format string, args ...any) {
	w.problems = append(w.problems, Problem{Path: Path(loc...), Message: fmt.Sprintf(format, args...), loc: loc})
}

func (w *wording) walk(e *jsonschema.ValidationError) {
	loc := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		w.choice(e)
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			w.unknownKey(loc, name, w.schema.keys(e.SchemaURL))
		}
	case *kind.FalseSchema:
		w.add(loc, "%s is not allowed here", subject(loc))
	case *kind.Required:
		for _, name := range k.Missing {
			w.add(loc, "the key %s is missing%s", cut(name), within(loc))
		}
	case *kind.PropertyNames:
		in := append(slices.Clip(loc), k.Property)
		w.problems = append(w.problems, Problem{Path: Path(in...), loc: in, atKey: true,
			Message: fmt.Sprintf("the key %s%s does not have the right form", cut(k.Property), within(loc))})
	case *kind.Type:
		if sub := w.schema.at[e.SchemaURL]; sub != nil && sub.Enum != nil {
			w.enum(loc, sub.Enum.Values)
		} else {
			w.add(loc, "%s", w.wrongType(loc, k.Want))
		}
	case *kind.Enum:
		w.enum(loc, k.Want)
	case *kind.Const:
		w.add(loc, "%s is %s; it must be %s", subject(loc), show(w.at(loc)), show(k.Want))
	case *kind.Minimum:
		w.add(loc, "%s is %s; the least is %s", subject(loc), decimal(k.Got), decimal(k.Want))
	case *kind.Maximum:
		w.add(loc, "%s is %s; the most is %s", subject(loc), decimal(k.Got), decimal(k.Want))
	case *kind.ExclusiveMinimum:
		w.add(loc, "%s is %s; it must be more than %s", subject(loc), decimal(k.Got), decimal(k.Want))
	case *kind.ExclusiveMaximum:
		w.add(loc, "%s is %s; it must be less than %s", subject(loc), decimal(k.Got), decimal(k.Want))
	case *kind.MultipleOf:
		w.add(loc, "%s is %s; it must be a multiple of %s", subject(loc), decimal(k.Got), decimal(k.Want))
	case *kind.MinLength:
		if k.Got == 0 {
			w.add(loc, "%s is empty", subject(loc))
		} else {
			w.add(loc, "%s has %s; the least is %d", subject(loc), text.Count(k.Got, "character"), k.Want)
		}
	case *kind.MaxLength:
		w.add(loc, "%s has %s; the most is %d", subject(loc), text.Count(k.Got, "character"), k.Want)
	case *kind.MinItems:
		w.add(loc, "%s has %s; the least is %d", subject(loc), text.Count(k.Got, "item"), k.Want)
	case *kind.MaxItems:
		w.add(loc, "%s has %s; the most is %d", subject(loc), text.Count(k.Got, "item"), k.Want)
	case *kind.MinProperties:
		w.add(loc, "%s has %s; the least is %d", subject(loc), text.Count(k.Got, "key"), k.Want)
	case *kind.MaxProperties:
		w.add(loc, "%s has %s; the most is %d", subject(loc), text.Count(k.Got, "key"), k.Want)
	case *kind.UniqueItems:
		in := append(slices.Clip(loc), strconv.Itoa(k.Duplicates[1]))
		w.add(in, "%s repeats %s; give each item once", Path(in...), show(w.at(in)))
	case *kind.Pattern:
		form := "match the pattern " + k.Want
		if sub := w.schema.at[e.SchemaURL]; sub != nil && strings.HasPrefix(sub.Description, "a ") {
			form = "be " + sub.Description
		}
		w.add(loc, "%s is %s; it must %s", subject(loc), show(w.at(loc)), form)
	case *kind.Format:
		w.add(loc, "%s is %s; it must be a valid %s", subject(loc), show(w.at(loc)), k.Want)
	default:
		if len(e.Causes) == 0 {
			w.add(loc, "%s does not follow the schema (%s)", subject(loc), strings.Join(e.ErrorKind.KeywordPath(), " "))
		}
		for _, c := range e.Causes {
			w.walk(c)
		}
	}
}

func (w *wording) unknownKey(loc []string, name string, known []string) {
	in := append(slices.Clip(loc), name)
	hint := ""
	switch near := Nearest(name, known); {
	case near != "":
		hint = fmt.Sprintf("; did you mean %q?", near)
	case len(known) > 0 && len(known) <= 20:
		hint = "; the keys are " + strings.Join(known, ", ")
	}
	place := within(loc)
	if place == "" {
		place = " at the top level"
	}
	w.problems = append(w.problems, Problem{Path: Path(in...), loc: in, atKey: true, Code: UnknownKey,
		Message: fmt.Sprintf("unknown key %s%s%s", cut(name), place, hint)})
}

func (w *wording) enum(loc []string, want []any) {
	got := w.at(loc)
	if got == nil {
		w.add(loc, "%s", w.wrongType(loc, nil))
		return
	}
	var names, shown []string
	for _, v := range want {
		if s, ok := v.(string); ok {
			names = append(names, s)
			shown = append(shown, s)
			continue
		}
		shown = append(shown, show(v))
	}
	hint := ""
	if s, ok := got.(string); ok {
		if near := Nearest(s, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
	}
	form := "one of "
	if len(shown) == 1 {
		form = ""
	}
	w.add(loc, "%s is %s; it must be %s%s%s", subject(loc), show(got), form, strings.Join(shown, ", "), hint)
}

// choice words anyOf and oneOf: when the value is of none of the types, the types; else the branch that comes nearest.
func (w *wording) choice(e *jsonschema.ValidationError) {
	var types []string
	var best []Problem
	for _, c := range e.Causes {
		branch := wording{schema: w.schema, value: w.value}
		branch.walk(c)
		if t := typeOnly(c, len(e.InstanceLocation)); t != nil {
			types = append(types, t...)
		} else if best == nil || len(branch.problems) < len(best) {
			best = branch.problems
		}
	}
	switch {
	case best != nil:
		w.problems = append(w.problems, best...)
	case types != nil:
		w.add(e.InstanceLocation, "%s", w.wrongType(e.InstanceLocation, types))
	default:
		w.add(e.InstanceLocation, "%s fits more than one form, or none", subject(e.InstanceLocation))
	}
}

func typeOnly(e *jsonschema.ValidationError, depth int) []string {
	if k, ok := e.ErrorKind.(*kind.Type); ok && len(e.InstanceLocation) == depth {
		return k.Want
	}
	if len(e.Causes) == 1 {
		return typeOnly(e.Causes[0], depth)
	}
	return nil
}

// wrongType says what a value should be, and for the common slips how to write it.
func (w *wording) wrongType(loc []string, want []string) string {
	got := w.at(loc)
	if got == nil && len(loc) > 0 {
		return subject(loc) + " has no value; give it one or remove the key"
	}
	names := make([]string, len(want))
	for i, t := range want {
		names[i] = typeNames[t]
	}
	sentence := fmt.Sprintf("%s must be %s, not %s", subject(loc), strings.Join(names, " or "), show(got))
	s, isText := got.(string)
	switch {
	case slices.Contains(want, "boolean") && isText && slices.Contains([]string{"yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)):
		sentence += " (YAML 1.2 reads yes, no, on and off as text)"
	case slices.Contains(want, "integer") && isText && len(s) > 1 && s[0] == '0' && digits(s):
		sentence += "; write it without the leading zero"
	case (slices.Contains(want, "integer") || slices.Contains(want, "number")) && isText && digits(strings.Replace(s, ".", "", 1)) &&
		s != "":
		sentence += "; remove the quotes"
	case slices.Contains(want, "string") && !isText && isScalar(got):
		sentence += "; put it in quotes"
	case slices.Contains(want, "array") && isText:
		sentence += fmt.Sprintf("; write [%s]", short(s))
	}
	return sentence
}

var typeNames = map[string]string{"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
	"array": "a list", "object": "a mapping of keys to values", "null": "empty"}

func isScalar(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

// at is the value at a path; nil when there is none.
func (w *wording) at(loc []string) any {
	v := w.value
	for _, step := range loc {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// show is a value as a message repeats it.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		return cut(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return short(fmt.Sprint(v))
}

func within(loc []string) string {
	if len(loc) == 0 {
		return ""
	}
	return " in " + Path(loc...)
}

// decimal writes a whole number in full and a fraction in its shortest form.
func decimal(r *big.Rat) string {
	if r.IsInt() && r.Num().BitLen() < 128 {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}
