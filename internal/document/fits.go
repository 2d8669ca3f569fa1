package document

import (
	"encoding/json"
	"fmt"
)

// Fits reports whether the document has no difference from a JSON Schema. It compiles only what the schema says of the
// keys that the document names, so a short file costs a small part of Compile: for a program that checks one file and
// ends. What is wrong with a document that does not fit, Check says.
//
// A key that a document does not name makes no difference to it, as long as the schema asks for it by "required" and
// by no keyword that looks at the whole mapping, such as "dependentSchemas".
func (d *Document) Fits(schemaJSON []byte) (bool, error) {
	var schema map[string]any
	if err := json.Unmarshal(schemaJSON, &schema); err != nil {
		return false, fmt.Errorf("read JSON schema: %w", err)
	}
	keepNamed(schema, d.value)
	short, err := compile(schema)
	if err != nil {
		return false, err
	}
	return short.Validate(d.value) == nil, nil
}

// keepNamed takes the properties out of a schema that a value does not have.
func keepNamed(schema map[string]any, value any) {
	properties, _ := schema["properties"].(map[string]any)
	fields, _ := value.(map[string]any)
	for name, sub := range properties {
		if field, named := fields[name]; !named {
			delete(properties, name)
		} else if sub, ok := sub.(map[string]any); ok {
			keepNamed(sub, field)
		}
	}
}
