package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want map[string]int
	}{
		"empty":    {"", map[string]int{}},
		"not YAML": {"a: [", map[string]int{}},
		"no modes": {"version: 1\nsize: { fail_over: 10 }\nrules: {}\n", map[string]int{}},
		"both forms": {"version: 1\n# why\ncommits: { mode: enforce }\nsize:\n  fail_over: 10\n  mode: warn\nrules:\n  " +
			"commits/header: { mode: off }\n  size/large-file:\n    severity: notice\n  size/too-large:\n    severity: " +
			"error\n    mode: shadow\n", map[string]int{"commits": 3, "size": 6, "commits/header": 8, "size/too-large": 13}},
		"not a map": {"rules: [a]\ncommits: 3\n", map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Lines([]byte(c.file))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
