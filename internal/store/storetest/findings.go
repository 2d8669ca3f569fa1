package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/thread"
)

// InlineComment is an inline comment of advice on a change.
func InlineComment(key string, number int, fingerprint string) effect.Effect {
	return effect.Effect{Key: key, Ref: Pull(number),
		Inline: &effect.InlineComment{
			Fingerprint: fingerprint,
			SHA:         "aaa",
			Path:        "cart/cart.go",
			Side:        effect.Right,
			StartLine:   3,
			Line:        4,
			Body:        "b",
			About: effect.About{
				Origin:   effect.FromAdvice,
				Rule:     "advice/correctness",
				Category: "correctness",
				Severity: "medium",
				Symbol:   "Add",
				Title:    "t",
			}}}
}

func (r *Rig) pending(kinds ...effect.Kind) []string {
	r.t.Helper()
	all, err := r.Pending(ctx(), Pull(1).Key, kinds...)
	r.fatal(err)
	keys := []string{}
	for _, p := range all {
		key := p.Effect.Key
		if p.Superseded {
			key += " superseded"
		}
		if p.Tried {
			key += " tried"
		}
		keys = append(keys, key)
	}
	return keys
}

func (r *Rig) byFingerprint() map[string]thread.Finding {
	r.t.Helper()
	all, err := r.Findings(ctx(), Pull(1).Key)
	r.fatal(err)
	byName := map[string]thread.Finding{}
	for _, p := range all {
		byName[p.Fingerprint] = p
	}
	return byName
}

var findingCases = map[string]func(t *testing.T, r *Rig){
	"an inline comment is of a finding of its change": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa")))
		m := InlineComment("r1", 1, "p1")
		r.Save(r.Verdict(1, "success", "one"), Check("k1", 1, "aaa", effect.Success), m)
		if got := r.pending(effect.KindInline); !cmp.Equal(got, []string{"r1"}) {
			t.Error(got)
		}
		if got := r.pending(effect.KindCheck, effect.KindComment); !cmp.Equal(got, []string{"k1"}) {
			t.Error("what was not handed out counts as tried, or more came: ", got)
		}
		receipt := effect.Receipt{Key: "r1", RemoteID: "9", URL: "https://forge/9", At: r.Clock.Now(),
			Thread: "6a9c1750b37d513a43987b574953fceb50b03ce7"}
		r.fatal(r.Receive(ctx(), m, receipt, history.Line{Key: Pull(1).Key}))
		st := r.Save(r.Verdict(1, "success", "two"))
		want := []thread.Finding{
			{
				Key:         Pull(1).Key,
				Fingerprint: "p1",
				About:       m.Inline.About,
				Path:        "cart/cart.go",
				SHA:         "aaa",
				State:       thread.Open,
				At:          r.Clock.Now(),
				ChangedAt:   r.Clock.Now(),
				Posted:      &effect.Posted{Effect: m, Receipt: &receipt},
			},
		}
		if diff := cmp.Diff(want, st.Findings); diff != "" {
			t.Error(diff)
		}
		if id, thread := st.Findings[0].CommentID(); id != "9" || thread != "6a9c1750b37d513a43987b574953fceb50b03ce7" {
			t.Error(id, thread)
		}
		if st := r.Save(r.Verdict(2, "success", "two")); len(st.Findings) != 0 {
			t.Errorf("another change has the same commit and no such finding: %+v", st.Findings)
		}
	},
	"a newer inline comment on a finding supersedes, and no other": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "success", "one"), InlineComment("r1", 1, "p1"), InlineComment("r2", 1, "p2"))
		edit := InlineComment("r3", 1, "p1")
		edit.Inline.AddressedIn = "bbb"
		r.Save(r.Verdict(1, "success", "two"), edit)
		if got := r.pending(effect.KindInline); !cmp.Equal(got, []string{"r1 superseded", "r2", "r3"}) {
			t.Error(got)
		}
		got := r.byFingerprint()
		if got["p1"].State != thread.Addressed || got["p2"].State != thread.Open || got["p1"].Posted.Effect.Key != "r3" {
			t.Errorf("%+v", got)
		}
	},
	"an inline comment without a place keeps nothing": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		bad := InlineComment("r1", 1, "p1")
		bad.Inline.Line = 2
		if _, err := r.SavePlan(ctx(), r.Verdict(1, "success", "one"),
			func(plan.Standing) ([]effect.Effect, error) { return []effect.Effect{bad}, nil }); err == nil {
			t.Error("kept")
		}
		if got := r.byFingerprint(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	},
	"an inline comment that is never made leaves its finding rejected": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "success", "one"), InlineComment("r1", 1, "p1"), InlineComment("r2", 1, "p2"))
		edit := InlineComment("r3", 1, "p2")
		edit.Inline.Edits, edit.Inline.Thread = "7", "6a9c"
		r.Save(r.Verdict(1, "success", "two"), edit)
		r.fatal(r.Drop(ctx(), InlineComment("r1", 1, "p1"), "outside the diff"))
		r.fatal(r.Drop(ctx(), InlineComment("r2", 1, "p2"), "a newer one exists"))
		r.fatal(r.Drop(ctx(), edit, "refused"))
		got := r.byFingerprint()
		if got["p1"].State != thread.Rejected || got["p1"].Reason != "outside the diff" || got["p2"].State != thread.Open {
			t.Errorf("%+v", got)
		}
		if id, thread := got["p2"].CommentID(); id != "7" || thread != "6a9c" {
			t.Error("an edit that was not carried out leaves the comment that it meant")
		}
	},
}
