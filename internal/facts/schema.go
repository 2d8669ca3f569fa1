package facts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// schemaID names the published JSON schema, docs/facts.schema.json.
const schemaID = "https://github.com/lintel-review/lintel/blob/main/docs/facts.schema.json"

// Schema is the JSON schema of Facts, draft 2020-12, generated from the code: every field is always there, and a field
// that is not named does not exist. The published file has the comments of the code as descriptions besides.
func Schema() ([]byte, error) { return schemaWith(nil) }

func schemaWith(descriptions map[string]string) ([]byte, error) {
	// The families have types called Facts too, and the generator knows the outermost type by its bare name.
	type policyInput Facts
	raw, err := document.ReflectOutput(policyInput{}, schemaID, "Lintel facts: the input of every policy", descriptions)
	if err != nil {
		return nil, err
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		return nil, fmt.Errorf("read the schema of the facts: %w", err)
	}
	allowNull(schema, reflect.TypeFor[Facts]())
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schema); err != nil {
		return nil, fmt.Errorf("write the schema of the facts: %w", err)
	}
	return b.Bytes(), nil
}

// allowNull adds null to every field that is a pointer and always written. Reflection of the type alone overlooks it.
func allowNull(schema map[string]any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		if items, ok := schema["items"].(map[string]any); ok {
			allowNull(items, t.Elem())
		}
	case reflect.Map:
		if values, ok := schema["additionalProperties"].(map[string]any); ok {
			allowNull(values, t.Elem())
		}
	case reflect.Struct:
		properties, _ := schema["properties"].(map[string]any)
		for f := range t.Fields() {
			if f.Anonymous {
				allowNull(schema, f.Type)
				continue
			}
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			sub, ok := properties[name].(map[string]any)
			if !ok {
				continue
			}
			allowNull(sub, f.Type)
			if f.Type.Kind() == reflect.Pointer && options == "" && sub["oneOf"] == nil {
				properties[name] = map[string]any{"oneOf": []any{sub, map[string]any{"type": "null"}}}
			}
		}
	}
}
