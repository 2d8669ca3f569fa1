package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
)

// desk keeps requests to release drafts, and knows who may write.
type desk struct {
	asks    []history.ReleaseAsk
	writers []string
	err     error
	did     []string
}

func (d *desk) Asked(context.Context, change.Key) ([]history.ReleaseAsk, error) { return d.asks, nil }

func (d *desk) Refuse(_ context.Context, a history.ReleaseAsk, why string) error {
	d.did = append(d.did, "refused "+a.Actor+": "+why)
	return nil
}

func (d *desk) Release(_ context.Context, a history.ReleaseAsk) (int, error) {
	d.did = append(d.did, "released by "+a.Actor)
	return 1, nil
}

func (d *desk) Permission(_ context.Context, _ change.Ref, login string) (bool, error) {
	return slices.Contains(d.writers, login), d.err
}

// TestRelease: drafts are released by people with write permission alone, and whatever comes of it, the verdict is published first and stands.
func TestRelease(t *testing.T) {
	button := func(actor string) history.ReleaseAsk {
		return history.ReleaseAsk{ID: 1, Actor: actor, Via: "button"}
	}
	for name, c := range map[string]struct {
		ask  history.ReleaseAsk
		err  error
		did  []string
		fail bool
	}{
		"a writer":                     {ask: button("olga"), did: []string{"released by olga"}},
		"a reader":                     {ask: button("rita"), did: []string{"refused rita: rita has no write permission"}},
		"our own App":                  {ask: button("lintel[bot]"), did: []string{"refused lintel[bot]: a program cannot release comments"}},
		"nobody":                       {ask: button(""), did: []string{"refused : a program cannot release comments"}},
		"an operator":                  {ask: history.ReleaseAsk{Actor: "root", Via: "command"}, did: []string{"released by root"}},
		"a writer whom GitHub hides":   {ask: button("olga"), err: &change.Refused{What: "GitHub refuses this to the App"}, did: []string{"refused olga: the permission of olga could not be read: GitHub refuses this to the App"}},
		"a writer while GitHub is out": {ask: button("olga"), err: errors.New("502"), fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
			d := &desk{asks: []history.ReleaseAsk{c.ask}, writers: []string{"olga", "lintel[bot]", ""}, err: c.err}
			w.Drafts, w.People = d, d
			m := remark("p1", 1)
			w.store.standing.Points = []history.Point{{Point: "p1", State: history.Open, Posted: &history.Posted{Effect: effect.Effect{Remark: &m}}}}
			err := w.Look(t.Context(), change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)}}, 5, false)
			if (err != nil) != c.fail {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(c.did, d.did); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"github:7#12 " + strings.Repeat("a", 40), "remarks github:7#12"}, w.sent.runs); diff != "" {
				t.Error("the verdict first, then the remarks, once each: " + diff)
			}
			if len(w.store.effects) != 1 || len(w.store.effects[0]) != 1 || w.store.effects[0][0].Check.Conclusion != effect.Success {
				t.Errorf("one green check and no other: %+v", w.store.effects)
			}
		})
	}
}

// TestRemarksFailApart: a remark that cannot be posted is tried again and never explained by a failing check.
func TestRemarksFailApart(t *testing.T) {
	w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
	w.sent.remarks = errors.New("502")
	m := remark("p1", 1)
	w.store.standing.Points = []history.Point{{Point: "p1", State: history.Open, Posted: &history.Posted{Effect: effect.Effect{Remark: &m}}}}
	err := w.Look(t.Context(), change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)}}, 5, false)
	if !errors.Is(err, w.sent.remarks) || len(w.store.looks) != 1 {
		t.Errorf("%v, %d looks", err, len(w.store.looks))
	}
}

// TestDraftsInTheCheck: drafts are shown, say that they decide nothing, bring the button, and cannot break out of their quote; without them nothing is different.
func TestDraftsInTheCheck(t *testing.T) {
	in := passed()
	plainCheck := combined(in)
	m := remark("p1", 7)
	m.Draft, m.Body = true, "One\n\n### Two\n\n```go\nx\n```"
	in.Standing.Points = []history.Point{stands(m, history.Waiting, 0), stands(remark("p2", 9), history.Open, 0)}
	c := combined(in)
	if c.Conclusion != plainCheck.Conclusion || c.Title != plainCheck.Title || c.Summary != plainCheck.Summary {
		t.Errorf("drafts changed the verdict: %+v", c)
	}
	if len(plainCheck.Buttons) != 1 || len(c.Buttons) != 2 || c.Buttons[1].ID != "release" || len(c.Buttons[1].Label) > 20 || len(c.Buttons[1].Description) > 40 {
		t.Errorf("%+v", c.Buttons)
	}
	want := "### Drafts\n\n1 comment by a language model waits to be released. They have no part in the verdict. Somebody with write permission can post them with the button *Release comments*.\n\n- `a.go:7`\n\n  > One\n  > \n  > ### Two\n  > \n  > ```go\n  > x\n  > ```\n"
	if !strings.HasPrefix(c.Text, want) || strings.Contains(c.Text, "a.go:9") {
		t.Errorf("%q", c.Text)
	}
}

// TestFound: what people see is followed, and a look that could not judge everything says so.
func TestFound(t *testing.T) {
	d := policy.Decision{Findings: []finding.Finding{
		{Rule: "size/lines", Family: "size", Severity: finding.Error, Mode: finding.Enforce, Blocking: true, Path: "a.go", Title: "Too large", Fingerprint: "sha256:1"},
		{Rule: "size/files", Family: "size", Severity: finding.Warning, Mode: finding.Shadow, Fingerprint: "sha256:2"},
	}, Abstained: []policy.Abstention{{Rule: "ownership/approval"}}}
	points, unjudged := found(d)
	want := []history.Point{{Point: "sha256:1", Path: "a.go", About: effect.About{Origin: "rule", Rule: "size/lines", Category: "size", Severity: "blocking", Title: "Too large"}}}
	if diff := cmp.Diff(want, points); diff != "" || !slices.Equal(unjudged, []string{"ownership/approval"}) {
		t.Error(diff, unjudged)
	}
	d.Incomplete = []change.Gap{{Fact: "diff.files"}}
	if _, unjudged := found(d); !slices.Equal(unjudged, []string{"*"}) {
		t.Error(unjudged)
	}
	d.Findings = nil
	for i := range maxFound + 1 {
		d.Findings = append(d.Findings, finding.Finding{Rule: "size/lines", Mode: finding.Warn, Fingerprint: finding.Fingerprint(fmt.Sprint(i))})
	}
	if points, unjudged := found(d); len(points) != maxFound || unjudged[0] != "*" {
		t.Error(len(points), unjudged)
	}
}
