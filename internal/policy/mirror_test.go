package policy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// A family is internal/analysis/X, policies/X, docs/rules/X.md and a key of the settings, together. The exceptions are
// policies/gate, which judges the evaluation itself and so has no analysis, and policies/lib, which holds functions. A
// folder under internal/analysis without Go files of its own is no family yet.
func TestFamiliesMirror(t *testing.T) {
	list := func(dir, suffix string, leaveOut ...string) []string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range entries {
			name := e.Name()
			if strings.HasSuffix(name, suffix) && (e.IsDir() == (suffix == "")) && !slices.Contains(leaveOut, name) {
				out = append(out, strings.TrimSuffix(name, suffix))
			}
		}
		return out
	}
	families := slices.DeleteFunc(list("../analysis", ""), func(name string) bool {
		own, err := filepath.Glob(filepath.Join("../analysis", name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		return len(own) == 0
	})
	want := settings.Families()
	slices.Sort(want)
	for dir, got := range map[string][]string{
		"internal/analysis": families,
		"policies":          list("../../policies", "", policy.GateFamily, "lib"),
		"docs/rules":        list(docsDir, ".md", policy.GateFamily+".md", "README.md"),
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from the families that the settings know:\n%s", dir, diff)
		}
	}
}
