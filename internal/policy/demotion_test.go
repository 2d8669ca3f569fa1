package policy_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/policy"
)

// TestDemotedRuleWarns: a demoted rule shows what it finds and does not block, and one for security blocks all the same.
func TestDemotedRuleWarns(t *testing.T) {
	t.Parallel()
	rule := block("demo/one", "enforce", "recheck", say("It is wrong."))
	secure := strings.Replace(rule, "#   severity: error\n", "#   severity: error\n#   security: true\n", 1)
	for name, c := range map[string]struct {
		rule    string
		demoted []string
		want    effect.Conclusion
	}{
		"not demoted":                 {rule, nil, effect.Failure},
		"demoted":                     {rule, []string{"demo/one"}, effect.Success},
		"another is":                  {rule, []string{"demo/two"}, effect.Failure},
		"for security, never demoted": {secure, []string{"demo/one"}, effect.Failure},
	} {
		set := enforcing()
		set.Demoted = c.demoted
		d := decide(t, demo(t, c.rule), set, policy.Options{})
		if d.Conclusion != c.want || len(d.Visible()) != 1 {
			t.Errorf("%s: %s with %d findings, want %s with one", name, d.Conclusion, len(d.Visible()), c.want)
		}
	}
}

// TestRulesForSecurity names rules that must never be demoted.
//
//race:unwatched
func TestRulesForSecurity(t *testing.T) {
	t.Parallel()
	kept := map[string]bool{}
	for _, r := range shipped(t).Rules() {
		kept[r.ID] = r.Security
	}
	for id, want := range map[string]bool{"secrets/leaked": true, "secrets/likely": true, "dependencies/malicious": true,
		"dependencies/vulnerable": true, "workflows/template-injection": true, "workflows/untrusted-checkout": true,
		"size/too-large": false, "commits/header": false, "dependencies/licence": false} {
		if got, ok := kept[id]; !ok || got != want {
			t.Errorf("%s: for security %t (there: %t), want %t", id, got, ok, want)
		}
	}
}
