package prepare

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestAnInputNamesNobody: what rules say of people, and what people write of themselves, is no material for a model.
func TestAnInputNamesNobody(t *testing.T) {
	s := snapshot(t, file(t, "a.go", patch))
	s.Author = &change.Account{Login: "jdoe-work"}
	s.Head.Ref = "jdoe/secret-branch"
	title := "Fix rounding for jdoe-work"
	body := "Rounds half to even, as @mary-smith asked; write to jane.doe@corp.example.\n\n" +
		"Co-authored-by: Mary Smith <mary@corp.example>\nSigned-off-by: Jane Doe <jane.doe@corp.example>\n" +
		"From branch jdoe/secret-branch by Jane Doe.\nReviewed-by: Bob\nUse the decorator @Input() as before."
	s.Title, s.Body = &title, &body
	s.Commits = []change.Commit{{
		Message: "fix: round half to even", Author: change.Signature{Name: "Jane Doe", Email: "jane.doe@corp.example"},
		Committer:     change.Signature{Name: "Build Robot", Email: "robot@corp.example"},
		AuthorAccount: &change.Account{Login: "jane-private"},
	}}
	found := []finding.Finding{
		{Rule: "commits/signed-off", Family: "commits", Severity: finding.Error, Title: "Sign-off",
			Message: `commit 1 "fix: round half to even" is signed off by "Other", not its author "Jane Doe <jane.doe@corp.example>"`},
		{Rule: "owners/approval", Family: "owners", Severity: finding.Error, Title: "Owners", Message: "mary-smith has not approved"},
		{Rule: "acme/people", Family: "acme", Title: "Own rule", Message: "jdoe-work is new here"},
		{
			Rule: "lint/new", Family: "lint", Path: "a.go", Line: 2, Title: "todo",
			Message: "ask jane.doe@corp.example how to round; Build Robot",
		},
	}
	in, err := Input(s, found, settings.Default().Advise)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal([]any{in.Facts, in.Title, in.Body})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{
		"jdoe", "secret-branch", "Jane Doe", "jane.doe", "mary", "Mary", "Build Robot", "robot@", "jane-private", "Signed-off",
		"signed off", "corp.example", "Bob",
	} {
		if strings.Contains(string(raw), word) {
			t.Errorf("%q would be sent: %s", word, raw)
		}
	}
	for _, word := range []string{"Rounds half to even", "@Input()"} {
		if !strings.Contains(string(raw), word) {
			t.Errorf("%q is gone: %s", word, raw)
		}
	}
	if len(in.Facts) != 1 || in.Facts[0].Source != "lint/new" {
		t.Errorf("the facts are %+v", in.Facts)
	}
}
