package review

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
)

// TestCommentIsForTheAuthor asserts that a pull request which only waits for a review is not commented on, and that a comment on others leaves the waiting out.
func TestCommentIsForTheAuthor(t *testing.T) {
	waits := finding.Finding{Rule: "ownership/approval", Title: "Owners have not approved", Blocking: true}
	wrong := finding.Finding{Rule: "commits/header", Title: "Commit header is not conventional", Blocking: true}
	in := Input{Snapshot: &change.Snapshot{}, Standing: history.Standing{}, Rules: []policy.Rule{{ID: waits.Rule, Reads: []string{"files", "reviews"}}, {ID: wrong.Rule, Reads: []string{"commits"}}}}
	for name, c := range map[string]struct {
		findings []finding.Finding
		want     []string
	}{
		"waits only":      {[]finding.Finding{waits}, nil},
		"wrong and waits": {[]finding.Finding{wrong, waits}, []string{wrong.Rule}},
	} {
		in.Decision.Findings = c.findings
		var got []string
		for _, f := range forAuthor(in) {
			got = append(got, f.Rule)
		}
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: the author is told of %v, want %v", name, got, c.want)
		}
		if body := commentBody(in); (body == "") != (len(c.want) == 0) {
			t.Errorf("%s: comment %q", name, body)
		}
	}
}
