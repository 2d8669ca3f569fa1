package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/invopop/jsonschema"
)

// Reflect makes the JSON Schema of a file that people write from the struct v, a value with the defaults filled in:
// every key may be left out unless its field is tagged `jsonschema:"required"`, keys that the struct does not have are
// refused, and each leaf gets v's own value as its default (a required key has none). Enumerations and limits come from
// tags: `jsonschema:"enum=a,enum=b,minimum=0"`. Types that contain themselves are not supported.
//
// comments give the descriptions by path, "commits.types"; the members of a map or list are "*", "rules.*.mode". They
// go before description tags. A description that begins with "a " ("a project key in capital letters") also words the
// problem of a text that does not match its pattern. Equal input gives equal bytes, indented, with sorted keys and a
// line end.
func Reflect(v any, id, title string, comments ...map[string]string) ([]byte, error) {
	return generate(v, id, title, true, comments)
}

// ReflectOutput is Reflect for JSON that Lintel itself writes: every field without omitempty is always there, and nothing has a default.
// Keys that the struct does not have are refused, so a contract that is to grow is checked against its own version.
func ReflectOutput(v any, id, title string, comments ...map[string]string) ([]byte, error) {
	return generate(v, id, title, false, comments)
}

func generate(v any, id, title string, file bool, comments []map[string]string) ([]byte, error) {
	r := jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, RequiredFromJSONSchemaTags: file}
	raw, err := json.Marshal(r.Reflect(v))
	if err != nil {
		return nil, fmt.Errorf("reflect JSON schema of %T: %w", v, err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		return nil, fmt.Errorf("read reflected JSON schema: %w", err)
	}
	var value any
	if file {
		if value, err = generic(v); err != nil {
			return nil, fmt.Errorf("write defaults of %T: %w", v, err)
		}
	}
	texts := map[string]string{}
	for _, c := range comments {
		maps.Copy(texts, c)
	}
	describe(schema, value, "", texts)
	if len(texts) > 0 {
		return nil, fmt.Errorf("reflect JSON schema of %T: comments for keys that do not exist: %q", v, slices.Sorted(maps.Keys(texts)))
	}
	schema["$id"], schema["title"] = id, title
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schema); err != nil {
		return nil, fmt.Errorf("write JSON schema: %w", err)
	}
	return out.Bytes(), nil
}

func generic(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var value any
	return value, json.Unmarshal(raw, &value)
}

// describe adds descriptions, which it takes out of texts, and defaults.
func describe(schema map[string]any, value any, path string, texts map[string]string) {
	if text, ok := texts[path]; ok {
		schema["description"] = text
		delete(texts, path)
	}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	fields, _ := value.(map[string]any)
	for name, sub := range properties {
		if sub, ok := sub.(map[string]any); ok {
			next := fields[name]
			if slices.Contains(required, any(name)) {
				next = nil
			}
			describe(sub, next, join(path, name), texts)
		}
	}
	for _, inner := range []string{"additionalProperties", "items"} {
		if sub, ok := schema[inner].(map[string]any); ok {
			describe(sub, nil, join(path, "*"), texts)
		}
	}
	if value != nil && properties == nil {
		schema["default"] = value
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
