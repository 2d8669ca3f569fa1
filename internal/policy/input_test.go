package policy

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What the engine reads must be what the JSON says, for every shape that facts can have.
func TestToValueIsJSON(t *testing.T) {
	text, yes := "x", true
	type inner struct {
		A int      `json:"a"`
		B []string `json:"b,omitempty"`
	}
	type embedded struct {
		inner
		C int `json:"c"`
	}
	type Named struct{ A int }
	type plain struct{ A int }
	type deeper struct {
		embedded
		D *int `json:"d,omitempty"`
	}
	type shadowing struct {
		plain
		A string
	}
	type twice struct {
		plain
		Named
		E int `json:"e"`
	}
	type tagged struct {
		Named `json:"named"`
		F     int
	}
	type pointed struct {
		*Named
		G int
	}
	for name, v := range map[string]any{
		"nothing": nil, "text": "a\u2028<&>\x00\"", "not UTF-8": "a\xff\xfe\xc3(", "large": int64(1) << 62, "float": 0.1,
		"exponent": 1e300, "bytes": []byte("x"),
		"time": time.Unix(0, 0).UTC(), "raw": json.RawMessage(`{"a":[1,2.50]}`), "nil list": []string(nil),
		"list": []any{1, "x", nil, []int{}},
		"map":  map[string]int{"b": 1, "a\xff": 2}, "nil map": map[string]int(nil), "number keys": map[int]string{1: "x"},
		"array":    [2]bool{true, false},
		"pointers": []any{&text, &yes, (*string)(nil)}, "uint": uint8(3),
		"struct": struct {
			Plain   int
			Skipped int     `json:"-"`
			Empty   string  `json:"empty,omitempty"`
			Nil     *inner  `json:"nil"`
			NilOm   *inner  `json:"nil_om,omitempty"`
			Inner   inner   `json:"inner,omitempty"`
			List    []inner `json:"list"`
			hidden  int
			Any     any `json:"any"`
		}{hidden: 1, List: []inner{{A: 1}, {A: 2, B: []string{"x"}}}, Any: inner{}},
		"embedded": embedded{inner: inner{A: 1}, C: 2},
		"deeper":   deeper{embedded: embedded{inner: inner{A: 1, B: []string{"x"}}, C: 2}}, "shadowed": shadowing{plain{1}, "x"},
		"ambiguous": twice{plain{1}, Named{2}, 3}, "tagged": tagged{Named{1}, 2},
		"pointed": []pointed{{&Named{1}, 2}, {G: 3}},
		"quoted": struct {
			N int `json:"n,string"`
		}{5},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := new(reader).value(reflect.ValueOf(v), nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ast.ValueFromReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if got.Value.Compare(want) != 0 {
				t.Errorf("%v, but the JSON says %v", got, want)
			}
		})
	}
}
