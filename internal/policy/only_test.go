package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/policy"
)

// A family that was not asked for is off, whatever the settings say, and the settings' digest stays that of the settings.
func TestOnly(t *testing.T) {
	e := compiled(t, map[string]string{
		"demo/demo.rego":   module("demo", block("demo/one", "enforce", "recheck", say("It is wrong."))),
		"other/other.rego": module("other", block("other/one", "enforce", "recheck", say("It is wrong too."))),
	})
	all := decide(t, e, enforcing(), policy.Options{})
	if got := rules(all.Findings); got != "demo/one other/one" {
		t.Fatalf("without Only: %q", got)
	}
	d := decide(t, e, enforcing(), policy.Options{Only: []string{"other"}})
	if got := rules(d.Findings); got != "other/one" || d.Conclusion != effect.Failure {
		t.Errorf("with Only: %q, %s", got, d.Conclusion)
	}
	want := []policy.FamilyVerdict{
		{Name: "gate", Conclusion: policy.FamilySuccess}, {Name: "demo", Conclusion: policy.FamilyOff},
		{Name: "other", Conclusion: policy.FamilyFailure},
	}
	if diff := cmp.Diff(want, d.Families); diff != "" {
		t.Error(diff)
	}
	if d.Settings != all.Settings {
		t.Errorf("the settings' digest changed from %s to %s", all.Settings, d.Settings)
	}
}
