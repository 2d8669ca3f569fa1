package config

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

type variable struct{ source, key, value string }

// variables lists the settings from the environment and from flags, in that order, each with the name a user knows it by.
func variables(environ []string, overrides map[string]string) []variable {
	leaves := map[string]string{}
	for key := range descriptions {
		if strings.Contains(key, "*") || descriptions[key+".*.name"] != "" {
			continue // only the file can set a list of objects
		}
		leaves["LINTEL_"+strings.ToUpper(strings.NewReplacer(".", "_").Replace(key))] = key
	}
	var all []variable
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue // shells and unit files set a variable to nothing to unset it
		}
		if key, ok := leaves[name]; ok {
			all = append(all, variable{"environment variable " + name, key, value})
		} else if strings.HasPrefix(name, "LINTEL_") {
			all = append(all, variable{"environment variable " + name, strings.ToLower(strings.TrimPrefix(name, "LINTEL_")), value})
		}
	}
	sorting.By(all, func(a, b variable) int { return strings.Compare(a.source, b.source) })
	var flags []variable
	for key, value := range overrides {
		flags = append(flags, variable{"flag --" + strings.NewReplacer("_", "-", ".", "-").Replace(key), key, value})
	}
	sorting.By(flags, func(a, b variable) int { return strings.Compare(a.source, b.source) })
	return append(all, flags...)
}

// switches are the keys that take true or false, lists those that take several texts.
var (
	switches = []string{"github.graphql", "gitlab.graphql", "model.local_only", "reports.keep_raw", "admin_protected"}
	lists    = []string{"roles", "github.trusted_branches", "reports.issuers", "checks.images",
		"signin.operators", "signin.auditors", "signin.viewers"}
)

// nested writes one value as a document, so that the schema checks it like the file. JSON is YAML; a number stays one.
func nested(key, value string) []byte {
	var v any = value
	var number json.Number
	if json.Unmarshal([]byte(value), &number) == nil && !strings.ContainsAny(value, `"`) {
		v = number
	}
	switch {
	case slices.Contains(switches, key) && (value == "true" || value == "false"):
		v = value == "true"
	case slices.Contains(lists, key):
		v = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
	}
	steps := strings.Split(key, ".")
	for i := len(steps) - 1; i >= 0; i-- {
		v = map[string]any{steps[i]: v}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("config: text in maps can always be written as JSON: " + err.Error())
	}
	return b.Bytes()
}
