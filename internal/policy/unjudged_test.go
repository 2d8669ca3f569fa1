package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// Every family but the gate has one rule that speaks when its analysis failed.
func TestEveryFamilyHasARuleThatStandsIn(t *testing.T) {
	e := shipped(t)
	for _, f := range e.Families() {
		n := 0
		for _, r := range e.Rules() {
			if r.Family == f.Name && r.StandsIn {
				n++
			}
		}
		if want := 1; f.Name != policy.GateFamily && n != want {
			t.Errorf("%d rules of %s have stands_in, want %d", n, f.Name, want)
		}
	}
}

// A family whose analysis failed fails closed as soon as one of its rules enforces, says at which file, and takes
// nothing of the others with it.
//
//race:unwatched
func TestFailedAnalysis(t *testing.T) {
	e := shipped(t)
	speakers := map[string]string{"commits": "commits/incomplete", "coverage": "coverage/unusable", "lint": "lint/unreadable",
		"ownership": "ownership/unavailable", "size": "size/unknown", "smells": "smells/unread"}
	for family, speaker := range speakers {
		for name, tc := range map[string]struct {
			alter      func(*settings.Settings)
			conclusion effect.Conclusion
			mode       finding.Mode // empty: no finding
		}{
			"one rule enforces": {func(s *settings.Settings) {
				set(s, family, finding.Warn)
				s.Rules = map[string]settings.Rule{other(e, family, speaker): {Mode: finding.Enforce}}
			}, effect.Failure, finding.Enforce},
			"the family enforces": {func(s *settings.Settings) { set(s, family, finding.Enforce) }, effect.Failure, finding.Enforce},
			"the family warns":    {func(s *settings.Settings) { set(s, family, finding.Warn) }, effect.Success, finding.Warn},
			"in shadow":           {func(s *settings.Settings) { set(s, family, finding.Shadow) }, effect.Success, finding.Shadow},
			"off":                 {func(s *settings.Settings) { set(s, family, finding.Off) }, effect.Success, ""},
		} {
			t.Run(family+", "+name, func(t *testing.T) {
				chosen := enforcing()
				for f := range speakers {
					set(&chosen, f, finding.Off)
				}
				tc.alter(&chosen)
				f, err := facts.Gather(t.Context(), large(1, true), settings.Resolution{Settings: chosen, Source: settings.FromFile})
				if err != nil {
					t.Fatal(err)
				}
				f.Failed = []facts.Failed{{Family: family, What: "file", Name: "a/b.json", Reason: "slice bounds out of range [:-1]"}}
				d, err := e.Decide(t.Context(), f, chosen, policy.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if d.Conclusion != tc.conclusion {
					t.Errorf("conclusion %s, want %s", d.Conclusion, tc.conclusion)
				}
				if slices.ContainsFunc(d.Judged, func(id string) bool { return strings.HasPrefix(id, family+"/") }) {
					t.Errorf("rules of the failed family count as judged: %v", d.Judged)
				}
				if tc.mode == "" {
					if len(d.Findings)+len(d.Abstained) > 0 {
						t.Errorf("a family that is off speaks: %+v %+v", d.Findings, d.Abstained)
					}
					return
				}
				if len(d.Findings) != 1 || d.Findings[0].Rule != speaker || d.Findings[0].Path != "a/b.json" ||
					d.Findings[0].Mode != tc.mode {
					t.Fatalf("findings %+v, want %s about a/b.json in mode %s", d.Findings, speaker, tc.mode)
				}
				if m := d.Findings[0].Message; !strings.Contains(m,
					"stopped at the file a/b.json with \"slice bounds out of range [:-1]\"") {
					t.Errorf("message %q", m)
				}
				if len(d.Abstained) == 0 || slices.ContainsFunc(d.Abstained, func(a policy.Abstention) bool { return a.Family != family }) {
					t.Errorf("abstained %+v, want the other rules of %s alone", d.Abstained, family)
				}
			})
		}
	}
}

// The other families are judged as ever, and a family without such a rule still fails closed.
func TestFailedAnalysisBesideOthers(t *testing.T) {
	e := compiled(t, map[string]string{
		"size/size.rego":       module("size", block("size/one", "enforce", "recheck", say("never seen"))),
		"commits/commits.rego": module("commits", block("commits/one", "warn", "recheck", say("seen"))),
	})
	f := sample(t)
	f.Failed = []facts.Failed{{Family: "size", Reason: "x"}}
	d, err := e.Decide(t.Context(), f, enforcing(), policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := rules(d.Findings); got != "gate/policy-error commits/one" || d.Conclusion != effect.Failure {
		t.Errorf("%s with %q, want a failure with gate/policy-error and commits/one", d.Conclusion, got)
	}
}

func set(s *settings.Settings, family string, m finding.Mode) {
	switch family {
	case "commits":
		s.Commits.Mode = m
	case "coverage":
		s.Coverage.Mode = m
	case "lint":
		s.Lint.Mode = m
	case "ownership":
		s.Ownership.Mode = m
	case "size":
		s.Size.Mode = m
	case "smells":
		s.Smells.Mode = m
	}
}

// other is a rule of the family that is not this one.
func other(e *policy.Engine, family, id string) string {
	for _, r := range e.Rules() {
		if r.Family == family && r.ID != id {
			return r.ID
		}
	}
	return ""
}
