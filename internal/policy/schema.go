package policy

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/lintel-review/lintel/internal/facts"
)

// inputSchema is the JSON schema that the type checker holds every policy's reads of input against: that of the facts,
// and what guards read. It is the same for the whole process; nobody changes it.
var inputSchema = sync.OnceValues(makeInputSchema)

func makeInputSchema() (map[string]any, error) {
	b, err := facts.Schema()
	if err != nil {
		return nil, fmt.Errorf("make the schema of the policy input: %w", err)
	}
	var schema map[string]any
	if err := json.Unmarshal(b, &schema); err != nil {
		return nil, fmt.Errorf("read the schema of the policy input: %w", err)
	}
	schema = checkable(schema).(map[string]any)
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the schema of the policy input has no properties")
	}
	properties[judgedKey] = map[string]any{"type": "object"}
	return schema, nil
}

// checkable writes a schema in the words that the type checker knows: it overlooks oneOf and takes the first of several
// types, so that null would be refused where the facts allow it.
func checkable(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = checkable(v[i])
		}
	case map[string]any:
		delete(v, "$schema")
		delete(v, "$id")
		for k := range v {
			v[k] = checkable(v[k])
		}
		if one, ok := v["oneOf"]; ok {
			delete(v, "oneOf")
			v["anyOf"] = one
		}
	}
	return v
}
