package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
)

// TestWaitingForReports holds that a rule about reports is not asked while more of them may come, that others are, and
// that one of those refuses at once.
func TestWaitingForReports(t *testing.T) {
	about := strings.Replace(block("cover/always", "enforce", "carry", say("No.")), "reads: [title]", "reads: [reports]", 1)
	label := block("other/label", "enforce", "recheck", "count(input.change.labels) > 0\n"+say("No."))
	e := compiled(t, map[string]string{"cover/cover.rego": module("cover", about), "other/other.rego": module("other", label)})
	missing := facts.ExpectedReport{Kind: "coverage", Parts: 1, Because: []string{}}
	for name, tc := range map[string]struct {
		labels     []string
		closed     string
		conclusion effect.Conclusion
		waiting    bool
		cover      policy.Outcome
	}{
		"waits":                 {nil, "", policy.Pending, true, policy.FamilyWaiting},
		"refused by the others": {[]string{"no"}, "", effect.Failure, true, policy.FamilyWaiting},
		"the deadline":          {nil, facts.Deadline, effect.Failure, false, policy.FamilyFailure},
	} {
		t.Run(name, func(t *testing.T) {
			f := sample(t)
			f.Change.Labels = append([]string{}, tc.labels...)
			f.Reports.Missing, f.Reports.Closed = []facts.ExpectedReport{missing}, tc.closed
			d, err := e.Decide(t.Context(), f, enforcing(), policy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d.Conclusion != tc.conclusion {
				t.Errorf("conclusion %q, want %q", d.Conclusion, tc.conclusion)
			}
			if waits, judged := slices.Contains(d.Waiting, "cover/always"),
				slices.Contains(d.Judged, "cover/always"); waits != tc.waiting || judged == waits {
				t.Errorf("waiting %v, judged %v", d.Waiting, d.Judged)
			}
			if i := slices.IndexFunc(d.Families,
				func(f policy.FamilyVerdict) bool { return f.Name == "cover" }); d.Families[i].Conclusion != tc.cover {
				t.Errorf("the family is %q, want %q", d.Families[i].Conclusion, tc.cover)
			}
			// A merge group does not wait, and does not take over what was never judged.
			f.Change.Kind, f.Reports.Closed = change.MergeGroup, facts.Deadline
			group, err := e.Decide(t.Context(), f, enforcing(), policy.Options{Carried: &d})
			if err != nil {
				t.Fatal(err)
			}
			if len(group.Waiting) > 0 || group.Conclusion != effect.Failure || !strings.Contains(rules(group.Findings), "cover/always") {
				t.Errorf("the merge group: %s, waiting %v, findings of %s", group.Conclusion, group.Waiting, rules(group.Findings))
			}
		})
	}
}
