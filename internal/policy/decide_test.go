package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		name, ruleDefault  string
		rule               settings.Rule
		settingsCap, opCap finding.Mode
		conclusion         effect.Conclusion
		family             policy.Outcome
		mode               finding.Mode // empty: no finding
		blocking           bool
	}{
		{
			name:        "enforce blocks",
			ruleDefault: "enforce",
			conclusion:  effect.Failure,
			family:      policy.FamilyFailure,
			mode:        finding.Enforce,
			blocking:    true,
		},
		{name: "warn shows", ruleDefault: "warn", conclusion: effect.Success, family: policy.FamilySuccess, mode: finding.Warn},
		{name: "shadow records", ruleDefault: "shadow", conclusion: effect.Success, family: policy.FamilySuccess, mode: finding.Shadow},
		{name: "off is not asked", ruleDefault: "off", conclusion: effect.Success, family: policy.FamilyOff},
		{
			name:        "a setting raises",
			ruleDefault: "off",
			rule:        settings.Rule{Mode: finding.Enforce},
			conclusion:  effect.Failure,
			family:      policy.FamilyFailure,
			mode:        finding.Enforce,
			blocking:    true,
		},
		{
			name:        "a setting lowers",
			ruleDefault: "enforce",
			rule:        settings.Rule{Mode: finding.Off},
			conclusion:  effect.Success,
			family:      policy.FamilyOff,
		},
		{
			name:        "a lower severity does not block",
			ruleDefault: "enforce",
			rule:        settings.Rule{Severity: finding.Warning},
			conclusion:  effect.Success,
			family:      policy.FamilySuccess,
			mode:        finding.Enforce,
		},
		{
			name:        "the settings' cap lowers",
			ruleDefault: "enforce",
			settingsCap: finding.Warn,
			conclusion:  effect.Success,
			family:      policy.FamilySuccess,
			mode:        finding.Warn,
		},
		{
			name:        "the operator's cap lowers",
			ruleDefault: "enforce",
			opCap:       finding.Warn,
			conclusion:  effect.Success,
			family:      policy.FamilySuccess,
			mode:        finding.Warn,
		},
		{
			name:        "a cap does not raise",
			ruleDefault: "shadow",
			opCap:       finding.Warn,
			conclusion:  effect.Success,
			family:      policy.FamilySuccess,
			mode:        finding.Shadow,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := demo(t, block("demo/one", tc.ruleDefault, "recheck", say("It is wrong.")))
			set := enforcing()
			set.Rules = map[string]settings.Rule{"demo/one": tc.rule}
			if tc.settingsCap != "" {
				set.Cap = tc.settingsCap
			}
			d := decide(t, e, set, policy.Options{Cap: tc.opCap})
			if d.Conclusion != tc.conclusion {
				t.Errorf("conclusion %s, want %s", d.Conclusion, tc.conclusion)
			}
			want := []policy.FamilyVerdict{{Name: "gate", Conclusion: policy.FamilySuccess}, {Name: "demo", Conclusion: tc.family}}
			if diff := cmp.Diff(want, d.Families); diff != "" {
				t.Error(diff)
			}
			if tc.mode == "" {
				if len(d.Findings) != 0 {
					t.Errorf("findings %v, want none", d.Findings)
				}
				return
			}
			if len(d.Findings) != 1 || d.Findings[0].Mode != tc.mode || d.Findings[0].Blocking != tc.blocking {
				t.Errorf("findings %+v, want one in mode %s, blocking %v", d.Findings, tc.mode, tc.blocking)
			}
			if shown := len(d.Visible()); (tc.mode == finding.Shadow) != (shown == 0) {
				t.Errorf("%d visible findings in mode %s", shown, tc.mode)
			}
		})
	}
}

// A family's off wins over the mode of its rules, and its mode over their defaults.
func TestFamilyMode(t *testing.T) {
	e := compiled(t, map[string]string{"commits/commits.rego": module("commits",
		block("commits/one", "enforce", "recheck", say("one")), block("commits/two", "enforce", "recheck", say("two")))})
	set := enforcing()
	set.Commits.Mode = finding.Warn
	set.Rules = map[string]settings.Rule{"commits/one": {Mode: finding.Enforce}}
	d := decide(t, e, set, policy.Options{})
	if len(d.Findings) != 2 || !d.Findings[0].Blocking || d.Findings[1].Mode != finding.Warn {
		t.Errorf("findings %+v, want commits/one blocking and commits/two in warn", d.Findings)
	}
	set.Commits.Mode = finding.Off
	if d = decide(t, e, set, policy.Options{}); len(d.Findings) != 0 || d.Conclusion != effect.Success {
		t.Errorf("findings %+v, want none for a family that is off", d.Findings)
	}
}

// The JSON form is a contract: names, order and the absence of null.
func TestDecisionJSON(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "recheck",
		`finding := {"rule": "demo/one", "path": "a.go", "line": 3, "message": "It is wrong."}`))
	d := decide(t, e, enforcing(), policy.Options{})
	got, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "schema": 1,
  "conclusion": "failure",
  "base": "` + strings.Repeat("b", 40) + `",
  "head": "` + strings.Repeat("a", 40) + `",
  "families": [
    {
      "name": "gate",
      "conclusion": "success"
    },
    {
      "name": "demo",
      "conclusion": "failure"
    }
  ],
  "findings": [
    {
      "rule": "demo/one",
      "family": "demo",
      "severity": "error",
      "mode": "enforce",
      "blocking": true,
      "path": "a.go",
      "line": 3,
      "end_line": 3,
      "title": "Something is wrong",
      "message": "It is wrong.",
      "remedy": "Put it right.",
      "docs": "https://github.com/lintel-review/lintel/blob/main/docs/rules/demo.md#one",
      "fingerprint": "` + string(d.Findings[0].Fingerprint) + `"
    }
  ],
  "abstained": [],
  "incomplete": [],
  "judged": [
    "demo/one",
    "gate/policy-error"
  ],
  "policy": "` + e.Digest() + `",
  "settings": "` + settings.Digest(enforcing()) + `",
  "facts": "` + d.Facts + `",
  "engine": "` + policy.Version() + `"
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// What a policy may say is checked; anything else fails closed and names the culprit.
//
//race:unwatched
func TestMalformedResults(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"text":          {`finding := "wrong"`, "it is text, not an object"},
		"no rule":       {`finding := {"message": "wrong"}`, "rule is missing or null"},
		"unknown rule":  {`finding := {"rule": "demo/two", "message": "wrong"}`, `there is no rule "demo/two"`},
		"other family":  {`finding := {"rule": "gate/policy-error", "message": "wrong"}`, "rule gate/policy-error is of another family"},
		"no message":    {`finding := {"rule": "demo/one"}`, "message is missing or null"},
		"blank message": {`finding := {"rule": "demo/one", "message": " "}`, "message is empty"},
		"line as text":  {`finding := {"rule": "demo/one", "message": "wrong", "line": "3"}`, "line is text, not a number"},
		"negative line": {`finding := {"rule": "demo/one", "message": "wrong", "line": -1}`, "line is -1, not a line number"},
		"half a line":   {`finding := {"rule": "demo/one", "message": "wrong", "line": 1.5}`, "line is 1.5, not a line number"},
		"source":        {`finding := {"rule": "demo/one", "message": "wrong", "source": "eslint"}`, "source is text, not an object"},
		"source's tool": {`finding := {"rule": "demo/one", "message": "wrong", "source": {"rule": "semi"}}`,
			"source: tool is missing or null"},
		"suggestion": {`finding := {"rule": "demo/one", "message": "wrong", "suggestion": []}`, "suggestion is a list, not an object"},
		"no lines": {
			`finding := {"rule": "demo/one", "message": "wrong", "suggestion": {"line": 3, "end_line": 2, "text": "x"}}`,
			"suggestion: it has no lines"},
		"half suggested": {`finding := {"rule": "demo/one", "message": "wrong", "suggestion": {"line": 3, "end_line": 3, "was": "x"}}`,
			"suggestion: it has a member"},
		"path is null":   {`finding := {"rule": "demo/one", "message": "wrong", "path": null}`, "path is missing or null, not text"},
		"unknown member": {`finding := {"rule": "demo/one", "message": "wrong", "severity": "notice"}`, `it has a member "severity"`},
		"a builtin fails": {
			"x := to_number(input.change.title)\nfinding := {\"rule\": \"demo/one\", \"message\": sprintf(\"%v\", [x])}",
			"policies/demo/demo.rego:"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, demo(t, block("demo/one", "enforce", "recheck", tc.body)), enforcing(), policy.Options{})
			if d.Conclusion != effect.Failure || rules(d.Findings) != policy.PolicyErrorRule {
				t.Fatalf("%s with findings %q, want a failure by the policy error alone", d.Conclusion, rules(d.Findings))
			}
			if !strings.Contains(d.Findings[0].Message, tc.want) {
				t.Errorf("message %q does not hold %q", d.Findings[0].Message, tc.want)
			}
			if d.Families[1].Conclusion != policy.FamilyAbstained {
				t.Errorf("the family's conclusion is %s, want abstained", d.Families[1].Conclusion)
			}
		})
	}
}

// A family that fails as a whole hides no other family's findings.
func TestBrokenFamily(t *testing.T) {
	e := compiled(t, map[string]string{
		"bad/bad.rego": module("bad", block("bad/one", "enforce", "recheck", "some x in {1, 2}\npair(x)\n"+say("never"))) +
			"\npair(1) := 1\n\npair(1) := 2\n",
		"good/good.rego": module("good", block("good/one", "enforce", "recheck", say("found"))),
	})
	d := decide(t, e, enforcing(), policy.Options{})
	if got := rules(d.Findings); got != "gate/policy-error good/one" {
		t.Errorf("findings %q", got)
	}
	want := []policy.FamilyVerdict{
		{Name: "gate", Conclusion: policy.FamilyFailure},
		{Name: "bad", Conclusion: policy.FamilyAbstained},
		{Name: "good", Conclusion: policy.FamilyFailure},
	}
	if diff := cmp.Diff(want, d.Families); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"gate/policy-error", "good/one"}, d.Judged); diff != "" {
		t.Error(diff)
	}
}

// A rule that is off is not evaluated, so it can neither break nor delay anything.
func TestOffIsNotEvaluated(t *testing.T) {
	e := demo(t, block("demo/one", "off", "recheck", "x := to_number(input.change.title)\n"+say("never")+"\nx > 0"),
		block("demo/two", "enforce", "recheck", say("found")))
	if got := rules(decide(t, e, enforcing(), policy.Options{}).Findings); got != "demo/two" {
		t.Errorf("findings %q, want demo/two alone", got)
	}
}

func TestPolicyErrorWarnsWhenNothingEnforces(t *testing.T) {
	d := decide(t, demo(t, block("demo/one", "warn", "recheck", `finding := "wrong"`)), enforcing(), policy.Options{})
	if d.Conclusion != effect.Success || len(d.Findings) != 1 || d.Findings[0].Mode != finding.Warn {
		t.Errorf("%s %+v, want a success with the policy error in warn", d.Conclusion, d.Findings)
	}
}

func TestAbstain(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "recheck", "input.change.number == 0\n"+say("never")),
		"\nabstain contains {\"rule\": \"demo/one\", \"reason\": \"The title is not known.\"}\n")
	d := decide(t, e, enforcing(), policy.Options{})
	want := []policy.Abstention{{Rule: "demo/one", Family: "demo", Mode: finding.Enforce, Reason: "The title is not known."}}
	if diff := cmp.Diff(want, d.Abstained); diff != "" {
		t.Error(diff)
	}
	if d.Conclusion != effect.Success || d.Families[1].Conclusion != policy.FamilyUnmeasured {
		t.Errorf("conclusion %s, family %s", d.Conclusion, d.Families[1].Conclusion)
	}
	set := enforcing()
	set.Rules = map[string]settings.Rule{"demo/one": {Mode: finding.Off}}
	if d = decide(t, e, set, policy.Options{}); len(d.Abstained) != 0 || d.Families[1].Conclusion != policy.FamilyOff {
		t.Errorf("a rule that is off abstained: %+v", d)
	}
}

// Rego that loops is stopped by the time limit, and that is an error, never a verdict.
//
// Attack by whoever writes policies: A rule that loops, breaks, or reports under another's name: a time limit that
// is never a verdict; a broken rule blocks; a rule may not use another's id. Also `internal/policy/decide_test.go`
// `TestBrokenFamily`, `TestMalformedResults`, `TestForeignID`.
func TestTimeLimit(t *testing.T) {
	for name, body := range map[string]string{
		"products":    "xs := numbers.range(1, 100000)\nsome a in xs\nsome b in xs\na * b == -1\n" + say("never"),
		"one builtin": "count(numbers.range(1, 100000000000)) == 0\n" + say("never"),
	} {
		t.Run(name, func(t *testing.T) {
			e := demo(t, block("demo/one", "enforce", "recheck", body))
			start := time.Now()
			_, err := e.Decide(t.Context(), sample(t), enforcing(), policy.Options{Limit: 50 * time.Millisecond})
			if !errors.Is(err, policy.ErrStopped) {
				t.Fatalf("error %v, want ErrStopped", err)
			}
			if took := time.Since(start); took > 5*time.Minute {
				t.Errorf("it took %v to stop", took)
			}
		})
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := demo(t, block("demo/one", "enforce", "recheck", say("x"))).Decide(ctx, sample(t), enforcing(), policy.Options{})
	if !errors.Is(err, context.Canceled) || errors.Is(err, policy.ErrStopped) {
		t.Errorf("error %v, want the context's own", err)
	}
}

func TestMergeGroup(t *testing.T) {
	e := demo(t, block("demo/recheck", "enforce", "recheck", say("anew")), block("demo/carry", "enforce", "carry", say("anew")),
		block("demo/skip", "enforce", "skip", say("anew")))
	group := sample(t)
	group.Change.Kind = change.MergeGroup
	group.Change.Group = &change.Group{Head: strings.Repeat("c", 40), Base: strings.Repeat("b", 40)}
	carried := decide(t, e, enforcing(), policy.Options{})
	for i := range carried.Findings {
		carried.Findings[i].Message = "carried"
	}
	messages := func(d policy.Decision) map[string]string {
		m := map[string]string{}
		for _, f := range d.Findings {
			m[f.Rule] = f.Message
		}
		return m
	}
	for name, tc := range map[string]struct {
		carried func(policy.Decision) *policy.Decision
		want    map[string]string
	}{
		"nothing kept": {func(policy.Decision) *policy.Decision { return nil },
			map[string]string{"demo/recheck": "anew", "demo/carry": "anew"}},
		"carried": {func(d policy.Decision) *policy.Decision { return &d },
			map[string]string{"demo/recheck": "anew", "demo/carry": "carried"}},
		"other head": {func(d policy.Decision) *policy.Decision { d.Head = "x"; return &d },
			map[string]string{"demo/recheck": "anew", "demo/carry": "anew"}},
		"other policies": {func(d policy.Decision) *policy.Decision { d.Policy = "x"; return &d },
			map[string]string{"demo/recheck": "anew", "demo/carry": "anew"}},
		"not judged": {func(d policy.Decision) *policy.Decision { d.Judged = nil; return &d },
			map[string]string{"demo/recheck": "anew", "demo/carry": "anew"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := e.Decide(t.Context(), group, enforcing(), policy.Options{Carried: tc.carried(carried)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, messages(d)); diff != "" {
				t.Error(diff)
			}
		})
	}
	set := enforcing()
	set.Rules = map[string]settings.Rule{"demo/carry": {Mode: finding.Warn}, "demo/recheck": {Mode: finding.Off}}
	d, err := e.Decide(t.Context(), group, set, policy.Options{Carried: &carried})
	if err != nil {
		t.Fatal(err)
	}
	if d.Conclusion != effect.Success || rules(d.Findings) != "demo/carry" || d.Findings[0].Blocking {
		t.Errorf("%s %+v, want the carried finding weighed by the settings of now", d.Conclusion, d.Findings)
	}
	if d.Findings[0].Fingerprint != carried.Findings[0].Fingerprint {
		t.Error("a carried finding lost its fingerprint")
	}
}

func TestVerdictDigest(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "recheck", say("one")), block("demo/two", "shadow", "recheck", say("two")))
	d := decide(t, e, enforcing(), policy.Options{})
	same := d
	same.Facts, same.Policy, same.Settings, same.Engine, same.Base = "x", "x", "x", "x", "x"
	same.Findings = append(same.Findings[:1:1], same.Findings[1])
	same.Findings[1].Message = "another shadow"
	if d.Digest() != same.Digest() {
		t.Error("what people do not see changed the digest")
	}
	other := d
	other.Cap = finding.Warn
	if d.Digest() == other.Digest() {
		t.Error("the operator's cap did not change the digest")
	}
	other = d
	other.Findings = []finding.Finding{d.Findings[0]}
	other.Findings[0].Message = "else"
	if d.Digest() == other.Digest() {
		t.Error("a visible message did not change the digest")
	}
}

func TestConcurrentDecisionsAreEqual(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "recheck",
		"some x in numbers.range(1, 50)\nfinding := {\"rule\": \"demo/one\", \"message\": sprintf(\"%d\", [x]), \"line\": x % 7}"))
	want := decide(t, e, enforcing(), policy.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := e.Decide(t.Context(), sample(t), enforcing(), policy.Options{})
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	wg.Wait()
}

// A block that speaks in the name of a rule that was not asked is a fault of the policy, never silence.
func TestForeignID(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "recheck", `finding := {"rule": "demo/two", "message": "wrong"}`),
		block("demo/two", "off", "recheck", say("never")))
	d := decide(t, e, enforcing(), policy.Options{})
	if rules(d.Findings) != policy.PolicyErrorRule || !strings.Contains(d.Findings[0].Message, "rule demo/two was not asked") {
		t.Errorf("findings %+v, want the policy error alone", d.Findings)
	}
}
