package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// hooks compiles a schema per event and action when it is first asked for.
type hooks struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	defined  map[string]any
	compiled map[string]*jsonschema.Schema
}

const hooksURL = "https://schemas.invalid/webhooks.json"

var loadHooks = sync.OnceValues(func() (*hooks, error) {
	text, err := read(hooksFile)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", hooksFile, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	// The library takes "{/name}", which every GitHub payload has, for a broken template.
	c.RegisterFormat(&jsonschema.Format{Name: "uri-template", Validate: func(any) error { return nil }})
	if err := c.AddResource(hooksURL, doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", hooksFile, err)
	}
	top, _ := doc.(map[string]any)
	defined, _ := top["definitions"].(map[string]any)
	return &hooks{compiler: c, defined: defined, compiled: map[string]*jsonschema.Schema{}}, nil
})

// Webhook returns what GitHub's webhook schemas have against the body of a delivery; nothing when GitHub could have sent it.
// Properties that the schema does not know are let through: it is closed, and from 2024.
func Webhook(t testing.TB, event string, body []byte) []string {
	t.Helper()
	return must(t, loadHooks).check(event, body)
}

func (h *hooks) check(event string, body []byte) []string {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{fmt.Sprintf("%s: is not JSON: %v", event, err)}
	}
	var top struct {
		Action string `json:"action"`
	}
	if err := json.Unmarshal(body, &top); err != nil {
		return []string{fmt.Sprintf("%s: %v", event, err)}
	}
	name, problem := h.definition(event, top.Action)
	if problem != "" {
		return []string{problem}
	}
	schema, err := h.schema(name)
	if err != nil {
		return []string{err.Error()}
	}
	err = schema.Validate(v)
	if err == nil {
		return nil
	}
	failed, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // the library returns this type itself
	if !ok {
		return []string{fmt.Sprintf("%s: %v", event, err)}
	}
	var problems []string
	p := message.NewPrinter(language.English)
	for _, e := range violated(failed) {
		what := strings.TrimSpace(event + " " + top.Action)
		problem := fmt.Sprintf("/%s: %s", strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(p))
		if !forgiven(what, problem) {
			problems = append(problems, what+": "+problem)
		}
	}
	return problems
}

// definition names the schema of an event and its action.
func (h *hooks) definition(event, action string) (name, problem string) {
	if h.defined[event+"$"+action] != nil {
		return event + "$" + action, ""
	}
	if h.defined[event+"$event"] != nil {
		return event + "$event", ""
	}
	for known := range h.defined {
		if strings.HasPrefix(known, event+"$") {
			return "", fmt.Sprintf("%s: GitHub sends no action %q for this event", event, action)
		}
	}
	return "", fmt.Sprintf("%s: GitHub sends no such event", event)
}

func (h *hooks) schema(name string) (*jsonschema.Schema, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.compiled[name]; s != nil {
		return s, nil
	}
	s, err := h.compiler.Compile(hooksURL + "#/definitions/" + name)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", name, err)
	}
	h.compiled[name] = s
	return s, nil
}

// violated returns the innermost errors that are not about an unknown property. A choice (oneOf, anyOf) has failed only
// if each of its branches has such an error.
func violated(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		if _, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
			return nil
		}
		return []*jsonschema.ValidationError{e}
	}
	choice := false
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		choice = true
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		inner := violated(cause)
		if choice && len(inner) == 0 {
			return nil
		}
		out = append(out, inner...)
	}
	return out
}
