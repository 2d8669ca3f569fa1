package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/thread"
)

func inlineAt(point string, line int) effect.InlineComment {
	return effect.InlineComment{
		Fingerprint: point,
		SHA:         "bbb",
		Path:        "a.go",
		Side:        effect.Right,
		StartLine:   line,
		Line:        line,
		Body:        "b",
		About:       effect.About{Origin: effect.FromAdvice, Rule: "advice/correctness"},
	}
}

// stands is a finding with its newest inline comment; id 0 is one without a receipt.
func stands(m effect.InlineComment, state thread.State, id int64) thread.Finding {
	m.SHA = "aaa"
	p := thread.Finding{
		Fingerprint: m.Fingerprint,
		State:       state,
		SHA:         m.SHA,
		Path:        m.Path,
		Posted:      &effect.Posted{Effect: effect.Effect{Key: "old/" + m.Fingerprint, Inline: &m}},
	}
	if id != 0 {
		p.Posted.Receipt = &effect.Receipt{RemoteID: effect.NumberID(id)}
	}
	return p
}

func TestPlanInline(t *testing.T) {
	draft := inlineAt("p1", 3)
	draft.Draft = true
	here := stands(inlineAt("p2", 3), thread.Open, 7)
	here.Posted.Effect.Inline.SHA = "bbb"
	gone := stands(inlineAt("p1", 3), thread.Addressed, 7)
	gone.Posted.Effect.Inline.AddressedIn = "aaa"
	unsaidHere := stands(inlineAt("p1", 3), thread.Rejected, 0)
	unsaidHere.SHA = "bbb"
	for name, c := range map[string]struct {
		points []thread.Finding
		want   []effect.InlineComment
		gone   []string
		draft  bool
		does   []string
	}{
		"new":               {want: []effect.InlineComment{inlineAt("p1", 3)}, does: []string{"p1 make"}},
		"new as a draft":    {want: []effect.InlineComment{inlineAt("p1", 3)}, draft: true, does: []string{"p1 make draft"}},
		"twice in one look": {want: []effect.InlineComment{inlineAt("p1", 3), inlineAt("p1", 9)}, does: []string{"p1 make"}},
		"carried, at another line": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 7)},
			want:   []effect.InlineComment{inlineAt("p1", 40)},
		},
		"carried, not yet posted": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 0)},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
		},
		"carried, waits as a draft": {
			points: []thread.Finding{stands(draft, thread.Waiting, 0)},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
			draft:  true,
		},
		"dismissed stays dismissed": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Dismissed, 7)},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
		},
		"dismissed is not closed either": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Dismissed, 7)},
			gone:   []string{"p1"},
		},
		"not found again, nothing is said": {points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 7)}},
		"gone": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 7)},
			gone:   []string{"p1"},
			does:   []string{"p1 edit 7 addressed bbb"},
		},
		"gone before it was posted": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 0)},
			gone:   []string{"p1"},
			does:   []string{"p1 make addressed bbb"},
		},
		"gone while it waits": {
			points: []thread.Finding{stands(draft, thread.Waiting, 0)},
			gone:   []string{"p1"},
			does:   []string{"p1 make draft addressed bbb"},
		},
		"gone twice": {points: []thread.Finding{gone}, gone: []string{"p1"}},
		"came back": {
			points: []thread.Finding{gone},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
			draft:  true,
			does:   []string{"p1 edit 7"},
		},
		"gone and wanted: gone wins": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Open, 7)},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
			gone:   []string{"p1"},
			does:   []string{"p1 edit 7 addressed bbb"},
		},
		"a rule's finding has no remark": {points: []thread.Finding{{Fingerprint: "r1", State: thread.Open}}, gone: []string{"r1"}},
		"could not be placed, same head": {points: []thread.Finding{unsaidHere}, want: []effect.InlineComment{inlineAt("p1", 3)}},
		"could not be placed, another head": {
			points: []thread.Finding{stands(inlineAt("p1", 3), thread.Rejected, 0)},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
			does:   []string{"p1 make"},
		},
		"two on one line": {
			want: []effect.InlineComment{inlineAt("p1", 3), inlineAt("p2", 3)},
			does: []string{"p1 make", "p2 crowded"},
		},
		"on the line of one that stands": {
			points: []thread.Finding{here},
			want:   []effect.InlineComment{inlineAt("p1", 3)},
			does:   []string{"p1 crowded"},
		},
	} {
		in := Inline{
			Record:   change.Record{Ref: pull(12)},
			Standing: plan.Standing{Findings: c.points, Sequence: 100},
			Want:     c.want,
			Gone:     c.gone,
			Head:     "bbb",
			Draft:    c.draft,
		}
		effects, crowded := in.Plan()
		var does []string
		for _, e := range effects {
			m := e.Inline
			text := m.Fingerprint + " make"
			if m.Edits != "" {
				text = fmt.Sprintf("%s edit %s", m.Fingerprint, m.Edits)
			}
			if m.Draft {
				text += " draft"
			}
			if m.AddressedIn != "" {
				text += " addressed " + m.AddressedIn
				if !strings.HasPrefix(m.Body, "**Addressed in bbb.**") || m.Suggestion != nil {
					t.Errorf("%s: %+v", name, m)
				}
			}
			does = append(does, text)
			if e.Key != "remark/github:7#12/"+m.Fingerprint+"/100" || e.Ref != pull(12) {
				t.Errorf("%s: %s %v", name, e.Key, e.Ref)
			}
		}
		for _, m := range crowded {
			does = append(does, m.Fingerprint+" crowded")
		}
		if diff := cmp.Diff(c.does, does); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestUnposted(t *testing.T) {
	draft := inlineAt("p1", 3)
	draft.Draft = true
	for name, c := range map[string]struct {
		p    thread.Finding
		want bool
	}{
		"posted":    {stands(inlineAt("p1", 3), thread.Open, 7), false},
		"lost":      {stands(inlineAt("p1", 3), thread.Open, 0), true},
		"a draft":   {stands(draft, thread.Waiting, 0), false},
		"unsaid":    {stands(inlineAt("p1", 3), thread.Rejected, 0), false},
		"of a rule": {thread.Finding{Fingerprint: "r", State: thread.Open}, false},
	} {
		if got := Unposted(plan.Standing{Findings: []thread.Finding{c.p}}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
