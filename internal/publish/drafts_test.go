package publish

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/thread"
)

// TestDraftsInTheCheck: drafts are shown, say that they decide nothing, bring the button, and cannot break out of their
// quote; without them nothing is different.
func TestDraftsInTheCheck(t *testing.T) {
	in := passed()
	plainCheck := combined(in, in.words())
	m := inlineAt("p1", 7)
	m.Draft, m.Body = true, "One\n\n### Two\n\n```go\nx\n```"
	in.Standing.Findings = []thread.Finding{stands(m, thread.Waiting, 0), stands(inlineAt("p2", 9), thread.Open, 0)}
	c := combined(in, in.words())
	if c.Conclusion != plainCheck.Conclusion || c.Title != plainCheck.Title || c.Summary != plainCheck.Summary {
		t.Errorf("drafts changed the verdict: %+v", c)
	}
	if len(plainCheck.Buttons) != 2 || len(c.Buttons) != 3 || c.Buttons[1].ID != "why" || c.Buttons[2].ID != "release" {
		t.Errorf("%+v", c.Buttons)
	}
	in.Snapshot.Unapproved = []string{"format"}
	both := shown(combined(in, in.words()), change.GitHub)
	in.Snapshot.Unapproved = nil
	var due []string
	for _, b := range both.Buttons {
		due = append(due, b.ID)
	}
	if got := strings.Join(due, " "); got != "recheck run-checks release" {
		t.Errorf("with both to press the buttons are %s", got)
	}
	for _, b := range slices.Concat(c.Buttons, both.Buttons) {
		if len(b.Label) > 20 || len(b.Description) > 40 || len(b.ID) > 20 {
			t.Errorf("GitHub refuses the button %+v", b)
		}
	}
	want := "### Drafts\n\n1 comment by a language model waits to be released. They have no part in the verdict. " +
		"Somebody with write permission can post them with the button *Release comments*.\n\n- `a.go:7`\n\n  > One\n  > " +
		"\n  > ### Two\n  > \n  > ```go\n  > x\n  > ```\n"
	if !strings.HasPrefix(c.Text, want) || strings.Contains(c.Text, "a.go:9") {
		t.Errorf("%q", c.Text)
	}
}

// TestFound: what people see is followed, and a look that could not judge everything says so.
func TestFound(t *testing.T) {
	d := policy.Decision{Findings: []finding.Finding{
		{
			Rule:        "size/lines",
			Family:      "size",
			Severity:    finding.Error,
			Mode:        finding.Enforce,
			Blocking:    true,
			Path:        "a.go",
			Title:       "Too large",
			Fingerprint: "sha256:1",
		},
		{Rule: "size/files", Family: "size", Severity: finding.Warning, Mode: finding.Shadow, Fingerprint: "sha256:2"},
	}, Abstained: []policy.Abstention{{Rule: "ownership/approval"}}}
	points, unjudged := Found(d)
	want := []thread.Finding{
		{
			Fingerprint: "sha256:1",
			Path:        "a.go",
			About:       effect.About{Origin: "rule", Rule: "size/lines", Category: "size", Severity: "blocking", Title: "Too large"},
		},
	}
	if diff := cmp.Diff(want, points); diff != "" || !slices.Equal(unjudged, []string{"ownership/approval"}) {
		t.Error(diff, unjudged)
	}
	d.Incomplete = []change.Gap{{Fact: "diff.files"}}
	if _, unjudged := Found(d); !slices.Equal(unjudged, []string{"*"}) {
		t.Error(unjudged)
	}
	d.Findings = nil
	for i := range maxFound + 1 {
		d.Findings = append(d.Findings,
			finding.Finding{Rule: "size/lines", Mode: finding.Warn, Fingerprint: finding.Fingerprint(fmt.Sprint(i))})
	}
	if points, unjudged := Found(d); len(points) != maxFound || unjudged[0] != "*" {
		t.Error(len(points), unjudged)
	}
}
