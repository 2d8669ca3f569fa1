package policy_test

import (
	"io/fs"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// TestRego runs every Rego test under policies/ as a subtest, so that "go test -run 'TestRego/commits'" runs one family.
func TestRego(t *testing.T) {
	report, err := policy.Test(t.Context(), []fs.FS{policies.Tree()}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Tests) == 0 {
		t.Fatal("no Rego test was found")
	}
	for _, test := range report.Tests {
		t.Run(test.Family+"/"+test.Name, func(t *testing.T) {
			if test.Output != "" {
				t.Logf("print: %s", test.Output)
			}
			if !test.Passed {
				t.Errorf("policies/%s:%d: %s: %s", test.File, test.Line, test.Name, test.Problem)
			}
		})
	}
	for _, family := range report.Untested() {
		t.Errorf("policies/%s has no Rego test", family)
	}
	for _, file := range report.Coverage {
		t.Logf("policies/%s: %.0f %% covered, lines %v not", file.File, file.Percent, file.Missed)
	}
}
