package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/policies"
)

// TestFixtures judges the whole changes of policies/*/testdata; -update writes their decisions.
func TestFixtures(t *testing.T) {
	fixtures, err := shipped(t).Fixtures(t.Context(), policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	if len(fixtures) == 0 {
		t.Fatal("no fixture was found")
	}
	for _, f := range fixtures {
		t.Run(strings.TrimSuffix(f.File, ".txtar"), func(t *testing.T) {
			if f.Passed {
				return
			}
			if *update && f.Archive != nil {
				if err := os.WriteFile(filepath.Join("../../policies", f.File), f.Archive, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("policies/%s: %s\n%s", f.File, f.Problem, cmp.Diff(f.Want, f.Got))
		})
	}
}

func TestBadFixtures(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":      {"-- settings.yml --\nversion: 1\n", "one of snapshot.json and facts.json"},
		"both":         {"-- snapshot.json --\n{}\n-- facts.json --\n{\"schema\": 1}\n", "one of snapshot.json and facts.json"},
		"unknown name": {"-- snapshot.json --\n{}\n-- setings.yml --\nversion: 1\n", "setings.yml: no file of a fixture"},
		"unknown key":  {"-- snapshot.json --\n{\"titel\": 1}\n", `unknown field "titel"`},
		"bad settings": {"-- snapshot.json --\n{}\n-- settings.yml --\nversion: 1\nsise: {}\n", "settings.yml:2:1"},
		"bad diff":     {"-- snapshot.json --\n{}\n-- change.diff --\ndiff --git a/x b/x\n@@ -1 +9 @@\n", "change.diff"},
		"old facts":    {"-- facts.json --\n{\"schema\": 0}\n", "schema 0"},
		"wrong golden": {"-- snapshot.json --\n{}\n-- decision.json --\n{}\n", "the decision is not decision.json"},
	} {
		t.Run(name, func(t *testing.T) {
			e := demo(t, block("demo/one", "enforce", "recheck", say("x")))
			fixtures, err := e.Fixtures(t.Context(), fstest.MapFS{"demo/testdata/x.txtar": {Data: []byte(tc.text)}})
			if err != nil {
				t.Fatal(err)
			}
			if len(fixtures) != 1 || fixtures[0].Passed || !strings.Contains(fixtures[0].Problem, tc.want) {
				t.Errorf("fixtures %+v, want one that fails with %q", fixtures, tc.want)
			}
		})
	}
}
