package publish

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
)

// Check and comment count the same problems, whoever has to solve them; the comment spells out those of the author
// alone, and says the others are not theirs.
func TestCountsAreTheSameEverywhere(t *testing.T) {
	waits := finding.Finding{Rule: "ownership/approval", Title: "Owners have not approved", Blocking: true, Message: "w"}
	wrong := finding.Finding{Rule: "commits/header", Title: "Commit header is not of the form asked for", Blocking: true, Message: "m"}
	said := plan.Standing{Comment: &effect.Posted{Effect: effect.Effect{Comment: &effect.Comment{Parts: effect.Parts{Gate: "before"}}}}}
	for name, c := range map[string]struct {
		findings []finding.Finding
		draft    bool
		standing plan.Standing
		title    string
		comment  []string // what the comment says; nil when there is none
		not      string
	}{
		"waits only": {findings: []finding.Finding{waits}, title: "1 problem to solve before merging"},
		"waits only, after all": {
			findings: []finding.Finding{waits},
			standing: said,
			title:    "1 problem to solve before merging",
			comment: []string{"nothing is left for the author",
				"1 problem remains for reviewers before merging: Owners have not approved."},
			not: "Lintel: solved",
		},
		"wrong and waits": {
			findings: []finding.Finding{wrong, waits},
			title:    "2 problems to solve before merging",
			comment: []string{"**Lintel: 2 problems to solve before merging**", "1. **Commit header",
				"1 more problem is for reviewers, not for the author: Owners have not approved."},
			not: "2. **",
		},
		"a draft": {findings: []finding.Finding{wrong}, draft: true, title: "1 problem to solve before merging"},
		"a draft that was none": {
			findings: []finding.Finding{wrong},
			draft:    true,
			standing: said,
			title:    "1 problem to solve before merging",
			comment:  []string{"is quiet while this is a draft"},
			not:      "Lintel: solved",
		},
		"all solved": {standing: said, title: "All rules pass", comment: []string{"solved"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Snapshot: &change.Snapshot{Draft: c.draft},
				Standing: c.standing,
				Rules: []policy.Rule{
					{ID: waits.Rule, Reads: []string{"files", "reviews"}},
					{ID: wrong.Rule, Reads: []string{"commits"}},
				},
			}
			in.Decision.Findings, in.Decision.Conclusion = c.findings, effect.Success
			if len(c.findings) > 0 {
				in.Decision.Conclusion = effect.Failure
			}
			check := combined(in, in.words())
			if check.Title != c.title {
				t.Errorf("the check is titled %q, want %q", check.Title, c.title)
			}
			if len(c.findings) == 2 &&
				(!strings.Contains(check.Summary, "### What to do\n\n1. **Commit") ||
					!strings.Contains(check.Summary, "### What reviewers have to do\n\n2. **Owners")) {
				t.Errorf("who has to do what is not told apart:\n%s", check.Summary)
			}
			e, ok := gateComment(in)
			if ok != (c.comment != nil) {
				t.Fatalf("comment %v %+v", ok, e.Comment)
			}
			for _, want := range c.comment {
				if !strings.Contains(e.Comment.Parts.Gate, want) {
					t.Errorf("the comment lacks %q:\n%s", want, e.Comment.Parts.Gate)
				}
			}
			if c.not != "" && strings.Contains(e.Comment.Parts.Gate, c.not) {
				t.Errorf("the comment says %q:\n%s", c.not, e.Comment.Parts.Gate)
			}
		})
	}
}

// What was not measured never reads as a pass, has one word in the table, and is no headline; families that pass share a row.
func TestNotMeasuredIsSaid(t *testing.T) {
	in := passed(func(in *Input) {
		in.Decision.Families = append(in.Decision.Families,
			policy.FamilyVerdict{Name: "coverage", Conclusion: policy.FamilyUnmeasured, Reason: "No coverage report was given."})
		in.Decision.Abstained = []policy.Abstention{
			{Rule: "coverage/patch", Family: "coverage", Mode: finding.Warn, Reason: "No coverage report was given."},
		}
	}, perFamily)
	all := checks(in)
	if all[0].Title != "Passes" {
		t.Errorf("the title claims more than was measured, or makes a headline of what nobody asked for: %q", all[0].Title)
	}
	want := "| commits, ownership | pass |\n| coverage | not measured |\n| size | off |\n"
	if !strings.Contains(all[0].Summary, want) {
		t.Errorf("the table lacks\n%s\nit is\n%s", want, all[0].Summary)
	}
	if !strings.Contains(all[0].Text, "**Coverage was not measured.** No coverage report was given.") ||
		strings.Contains(all[0].Text, "### Not judged") {
		t.Errorf("the reason is not told once:\n%s", all[0].Text)
	}
	own := all[len(all)-1]
	if own.Title != "Not measured" || own.Conclusion != effect.Success ||
		!strings.Contains(own.Summary, "No coverage report was given.") || strings.Contains(own.Summary, "objection") {
		t.Errorf("the family's check: %q\n%s", own.Title, own.Summary)
	}
}

// What people copy is whole: ids of commits and the owners that CODEOWNERS names. What others wrote stays broken.
func TestOwnNamesAreWhole(t *testing.T) {
	in := passed(func(in *Input) {
		in.Facts = &facts.Facts{
			Ownership: ownership.Facts{
				Groups: []ownership.Group{{Owners: []ownership.Owner{{Name: "@acme/payments"}}, Candidates: []string{"bo"}}}}}
		in.Decision.Conclusion = effect.Failure
		in.Decision.Findings = []finding.Finding{
			{
				Rule:     "demo/one",
				Blocking: true,
				Title:    "T",
				Message:  "Commit ab7b0f5 \"fix @mona #1\" belongs to @acme/payments.\nIt has 1364178 bytes.",
				Remedy:   "Ask @bo or @acme/payment.",
			},
		}
	})
	body := combined(in, in.words()).Summary
	for _, want := range []string{"Commit `ab7b0f5` \"fix @\u200bmona", "to `@acme/payments`.", "has `1364178` bytes",
		"Ask `@bo` or @\u200bacme/payment."} {
		if !strings.Contains(body, want) {
			t.Errorf("it lacks %q:\n%q", want, body)
		}
	}
}
