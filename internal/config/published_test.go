package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/docstest"
)

//go:generate go test -run ^TestPublished -update .

var update = flag.Bool("update", false, "write docs/server.md and docs/server.schema.json anew")

// TestPublishedServerSchema holds that the schema which editors load is the one that Load uses.
func TestPublishedServerSchema(t *testing.T) {
	t.Parallel()
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	docstest.Same(t, "../../docs/server.schema.json", schema, *update, "go generate ./internal/config")
}

// TestPublishedServerReference holds that docs/server.md says what the code does.
func TestPublishedServerReference(t *testing.T) {
	t.Parallel()
	docstest.Same(t, "../../docs/server.md", serverReference(t), *update, "go generate ./internal/config")
}

const serverHead = `<!-- Written from the keys of internal/config by "go generate ./internal/config". Edit those, not this file. -->

# The server's file

` + "`lintel serve --config FILE`" +
	` reads one YAML file. [An example](../deploy/server.example.yml) and [a JSON Schema](server.schema.json) for editors are
published. Unknown keys and bad values are refused before anything starts, all in one go, with line and column.

Every key can also come from the environment, and some from a flag. A flag wins over the environment, the environment over the file, the file over the
default. A LINTEL_ variable that is no key is refused too, so a misspelt one cannot be overlooked. In a variable, a list is written with commas.

The secrets stand in files that the server's file names, never in the file itself. They are read at start: a new key or secret needs a restart.

`

// serverReference writes docs/server.md from the same table that Load works from.
func serverReference(t *testing.T) []byte {
	t.Helper()
	raw, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root schemaNode
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	defaults := defaultValues(t)
	var b strings.Builder
	b.WriteString(serverHead)
	b.WriteString("## Keys at the top\n\n")
	var groups []string
	table := func(keys []string) {
		b.WriteString("| key | default | environment | flag |\n|---|---|---|---|\n")
		for _, key := range keys {
			given := "none"
			if d := defaults[key]; d != `""` && d != "0" {
				given = "`" + d + "`"
			}
			flag := ""
			if slices.Contains(keysWithFlags, key) {
				flag = "`" + flagName(key) + "`"
			}
			variable := "`" + environmentName(key) + "`"
			if ofItems(key) {
				variable = ""
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key, given, variable, flag)
		}
		b.WriteString("\n")
		for _, key := range keys {
			meaning := strings.TrimSuffix(descriptions[key], ".")
			fmt.Fprintf(&b, "- `%s`: %s.%s\n", key, meaning, root.at(key).values())
		}
		b.WriteString("\n")
	}
	items := func(list string) {
		heading := fmt.Sprintf("Each item of `%s` has these keys:\n\n", list)
		for _, key := range slices.Sorted(maps.Keys(descriptions)) {
			if name, ok := strings.CutPrefix(key, list+".*."); ok {
				fmt.Fprintf(&b, "%s- `%s`: %s.%s\n", heading, name, strings.TrimSuffix(descriptions[key], "."), root.at(key).values())
				heading = ""
			}
		}
		if heading == "" {
			b.WriteString("\n")
		}
	}
	var top []string
	for _, key := range slices.Sorted(maps.Keys(descriptions)) {
		switch {
		case len(root.at(key).Properties) > 0:
			groups = append(groups, key)
		case !strings.Contains(key, "."):
			top = append(top, key)
		}
	}
	table(top)
	for _, group := range groups {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", group, descriptions[group])
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(descriptions)) {
			if name, ok := strings.CutPrefix(key, group+"."); ok && !strings.Contains(name, ".") && !slices.Contains(groups, key) {
				keys = append(keys, key)
			}
		}
		table(keys)
		for _, list := range keys {
			items(list)
		}
	}
	return []byte(strings.TrimSpace(b.String()) + "\n")
}

// ofItems reports whether a key is a list of things with keys of their own; no variable gives it.
func ofItems(key string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(descriptions)), func(k string) bool { return strings.HasPrefix(k, key+".*.") })
}

func environmentName(key string) string {
	return "LINTEL_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// keysWithFlags are the keys that the command line can set, too. TestPublishedFlags holds them to it.
var keysWithFlags = []string{"admin_listen", "database", "gate", "listen", "public_url", "roles"}

func flagName(key string) string { return "--" + strings.NewReplacer("_", "-", ".", "-").Replace(key) }

type schemaNode struct {
	Type       string                 `json:"type"`
	Enum       []string               `json:"enum"`
	Minimum    *float64               `json:"minimum"`
	Maximum    *float64               `json:"maximum"`
	Properties map[string]*schemaNode `json:"properties"`
	Items      *schemaNode            `json:"items"`
}

func (n *schemaNode) at(key string) *schemaNode {
	for step := range strings.SplitSeq(key, ".") {
		if step == "*" {
			n = n.Items
		} else {
			n = n.Properties[step]
		}
		if n == nil {
			return &schemaNode{}
		}
	}
	return n
}

func (n *schemaNode) values() string {
	switch {
	case len(n.Enum) > 0:
		return " Values: `" + strings.Join(n.Enum, "`, `") + "`."
	case n.Minimum != nil && n.Maximum != nil:
		return fmt.Sprintf(" From %.0f to %.0f.", *n.Minimum, *n.Maximum)
	case n.Minimum != nil && *n.Minimum > 0:
		return fmt.Sprintf(" At least %g.", *n.Minimum)
	}
	return ""
}

// defaultValues are the defaults as JSON, by key.
func defaultValues(t *testing.T) map[string]string {
	t.Helper()
	raw, err := json.Marshal(Default())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(prefix string, raw json.RawMessage)
	walk = func(prefix string, raw json.RawMessage) {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			out[prefix] = string(raw)
			return
		}
		for name, value := range members {
			walk(strings.TrimPrefix(prefix+"."+name, "."), value)
		}
	}
	walk("", raw)
	return out
}

// TestEveryKeyIsDocumented holds the struct and the table of keys against each other, and the names of variables and
// flags against the reader of both.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	defaults := defaultValues(t)
	for key := range defaults {
		if descriptions[key] == "" {
			t.Errorf("%s has no meaning in descriptions", key)
		}
		if ofItems(key) {
			continue
		}
		from := variables([]string{environmentName(key) + "=x"}, map[string]string{key: "x"})
		if len(from) != 2 || from[0].key != key || from[0].source != "environment variable "+environmentName(key) ||
			from[1].source != "flag "+flagName(key) {
			t.Errorf("%s: the documentation names %s and %s, the program reads %+v", key, environmentName(key), flagName(key), from)
		}
	}
	for key := range descriptions {
		group := slices.ContainsFunc(slices.Collect(maps.Keys(defaults)), func(k string) bool { return strings.HasPrefix(k, key+".") })
		if list, _, ok := strings.Cut(key, ".*."); ok {
			group = ofItems(list) // that the schema has the key is held by Reflect
		}
		if _, ok := defaults[key]; !ok && !group {
			t.Errorf("descriptions has %s, which is no key", key)
		}
	}
}
