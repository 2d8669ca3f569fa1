package document

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReflectFile(t *testing.T) {
	type part struct {
		Mode string   `json:"mode,omitempty" jsonschema:"enum=off,enum=warn"`
		List []string `json:"list" jsonschema:"maxItems=2,maxLength=5"`
		Max  int64    `json:"max" jsonschema:"minimum=0"`
	}
	type file struct {
		Version int             `json:"version" jsonschema:"required,enum=1"`
		Part    part            `json:"part"`
		Rules   map[string]part `json:"rules"`
		Hidden  string          `json:"-"`
	}
	v := file{Version: 1, Part: part{List: []string{"a"}, Max: 7}, Rules: map[string]part{}, Hidden: "x"}
	comments := map[string]string{"": "All.", "part.list": "The list.", "part.list.*": "One.", "rules.*.mode": "A mode."}
	raw, err := Reflect(v, "https://example.com/x", "X", comments)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Reflect(v, "https://example.com/x", "X", comments)
	if err != nil || !bytes.Equal(raw, again) {
		t.Fatalf("not deterministic: %v", err)
	}
	want := `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/x", "title": "X", "description": "All.",
		"type": "object", "additionalProperties": false, "required": ["version"], "properties": {
			"version": {"type": "integer", "enum": [1]},
			"part": {"type": "object", "additionalProperties": false, "properties": {
				"mode": {"type": "string", "enum": ["off", "warn"]},
				"list": {"type": "array", "description": "The list.", "default": ["a"], "maxItems": 2, "items": {"type": "string", "description": "One.", "maxLength": 5}},
				"max": {"type": "integer", "minimum": 0, "default": 7}}},
			"rules": {"type": "object", "default": {}, "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {
				"mode": {"type": "string", "description": "A mode.", "enum": ["off", "warn"]},
				"list": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 5}},
				"max": {"type": "integer", "minimum": 0}}}}}}`
	var g, w any
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%v\n%s", err, want)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Error(d)
	}
	if _, err := Reflect(v, "i", "t", map[string]string{"part.gone": "x"}); err == nil || !strings.Contains(err.Error(), "part.gone") {
		t.Errorf("a comment for a key that does not exist: %v", err)
	}
}

type report struct {
	Schema int      `json:"schema" jsonschema:"enum=1"`
	Title  *string  `json:"title" jsonschema:"nullable"`
	Items  []string `json:"items"`
	More   string   `json:"more,omitempty"`
	Rate   float64  `json:"rate" jsonschema:"maximum=100"`
}

func TestValidateJSON(t *testing.T) {
	raw, err := ReflectOutput(report{}, "https://example.com/r", "R")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte(`"default"`)) {
		t.Errorf("an output has no defaults:\n%s", raw)
	}
	schema, err := Compile(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"right", `{"schema":1,"title":null,"items":[],"rate":0.5}`, []string{}},
		{"right, with text", `{"schema":1,"title":"x","items":["a"],"more":"b","rate":1e2}`, []string{}},
		{"all missing", `{}`,
			[]string{`the key "items" is missing`, `the key "rate" is missing`, `the key "schema" is missing`,
				`the key "title" is missing`}},
		{"wrong", `{"schema":2,"title":3,"items":[1],"rate":101,"mroe":"x"}`, []string{
			"items[0] must be text, not 1; put it in quotes", `unknown key "mroe" at the top level; did you mean "more"?`,
			"rate is 101; the most is 100",
			"schema is 2; it must be 1", "title must be text or empty, not 3; put it in quotes"}},
		{"huge exponent", `{"schema":1,"title":null,"items":[],"rate":1e999999999}`, []string{"rate: the number 1e999999999 is too large"}},
		{"not JSON", "{\n  \"schema\": x}", []string{":2:13: not valid JSON: invalid character 'x' looking for beginning of value"}},
		{"cut", `{"schema"`, []string{":1:10: not valid JSON: unexpected EOF"}},
		{"more", `{"schema":1,"title":null,"items":[],"rate":0} {}`, []string{":1:48: more follows after the JSON value"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, lines(ValidateJSON(schema, []byte(tt.src)))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCompileFetchesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.json")
	if err := os.WriteFile(path, []byte(`{"type": "object"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{
		"not JSON": `{`, "not a schema": `{"type": 5}`, "file": `{"$ref": "file://` + filepath.ToSlash(path) + `"}`,
		"network": `{"$ref": "http://127.0.0.1:1/x"}`,
		"meta":    `{"$schema": "https://example.com/other"}`,
	} {
		if _, err := Compile([]byte(src)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestChoicesAndReferences(t *testing.T) {
	schema, err := Compile(
		[]byte(`{"$defs": {"p": {"type": "object", "additionalProperties": false, "properties": {"min": {"type": "integer"}, "drop": {"type": "number"}}}},
		"type": "object", "propertyNames": {"pattern": "^[a-z]+$"},
		"properties": {"limit": {"anyOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/$defs/p"}]}, "never": false, "exact": {"const": "x"}, "m": {"multipleOf": 5},
			"key": {"type": "string", "description": "a key in capitals", "pattern": "^[A-Z]+$"}, "mode": {"type": "string", "enum": ["off", "on"]}},
		"minProperties": 1, "maxProperties": 4}`))
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string][]string{
		"limit: 5\n":                 nil,
		"limit: {min: 5}\n":          nil,
		"limit: 0\n":                 {"f:1:8: limit is 0; the least is 1"},
		"limit: {mni: 5}\n":          {`f:1:9: unknown key "mni" in limit; did you mean "min"?`},
		"limit: x\n":                 {`f:1:8: limit must be a whole number or a mapping of keys to values, not "x"`},
		"never: 1\n":                 {"f:1:8: never is not allowed here"},
		"exact: y\n":                 {`f:1:8: exact is "y"; it must be "x"`},
		"m: 7\n":                     {"f:1:4: m is 7; it must be a multiple of 5"},
		"key: x\n":                   {`f:1:6: key is "x"; it must be a key in capitals`},
		"mode: false\n":              {"f:1:7: mode is false; it must be one of off, on"},
		"mode: [on]\n":               {"f:1:7: mode is a list; it must be one of off, on"},
		"A: 1\n":                     {`f:1:1: the key "A" does not have the right form`},
		"{}\n":                       {"f:1:1: the file has 0 keys; the least is 1"},
		"{a: 1,b: 1,c: 1,d: 1,e: 1}": {"f:1:1: the file has 5 keys; the most is 4"},
	} {
		doc, problems := Parse("f", []byte(src), 100)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if want == nil {
			want = []string{}
		}
		if d := cmp.Diff(want, lines(doc.Check(schema))); d != "" {
			t.Errorf("%s: %s", src, d)
		}
	}
}
