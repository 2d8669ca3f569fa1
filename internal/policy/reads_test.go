package policy

import (
	"reflect"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

func TestReadsOf(t *testing.T) {
	for name, c := range map[string]struct {
		rego string
		want reads
	}{
		"nothing":            {`x if true`, reads{}},
		"a member":           {`x if input.a.b > 1`, reads{"a": {"b": nil}}},
		"two":                {`x if { input.a.b; input.a.c.d; input.e }`, reads{"a": {"b": nil, "c": {"d": nil}}, "e": nil}},
		"one within another": {`x if { input.a.b; input.a }`, reads{"a": nil}},
		"another order":      {`x if { input.a; input.a.b }`, reads{"a": nil}},
		"of a list":          {`x if input.a[_].b`, reads{"a": nil}},
		"some":               {`x if { some y in input.a.list; y.b }`, reads{"a": {"list": nil}}},
		"object.get":         {`x := object.get(input.a, "b", [])`, reads{"a": {"b": nil}}},
		"object.get of a name that is not written out": {`x := object.get(input.a, data.lintel.n, [])`, reads{"a": nil}},
		"object.get with a default of the input":       {`x := object.get(input.a, "b", input.c)`, reads{"a": nil, "c": nil}},
		"a function's argument":                        {`f(a) := a.b` + "\n" + `x := f(input.a)`, reads{"a": nil}},
		"any member":                                   {`x if input[_] == 1`, nil},
		"a member by a variable":                       {`x if { some k in ["a"]; input[k] }`, nil},
		"all of it":                                    {`x := count(input)`, nil},
		"all of it as a variable":                      {`x if { y := input; y.a }`, nil},
		"replaced":                                     {`x if data.lintel.demo.y with input as {"a": 1}`, nil},
		"in a comprehension":                           {`x := {y | some y in input.a.b}`, reads{"a": {"b": nil}}},
		"within a reference":                           {`x := input.a[input.b.c]`, reads{"a": nil, "b": {"c": nil}}},
		"in a head":                                    {`x contains input.a.b`, reads{"a": {"b": nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			m := ast.MustParseModuleWithOpts("package lintel.demo\n"+c.rego+"\n", ast.ParserOptions{RegoVersion: ast.RegoV1})
			if got := readsOf([]source{{module: m}}); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s reads %v, want %v", c.rego, got, c.want)
			}
		})
	}
	imported := ast.MustParseModuleWithOpts("package lintel.demo\nimport input.a.b\nx if b.c\n", ast.ParserOptions{RegoVersion: ast.RegoV1})
	if got, want := readsOf([]source{{module: imported}}), (reads{"a": {"b": nil}}); !reflect.DeepEqual(got, want) {
		t.Errorf("an import reads %v, want %v", got, want)
	}
}

// What nobody sees is left out, and what is seen is there whole.
func TestToValueOfWhatIsSeen(t *testing.T) {
	type inner struct {
		B int   `json:"b"`
		C []int `json:"c"`
	}
	v := struct {
		A    inner          `json:"a"`
		Gone inner          `json:"gone"`
		P    *inner         `json:"p"`
		M    map[string]int `json:"m"`
	}{A: inner{B: 1, C: []int{2}}, P: &inner{B: 3}, M: map[string]int{"x": 1, "y": 2}}
	got, err := new(reader).value(reflect.ValueOf(v), reads{"a": {"c": nil}, "p": {"b": nil}, "m": {"x": nil}})
	if err != nil {
		t.Fatal(err)
	}
	if want := ast.MustParseTerm(`{"a": {"c": [2]}, "p": {"b": 3}, "m": {"x": 1, "y": 2}}`); !got.Equal(want) {
		t.Errorf("it is %v, want %v", got, want)
	}
}
