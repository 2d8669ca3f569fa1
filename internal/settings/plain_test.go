package settings

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/docstest"
	"github.com/lintel-review/lintel/internal/document"
)

// TestPublishedPlain holds that the plain schema is Schema without texts and defaults.
func TestPublishedPlain(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	bare(schema)
	want, err := json.MarshalIndent(schema, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	docstest.Same(t, "schema.json", append(want, '\n'), *update, "go generate ./internal/settings")
}

// bare takes out of a schema what no value is compared with.
func bare(schema map[string]any) {
	for _, word := range []string{"$id", "default", "description", "title"} {
		delete(schema, word)
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, sub := range properties {
		if sub, ok := sub.(map[string]any); ok {
			bare(sub)
		}
	}
	for _, word := range []string{"additionalProperties", "items"} {
		if sub, ok := schema[word].(map[string]any); ok {
			bare(sub)
		}
	}
}

// TestFits compares the short way with the long one: for the complete example, and for each key of the schema with
// values of every kind.
func TestFits(t *testing.T) {
	example, err := os.ReadFile("../../docs/settings.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{string(example), "", "version: 1", "version: 2", "version: 1\ncommitz: {}", "commits: {}", "[]"}
	for _, k := range keys {
		for _, value := range []string{"x", `""`, "0", "-1", "100000000", "1.5", "true", "warn", "2026-11-30", "null", "{}", "[]",
			"[a, a]", "[1]", "{ x: 1 }", "[{ x: 1 }]"} {
			name, rest, _ := strings.Cut(k.path, ".")
			files = append(files, "version: 1\n"+name+": "+nested(strings.Split(rest, "."), value))
		}
	}
	good, bad := 0, 0
	for _, text := range files {
		doc, _ := document.Parse("x.yml", []byte(text), MaxBytes)
		if doc == nil {
			t.Fatalf("not read: %s", text)
		}
		fits, err := doc.Fits(plain)
		if err != nil {
			t.Fatal(err)
		}
		problems := doc.Check(published().schema)
		if fits != (len(problems) == 0) {
			t.Errorf("fits is %t, and the problems are %v:\n%s", fits, problems, text)
		}
		if fits {
			good++
		} else {
			bad++
		}
	}
	if good < 100 || bad < 1000 {
		t.Errorf("%d files fit and %d do not: too few were compared", good, bad)
	}
}

// nested is a file with a value at a path, whose "*" is an item of a list or, where that does not fit, a name.
func nested(path []string, value string) string {
	if len(path) == 0 || path[0] == "" {
		return value
	}
	if path[0] == "*" && len(path) > 1 {
		return "{ a/b: " + nested(path[1:], value) + " }"
	}
	if path[0] == "*" {
		return "[ " + value + " ]"
	}
	return "{ " + path[0] + ": " + nested(path[1:], value) + " }"
}

// TestProblemsAreSaidEarly holds that the first file of a process is told what is wrong with it, as the hundredth is.
func TestProblemsAreSaidEarly(t *testing.T) {
	before := checked.Swap(0)
	t.Cleanup(func() { checked.Store(before) })
	for _, text := range []string{"version: 1\nsize: { mode: wran }", "version: 1", "version: 1\nsize: { fail_ovr: 1 }", "verson: 1"} {
		checked.Store(0)
		_, first := Parse("x.yml", []byte(text), nil)
		checked.Store(fewFiles)
		_, later := Parse("x.yml", []byte(text), nil)
		if (len(first) == 0) != (text == "version: 1") || len(first) != len(later) {
			t.Fatalf("%q: %v, and later %v", text, first, later)
		}
		for i := range first {
			if first[i].String() != later[i].String() {
				t.Errorf("%q: %s, and later %s", text, first[i], later[i])
			}
		}
	}
}
