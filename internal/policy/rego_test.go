package policy_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// leastCovered is the percentage of a family's Rego that its tests must evaluate.
const leastCovered = 90

// TestRego runs every Rego test under policies/ as a subtest, so that "go test -run 'TestRego/commits'" runs one
// family. Each family is compiled with the library alone: families do not read each other.
//
//race:unwatched
func TestRego(t *testing.T) {
	for _, family := range families(t) {
		t.Run(family, func(t *testing.T) {
			report, err := policy.Test(t.Context(), []fs.FS{only(t, family, "lib")}, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, test := range report.Tests {
				t.Run(test.Name, func(t *testing.T) {
					if test.Output != "" {
						t.Logf("print: %s", test.Output)
					}
					if !test.Passed {
						t.Errorf("policies/%s:%d: %s", test.File, test.Line, test.Problem)
					}
				})
			}
			for _, family := range report.Untested() {
				t.Errorf("policies/%s has no Rego test", family)
			}
			for _, file := range report.Coverage {
				t.Logf("policies/%s: %.0f %% covered, lines %v not", file.File, file.Percent, file.Missed)
			}
			if report.Covered < leastCovered {
				t.Errorf("the tests evaluate %.1f %% of policies/%s, want at least %d %%", report.Covered, family, leastCovered)
			}
		})
	}
}

// families are the folders of policies/ but the library.
func families(t *testing.T) []string {
	t.Helper()
	entries, err := fs.ReadDir(policies.Tree(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "lib" {
			out = append(out, e.Name())
		}
	}
	return out
}

// only is the shipped policies without the other folders.
func only(t *testing.T, folders ...string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(policies.Tree(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, folder := range folders {
			if strings.HasPrefix(name, folder+"/") {
				text, err := fs.ReadFile(policies.Tree(), name)
				if err != nil {
					return err
				}
				out[name] = &fstest.MapFile{Data: text}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
