package template

import (
	"reflect"
	"strconv"
	"text/template/parse"
)

// call is what a function makes of its arguments.
func (b branch) call(n parse.Node, name string, args []value) value {
	if f := b.set.funcs[name]; f != nil {
		return b.own(n, reflect.TypeOf(f), args)
	}
	switch name {
	case "and", "or":
		return one(args)
	case "not":
		return of[bool]()
	case "eq", "ne", "lt", "le", "gt", "ge":
		for _, a := range args[1:] {
			if comparable(args[0]) != comparable(a) || comparable(a) == "" {
				b.fail(n, "%v and %v are not compared", args[0], a)
			}
		}
		return of[bool]()
	case "len":
		return of[int]()
	case "index":
		v := args[0]
		for _, key := range args[1:] {
			v = b.index(n, v, key)
		}
		return v
	case "print", "printf", "println", "html", "js", "urlquery":
		return of[string]()
	}
	if !escaper(name) {
		b.fail(n, "the function is not understood")
	}
	return of[string]()
}

// one is one of these values.
func one(all []value) value {
	for _, v := range all[1:] {
		if v.key() != all[0].key() {
			return value{or: all}
		}
	}
	return value{is: all[0].is, parts: all[0].parts, named: all[0].named, or: all[0].or}
}

// comparable is the kind as which values are compared; empty if they are not.
func comparable(v value) string {
	if v.is == nil {
		return ""
	}
	switch k := v.is.Kind(); {
	case v.is.Kind() == reflect.String || v.is.Kind() == reflect.Bool:
		return k.String()
	case reflect.Int <= k && k <= reflect.Uintptr:
		return "integer"
	case k == reflect.Float32 || k == reflect.Float64:
		return "float"
	default:
		return ""
	}
}

func (b branch) index(n parse.Node, v, key value) value {
	if v.parts != nil {
		if i, err := strconv.Atoi(key.text); err == nil && i >= 0 && i < len(v.parts) {
			return v.parts[i]
		}
	}
	switch t := indirect(v.is); {
	case t == nil:
	case t.Kind() == reflect.Map && fits(key, t.Key()):
		return value{is: t.Elem()}
	case (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && comparable(key) == "integer":
		return value{is: t.Elem()}
	}
	b.fail(n, "%v has no index %v", v, key)
	return value{}
}

// own is the result of a function of the set.
func (b branch) own(n parse.Node, f reflect.Type, args []value) value {
	fixed := f.NumIn()
	if f.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !f.IsVariadic() {
		b.fail(n, "the function takes %d arguments", fixed)
		return value{is: f.Out(0)}
	}
	for i, a := range args {
		want := f.In(min(i, f.NumIn()-1))
		if i >= fixed {
			want = want.Elem()
		}
		if !fits(a, want) {
			b.fail(n, "argument %d is a %v and must be a %v", i+1, a, want)
		}
	}
	result := value{is: f.Out(0)}
	switch anything := reflect.TypeFor[any](); {
	case result.is.Kind() == reflect.Array && result.is.Elem() == anything && result.is.Len() == len(args):
		result.parts = args
	case result.is == reflect.TypeFor[map[string]any]() && f.IsVariadic():
		result.named = map[string]value{}
		for i := 0; i+1 < len(args); i += 2 {
			result.named[args[i].text] = args[i+1]
		}
	}
	return result
}

// fits reports whether a function takes a value as this parameter.
func fits(v value, want reflect.Type) bool {
	for _, one := range v.or {
		if fits(one, want) {
			return true // the others are zero where they are handed over, as in: or (and .A .A.B) .C
		}
	}
	switch {
	case want == reflect.TypeFor[any]():
		return true
	case v.is == nil:
		return false
	case v.literal && want.Kind() == reflect.Float64:
		return v.is.Kind() == reflect.Int || v.is.Kind() == reflect.Float64
	case v.literal && comparable(v) == comparable(value{is: want}):
		return true
	default:
		return v.is.AssignableTo(want) || v.is.Kind() == reflect.Pointer && v.is.Elem().AssignableTo(want)
	}
}
