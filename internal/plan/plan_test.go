package plan_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
)

// TestTheTwoPartsOfTheComment follows one comment that the gate and the advice write in turn: each keeps the other's
// part, and says nothing twice.
func TestTheTwoPartsOfTheComment(t *testing.T) {
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}, Owner: "acme", Name: "shop"}
	st := plan.Standing{Sequence: 10}
	if _, ok := st.Rewrite(ref, st.CommentParts()); ok {
		t.Error("a comment was made of nothing")
	}
	gate := func(p *effect.Parts) { p.Gate = "Two problems." }
	advice := func(p *effect.Parts) { p.Advice = "Look at pay.go first." }
	solved := func(p *effect.Parts) { p.Gate = "Solved." }
	for i, step := range []struct {
		change func(*effect.Parts)
		body   string
	}{
		{gate, "Two problems."},
		{advice, "Two problems.\n\n---\n\nLook at pay.go first."},
		{advice, ""},
		{solved, "Solved.\n\n---\n\nLook at pay.go first."},
		{func(p *effect.Parts) { p.Advice = "" }, "Solved."},
	} {
		parts := st.CommentParts()
		step.change(&parts)
		e, ok := st.Rewrite(ref, parts)
		if ok != (step.body != "") {
			t.Fatalf("step %d: rewritten: %v", i, ok)
		}
		if !ok {
			continue
		}
		if e.Comment.Body != step.body {
			t.Errorf("step %d: %q, want %q", i, e.Comment.Body, step.body)
		}
		if i > 0 && e.Comment.Edits != "77" {
			t.Errorf("step %d makes a second comment", i)
		}
		st.Comment, st.Sequence = &effect.Posted{Effect: e, Receipt: &effect.Receipt{RemoteID: "77"}}, st.Sequence+1
	}
}

// TestCommentFromBeforeTheParts reads an effect that was stored when the gate alone spoke.
func TestCommentFromBeforeTheParts(t *testing.T) {
	st := plan.Standing{Comment: &effect.Posted{Effect: effect.Effect{Comment: &effect.Comment{Body: "Two problems.", Edits: "5"}}}}
	parts := st.CommentParts()
	if parts.Gate != "Two problems." || parts.Advice != "" {
		t.Fatalf("%+v", parts)
	}
	parts.Advice = "Look here."
	if e, ok := st.Rewrite(change.Ref{}, parts); !ok || e.Comment.Edits != "5" || e.Comment.Body != "Two problems.\n\n---\n\nLook here." {
		t.Errorf("%+v", e.Comment)
	}
}
