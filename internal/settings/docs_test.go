package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/lintel-review/lintel/internal/docstest"
	"github.com/lintel-review/lintel/internal/document"
)

//go:generate go test -run ^TestPublished -update .

// TestPublishedSchema holds that the schema which editors load is the one that Parse uses.
func TestPublishedSchema(t *testing.T) {
	docstest.Same(t, "../../docs/settings.schema.json", Schema(), *update, "go generate ./internal/settings")
	if !bytes.Equal(Schema(), published().raw) {
		t.Error("the schema changes")
	}
	b := Schema()
	b[0] = 'x'
	if Schema()[0] == 'x' {
		t.Error("callers share the schema's memory")
	}
}

// TestPublishedReference holds that docs/settings.md says what the code does.
func TestPublishedReference(t *testing.T) {
	docstest.Same(t, "../../docs/settings.md", reference(t), *update, "go generate ./internal/settings")
}

// TestExample holds that the complete example is valid and names every key.
func TestExample(t *testing.T) {
	data, err := os.ReadFile("../../docs/settings.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := Parse("settings.example.yml", data, rules); len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	doc, _ := document.Parse("settings.example.yml", data, MaxBytes)
	for _, k := range keys {
		path := strings.Split(strings.TrimSuffix(k.path, ".*"), ".")
		if isRollout(path) && path[0] != "rules" {
			continue // the example shows them on a rule
		}
		if slices.Contains(path, "*") {
			if !named(doc.Value(), path) {
				t.Errorf("the example has no %s", k.path)
			}
		} else if !doc.Has(path...) {
			t.Errorf("the example has no %s", k.path)
		}
	}
}

// named reports whether a value has something at a path, whose "*" stands for any name or item.
func named(v any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	var children []any
	switch v := v.(type) {
	case map[string]any:
		for name, c := range v {
			if path[0] == "*" || path[0] == name {
				children = append(children, c)
			}
		}
	case []any:
		if path[0] == "*" {
			children = v
		}
	}
	return slices.ContainsFunc(children, func(c any) bool { return named(c, path[1:]) })
}

// TestKeysAreComplete holds that every key of the file is documented. That every documented key exists is held by
// Reflect, which refuses others.
func TestKeysAreComplete(t *testing.T) {
	documented := map[string]bool{}
	for _, k := range keys {
		documented[k.path] = true
		if k.meaning == "" {
			t.Errorf("%s has no meaning", k.path)
		}
	}
	for _, path := range leaves(t) {
		if !documented[path] {
			t.Errorf("%s is not in the table of keys", path)
		}
	}
}

// TestExamplesAreValid reads the example of each key in its place.
func TestExamplesAreValid(t *testing.T) {
	for _, k := range keys {
		if k.example == "" {
			continue
		}
		section, rest, nested := strings.Cut(k.path, ".")
		src := k.example
		switch {
		case strings.HasPrefix(rest, "*.") && section == "checks":
			src = "version: 1\n" + section + ": [{" + k.example + "}]\n"
		case nested:
			src = "version: 1\n" + section + ": {" + k.example + "}\n"
		}
		if _, problems := Parse(k.path, []byte(src), rules); len(problems) > 0 {
			t.Errorf("%s: %v", src, problems)
		}
	}
}

type node struct {
	Type       string           `json:"type"`
	Enum       []any            `json:"enum"`
	Default    json.RawMessage  `json:"default"`
	Properties map[string]*node `json:"properties"`
	Members    json.RawMessage  `json:"additionalProperties"`
	Items      *node            `json:"items"`
	Minimum    *int64           `json:"minimum"`
	Maximum    *int64           `json:"maximum"`
	MaxItems   *int             `json:"maxItems"`
	MaxLength  *int             `json:"maxLength"`
}

func (n *node) members() *node {
	var m node
	if json.Unmarshal(n.Members, &m) != nil {
		return nil
	}
	return &m
}

func root(t *testing.T) *node {
	t.Helper()
	var n node
	if err := json.Unmarshal(Schema(), &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

func (n *node) find(path []string) *node {
	switch {
	case n == nil || len(path) == 0:
		return n
	case path[0] == "*" && n.Items != nil:
		return n.Items.find(path[1:])
	case path[0] == "*":
		return n.members().find(path[1:])
	}
	return n.Properties[path[0]].find(path[1:])
}

// leaves are the paths of all keys in the schema.
func leaves(t *testing.T) []string {
	var all []string
	var walk func(prefix string, n *node)
	walk = func(prefix string, n *node) {
		for name, c := range n.Properties {
			all = append(all, prefix+name)
			walk(prefix+name+".", c)
			if m := c.members(); m != nil {
				walk(prefix+name+".*.", m)
			}
			if c.Items != nil {
				walk(prefix+name+".*.", c.Items)
			}
		}
	}
	walk("", root(t))
	if len(all) < 40 {
		t.Fatalf("only %d keys found", len(all))
	}
	return all
}

func reference(t *testing.T) []byte {
	t.Helper()
	type row struct{ Name, Type, Default, Meaning, Example string }
	type section struct {
		Name, Meaning string
		Rows          []row
	}
	var sections []section
	schema := root(t)
	for _, k := range keys {
		n := schema.find(strings.Split(k.path, "."))
		if n == nil {
			t.Fatalf("%s is not in the schema", k.path)
		}
		name, rest, nested := strings.Cut(k.path, ".")
		if name != "rules" && isRollout(strings.Split(k.path, ".")) {
			continue // they are the same for every family; the section on modes names them
		}
		if !nested {
			sections = append(sections, section{Name: name, Meaning: k.meaning})
			rest = name
		}
		if len(n.Properties) > 0 || len(n.members().propertiesOf()) > 0 || strings.HasSuffix(k.path, ".*") {
			continue
		}
		last := &sections[len(sections)-1]
		last.Rows = append(last.Rows, row{Name: rowName(name, rest), Type: typeOf(n), Default: defaultOf(k.path, n),
			Meaning: cell(k.meaning), Example: "`" + cell(k.example) + "`"})
	}
	tmpl, err := template.ParseFiles("testdata/settings.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var later []string
	for _, k := range laterKeys {
		later = append(later, "`"+k+"`")
	}
	var b bytes.Buffer
	err = tmpl.Execute(&b,
		map[string]any{"SchemaID": schemaID, "MaxBytes": MaxBytes, "Sections": sections, "Later": strings.Join(later, ", ")})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rowName writes the "*" of a key as what stands there: the id of a rule, or an item of a list.
func rowName(section, rest string) string {
	part, _, _ := strings.Cut(rest, ".*")
	for _, m := range []struct {
		section, part, name string
	}{{"rules", "", "<rule>"}, {"coverage", "flags", "<flag>"}, {"coverage", "paths", "<pattern>"}} {
		if section == m.section && (m.part == "" || part == m.part) {
			return strings.Replace(rest, "*", m.name, 1)
		}
	}
	return strings.ReplaceAll(rest, ".*", "[]")
}

func (n *node) propertiesOf() map[string]*node {
	if n == nil {
		return nil
	}
	return n.Properties
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func typeOf(n *node) string {
	name := map[string]string{"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text",
		"array": "list", "object": "groups of keys"}[n.Type]
	if len(n.Enum) > 0 {
		var all []string
		for _, v := range n.Enum {
			all = append(all, fmt.Sprintf("`%v`", v))
		}
		name = strings.Join(all, ", ")
	}
	if n.Minimum != nil && n.Maximum != nil {
		name += fmt.Sprintf(", %d to %d", *n.Minimum, *n.Maximum)
	}
	var limits []string
	if n.MaxItems != nil {
		limits = append(limits, fmt.Sprintf("at most %d", *n.MaxItems))
	}
	if n.MaxLength != nil {
		limits = append(limits, fmt.Sprintf("at most %d characters", *n.MaxLength))
	}
	if n.Items != nil {
		items := *n.Items
		if items.MaxLength != nil {
			limits = append(limits, fmt.Sprintf("each at most %d characters", *items.MaxLength))
			items.MaxLength = nil
		}
		name += " of " + typeOf(&items)
	}
	if len(limits) > 0 {
		name += " (" + strings.Join(limits, ", ") + ")"
	}
	return name
}

func defaultOf(path string, n *node) string {
	if path == "version" {
		return "*required*"
	}
	if n.Default == nil || string(n.Default) == `""` {
		return "*none*"
	}
	var b bytes.Buffer
	if err := json.Compact(&b, n.Default); err != nil {
		return err.Error()
	}
	text := strings.ReplaceAll(b.String(), `"`, "")
	return "`" + strings.ReplaceAll(text, ",", ", ") + "`"
}
