package policy_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// A family of which no rule had input is unmeasured and says why; with one rule that had some, it is judged in part.
func TestUnmeasuredFamily(t *testing.T) {
	silent := "input.change.number == 0\n" + say("never")
	abstain := func(id, why string) string {
		return "\nabstain contains {\"rule\": \"demo/" + id + "\", \"reason\": \"" + why + "\"}\n"
	}
	rules := func(bodies ...string) []string {
		return []string{block("demo/one", "enforce", "recheck", bodies[0]), block("demo/two", "warn", "recheck", bodies[1]),
			block("demo/dark", "shadow", "recheck", silent), block("demo/off", "off", "recheck", silent)}
	}
	for _, tc := range []struct {
		name     string
		blocks   []string
		settings map[string]settings.Rule
		want     policy.FamilyVerdict
		unjudged int
	}{
		{name: "nothing had input",
			blocks: append(rules(silent, silent), abstain("one", "There is no report."), abstain("two", "There is no report.")),
			want:   policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyUnmeasured, Reason: "There is no report."}},
		{name: "the reason of most",
			blocks: append(rules(silent, silent), abstain("one", "A title is missing."), abstain("two", "There is no report."),
				abstain("off", "There is no report."),
				"\n# METADATA\n# title: Three\n# description: It matters.\n# custom:\n#   id: demo/three\n#   severity: "+
					"error\n#   mode: warn\n#   remedy: Do.\n#   reads: [title]\n#   merge_queue: recheck\n#   missing: It says so.\n"+
					"deny contains f if {\n\tinput.change.number == 0\n\tf := {}\n}\n", abstain("three", "There is no report.")),
			want: policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyUnmeasured, Reason: "There is no report."}},
		{name: "one rule had input", blocks: append(rules(silent, silent), abstain("one", "There is no report.")),
			want: policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyAbstained}, unjudged: 1},
		{name: "what abstained found something all the same",
			blocks: append(rules(silent, say("Two.")), abstain("one", "There is no report."), abstain("two", "In part.")),
			want:   policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyAbstained}, unjudged: 2},
		{name: "a finding blocks", blocks: append(rules(say("One."), silent), abstain("one", "In part."), abstain("two", "In part.")),
			want: policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyFailure}, unjudged: 2},
		{name: "the only rule in force had none", blocks: append(rules(silent, silent), abstain("one", "There is no report.")),
			settings: map[string]settings.Rule{"demo/two": {Mode: finding.Off}},
			want:     policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilyUnmeasured, Reason: "There is no report."}},
		{name: "rules in shadow tell nobody", blocks: append(rules(silent, silent), abstain("dark", "There is no report.")),
			want: policy.FamilyVerdict{Name: "demo", Conclusion: policy.FamilySuccess}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set := enforcing()
			set.Rules = tc.settings
			d := decide(t, demo(t, tc.blocks...), set, policy.Options{})
			if d.Families[1] != tc.want {
				t.Errorf("family %+v, want %+v", d.Families[1], tc.want)
			}
			if n := len(d.Unjudged()); n != tc.unjudged {
				t.Errorf("%d abstentions are told one by one, want %d: %+v", n, tc.unjudged, d.Unjudged())
			}
		})
	}
}

// A rule that is not asked for a merge group has no part in whether its family was measured.
func TestUnmeasuredInAMergeGroup(t *testing.T) {
	silent := "input.change.number == 0\n" + say("never")
	e := demo(t, block("demo/one", "enforce", "recheck", silent), block("demo/skip", "enforce", "skip", silent),
		"\nabstain contains {\"rule\": \"demo/one\", \"reason\": \"There is no report.\"}\n")
	group := sample(t)
	group.Change.Kind = change.MergeGroup
	group.Change.Group = &change.Group{Head: strings.Repeat("c", 40), Base: strings.Repeat("b", 40)}
	d, err := e.Decide(t.Context(), group, enforcing(), policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Families[1].Conclusion != policy.FamilyUnmeasured {
		t.Errorf("family %+v", d.Families[1])
	}
}
