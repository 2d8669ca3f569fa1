package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// Policies that are compiled without the checks decide as those that are compiled with them.
//
//race:unwatched
func TestTrustedPoliciesDecideTheSame(t *testing.T) {
	checked, err := policy.Compile(t.Context(), policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	if checked.Digest() != trusted.Digest() {
		t.Errorf("digests %s and %s", checked.Digest(), trusted.Digest())
	}
	if d := cmp.Diff(checked.Rules(), trusted.Rules()); d != "" {
		t.Errorf("rules differ: %s", d)
	}
	for _, good := range []bool{true, false} {
		t.Run(fmt.Sprintf("good=%t", good), func(t *testing.T) {
			r := settings.Resolution{Settings: enforcing(), Source: settings.FromFile}
			_, want, err := checked.Judge(t.Context(), large(50, good), r, policy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := trusted.Judge(t.Context(), large(1, good), r, policy.Options{}); err != nil {
				t.Fatal(err)
			}
			// After that another change, part of which is equal, and once more, when all of it is.
			var got policy.Decision
			for range 2 {
				if _, got, err = trusted.Judge(t.Context(), large(50, good), r, policy.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			if !good && len(want.Findings) == 0 {
				t.Error("the bad change has no findings, so little was compared")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("decisions differ: %s", d)
			}
		})
	}
}

// What is trusted is not checked: a field that the facts do not have is found by Compile alone.
func TestTrustedPoliciesAreNotChecked(t *testing.T) {
	files := map[string]string{"demo/demo.rego": "package lintel.demo\n\ndeny contains x if {\n\tx := input.no_such_fact\n}\n"}
	if _, err := policy.Compile(t.Context(), tree(files)); err == nil {
		t.Error("Compile accepts a field that the facts do not have")
	}
	e, err := policy.CompileTrusted("", tree(files))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Prepare(); err != nil {
		t.Errorf("CompileTrusted checks fields: %v", err)
	}
}

// A family is compiled when it is judged or prepared, and not before: one that cannot be compiled is an error then, and
// never a decision.
func TestTrustedFamiliesAreCompiledWhenNeeded(t *testing.T) {
	rule := func(family, body string) string {
		return fmt.Sprintf("package lintel.%s\n\n# METADATA\n# custom:\n#   id: %s/one\n#   severity: error\n#   mode: enforce\n"+
			"deny contains finding if {\n\t%s\n}\n", family, family, body)
	}
	e, err := policy.CompileTrusted("", tree(map[string]string{
		"good/good.rego":     rule("good", `finding := {"rule": "good/one"}; false`),
		"broken/broken.rego": rule("broken", `finding := 1; finding := 2`),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Prepare("good"); err != nil {
		t.Errorf("the other family was compiled, too: %v", err)
	}
	if err := e.Prepare(); err == nil || !strings.Contains(err.Error(), "assigned above") {
		t.Errorf("prepared: %v", err)
	}
	if _, err := e.Decide(t.Context(), facts.Facts{}, settings.Default(), policy.Options{}); err == nil ||
		!strings.Contains(err.Error(), "assigned above") {
		t.Errorf("decided: %v", err)
	}
}
