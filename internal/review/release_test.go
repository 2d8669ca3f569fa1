package review

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/thread"
)

// drafts keeps requests to release drafts, and knows who may write.
type drafts struct {
	asks    []delivery.ReleaseRequest
	writers []string
	err     error
	did     []string
	votes   []change.Feedback
	asked   []string
}

func (d *drafts) Unweighed(context.Context, change.Key) ([]change.Feedback, error) {
	return d.votes, nil
}

func (d *drafts) Asked(context.Context, change.Key) ([]delivery.ReleaseRequest, error) {
	return d.asks, nil
}

func (d *drafts) Refuse(_ context.Context, a delivery.ReleaseRequest, why string) error {
	d.did = append(d.did, "refused "+a.Actor+": "+why)
	return nil
}

func (d *drafts) Release(_ context.Context, a delivery.ReleaseRequest) (int, error) {
	d.did = append(d.did, "released by "+a.Actor)
	return 1, nil
}

func (d *drafts) Permission(_ context.Context, _ change.Ref, login string) (bool, error) {
	d.asked = append(d.asked, login)
	return slices.Contains(d.writers, login), d.err
}

// TestRelease: drafts are released by people with write permission alone, and whatever comes of it, the verdict is
// published first and stands.
func TestRelease(t *testing.T) {
	button := func(actor string) delivery.ReleaseRequest {
		return delivery.ReleaseRequest{ID: 1, Actor: actor, Via: "button"}
	}
	for name, c := range map[string]struct {
		ask  delivery.ReleaseRequest
		err  error
		did  []string
		fail bool
	}{
		"a writer": {ask: button("olga"), did: []string{"released by olga"}},
		"a reader": {ask: button("rita"), did: []string{"refused rita: rita has no write permission"}},
		"our own App": {
			ask: button("lintel[bot]"),
			did: []string{"refused lintel[bot]: a program cannot release comments"},
		},
		"nobody":      {ask: button(""), did: []string{"refused : a program cannot release comments"}},
		"an operator": {ask: delivery.ReleaseRequest{Actor: "root", Via: "command"}, did: []string{"released by root"}},
		"a writer whom GitHub hides": {
			ask: button("olga"),
			err: &change.Refused{What: "GitHub refuses this to the App"},
			did: []string{"refused olga: the permission of olga could not be read: GitHub refuses this to the App"},
		},
		"a writer while GitHub is out": {ask: button("olga"), err: errors.New("502"), fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
			d := &drafts{asks: []delivery.ReleaseRequest{c.ask}, writers: []string{"olga", "lintel[bot]", ""}, err: c.err}
			w.options.Drafts, w.options.People = d, d
			m := inlineAt("p1", 1)
			w.store.standing.Findings = []thread.Finding{
				{Fingerprint: "p1", State: thread.Open, Posted: &effect.Posted{Effect: effect.Effect{Inline: &m}}},
			}
			err := w.Look(t.Context(), change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)}},
				5, false)
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

// TestVotes: a vote counts by what the voter may do, which is read for five people after one look, once for each. What is
// not told stays unknown, and the verdict is published whatever comes of it.
func TestVotes(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
		d := &drafts{writers: []string{"rita"}}
		if hidden {
			d.err = &change.Refused{What: "GitLab refuses this"}
		}
		for _, who := range []string{"rae", "rita", "Rita", "c", "d", "e", "f", "rae"} {
			d.votes = append(d.votes, change.Feedback{Comment: 9, Kind: change.FeedbackThumbsDown, Actor: who,
				Role: change.RoleUnknown, Source: "delivery:" + who})
		}
		w.options.Drafts, w.options.People = d, d
		err := w.Look(t.Context(), change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)},
			HasInlineComments: true}, 5, false)
		if err != nil || len(w.sent.runs) == 0 {
			t.Errorf("%v, %v", err, w.sent.runs)
		}
		var got []string
		for _, a := range w.store.asked {
			for _, f := range a.Feedback {
				got = append(got, f.Actor+" "+string(f.Role))
			}
		}
		want := []string{"rae reader", "rita writer", "Rita writer", "c reader", "d reader", "e reader", "rae reader"}
		if hidden {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"rae", "rita", "c", "d", "e"}, d.asked); diff != "" {
			t.Error("who was asked about: " + diff)
		}
	}
}

// TestRemarksFailApart: an inline comment that cannot be posted is tried again and never explained by a failing check.
func TestRemarksFailApart(t *testing.T) {
	w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
	w.sent.remarks = errors.New("502")
	m := inlineAt("p1", 1)
	posted := &effect.Posted{Effect: effect.Effect{Inline: &m}}
	w.store.standing.Findings = []thread.Finding{{Fingerprint: "p1", State: thread.Open, Posted: posted}}
	err := w.Look(t.Context(), change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)}}, 5, false)
	if !errors.Is(err, w.sent.remarks) || len(w.store.looks) != 1 {
		t.Errorf("%v, %d looks", err, len(w.store.looks))
	}
}

// counts is a Control that counts what it is asked.
type counts struct {
	silent
	n int
}

func (c *counts) Grant(ctx context.Context, snap *change.Snapshot, set settings.Settings) (override.Granted, error) {
	c.n++
	return c.silent.Grant(ctx, snap, set)
}

func (c *counts) React(ctx context.Context, ref change.Ref) error {
	c.n++
	return c.silent.React(ctx, ref)
}

// TestUnasked: of a change that nobody asked anything of, neither commands nor grants nor drafts are read; where nobody
// says so, all of it is.
func TestUnasked(t *testing.T) {
	for unasked, want := range map[bool]int{true: 0, false: 2} {
		w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return snapshot("feat: sell"), nil })
		control, d := &counts{}, &drafts{asks: []delivery.ReleaseRequest{{Actor: "root", Via: "command"}}}
		w.options.Control, w.options.Drafts, w.options.People = control, d, d
		r := change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{SHA: strings.Repeat("a", 40)}, Unasked: unasked}
		if err := w.Look(t.Context(), r, 5, false); err != nil {
			t.Fatal(err)
		}
		if control.n != want || len(d.did) != want/2 || len(w.sent.runs) == 0 {
			t.Errorf("unasked %t: control was asked %d times, drafts %v, sent %v", unasked, control.n, d.did, w.sent.runs)
		}
	}
}
