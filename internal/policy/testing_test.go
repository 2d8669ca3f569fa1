package policy_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
)

// The runner tells a failure from a pass, an error from a failure, and never counts a test that was skipped.
func TestRunner(t *testing.T) {
	one := module("demo", block("demo/one", "enforce", "recheck", "input.change.number == 1\n"+say("x")))
	files := map[string]string{
		"demo/demo.rego": one,
		"bare/bare.rego": module("bare", block("bare/one", "enforce", "recheck", say("x"))),
		"demo/demo_test.rego": `package lintel.demo_test

import data.lintel.demo

test_passes if count(demo.deny) == 1 with input as {"change": {"number": 1}}

test_fails if {
	print("seen", {"number": 2})
	count(demo.deny) == 1 with input as {"change": {"number": 2}}
}

test_cases[name] if {
	some name, n in {"good": 1, "bad": 2}
	count(demo.deny) == 1 with input as {"change": {"number": n}}
}

test_conflict if f(1)

f(1) := true

f(1) := false

todo_test_later if false
`,
	}
	report, err := policy.Test(t.Context(), []fs.FS{tree(files)}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"test_passes": "", "test_fails": "false or undefined", "test_cases": "bad", "test_conflict": "conflict",
		"todo_test_later": "skipped"}
	for _, r := range report.Tests {
		problem, ok := want[r.Name]
		if !ok || r.Passed != (problem == "") || !strings.Contains(r.Problem, problem) || r.Family != "demo" || r.Line == 0 {
			t.Errorf("result %+v, want problem %q", r, problem)
		}
		if r.Name == "test_fails" && !strings.Contains(r.Output, `seen {"number": 2}`) {
			t.Errorf("print gave %q", r.Output)
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("tests that did not run: %v", want)
	}
	if got := report.Untested(); len(got) != 1 || got[0] != "bare" {
		t.Errorf("untested %v, want bare", got)
	}
	if len(report.Failed()) != 4 {
		t.Errorf("%d failed, want 4", len(report.Failed()))
	}
	if report.Covered <= 0 || report.Covered >= 100 {
		t.Errorf("covered %v %%, want something between", report.Covered)
	}
	filtered, err := policy.Test(t.Context(), []fs.FS{tree(files)}, "passes$")
	if err != nil || len(filtered.Tests) != 1 {
		t.Errorf("%d tests with a filter, want 1 (%v)", len(filtered.Tests), err)
	}
	if _, err := policy.Test(t.Context(), []fs.FS{tree(files)}, "("); err == nil {
		t.Error("a bad filter is no error")
	}
}

// A test that lies in another package than its folder's is named. Programs that only judge do not read tests.
func TestPackageOfTheTest(t *testing.T) {
	files := map[string]string{
		"demo/demo.rego":   module("demo", block("demo/one", "enforce", "recheck", say("x"))),
		"demo/x_test.rego": "package lintel.demo\n\ntest_x if true\n",
	}
	_, err := policy.Test(t.Context(), []fs.FS{tree(files)}, "")
	if err == nil || !strings.Contains(err.Error(), "demo/x_test.rego:1") || !strings.Contains(err.Error(), "lintel.demo_test") {
		t.Errorf("the error is %v", err)
	}
	compiled(t, files)
}
