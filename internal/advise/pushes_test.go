package advise_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/llm"
)

// always finds the lost error wherever its line is shown, in words that change from look to look, as models do.
func always(words *int) func(llm.Request) string {
	return func(r llm.Request) string {
		for _, l := range strings.Split(r.User, "\n") {
			if id, code, ok := strings.Cut(l, " + "); ok && strings.Contains(code, "s.bank.Charge(ctx, total)") &&
				!strings.Contains(code, "err") {
				*words++
				f := lostError
				f.StartID, f.EndID, f.Code = id, id, code
				f.Message = []string{f.Message, "A failed `Charge` goes unseen.",
					"What `Charge` returns is thrown away; return it."}[*words%3]
				return findings(f)
			}
		}
		return findings()
	}
}

// posted is what the store knows after the open drafts were posted.
func posted(known []advice.Known, a advice.Advice) []advice.Known {
	for _, d := range a.Drafts {
		if d.State == advice.Open {
			known = append(known, advice.Known{Draft: d, Hash: lifecycle.Hash(d.Code), State: advice.Open})
		}
	}
	return known
}

func open(a advice.Advice) (n int) {
	for _, d := range a.Drafts {
		if d.State == advice.Open {
			n++
		}
	}
	return n
}

func TestNothingIsSaidTwiceOverPushes(t *testing.T) {
	words := 0
	model := func() *scripted {
		return &scripted{answers: map[llm.Purpose][]any{llm.Find: {always(&words)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
	}
	moved := strings.ReplaceAll(shopPatch, "@@ -10,9 +10,8 @@", "@@ -110,9 +110,8 @@")
	pushes := []struct {
		name     string
		patches  map[string]string
		old      string
		asked    int  // questions for findings
		standing bool // the point stands
	}{
		{"the first push", map[string]string{"shop/pay.go": shopPatch}, "", 1, true},
		{"the same head again", map[string]string{"shop/pay.go": shopPatch}, "", 0, true},
		{"a rebase that moves lines", map[string]string{"shop/pay.go": moved}, "", 0, true},
		{"another file", map[string]string{"shop/pay.go": moved, "x.go": "@@ -1,1 +1,2 @@\n a\n+b\n"}, "", 1, true},
		{"a line beside it",
			map[string]string{"shop/pay.go": strings.Replace(moved, "+110,8", "+110,9", 1) + "", "x.go": "@@ -1,1 +1,2 @@\n a\n+b\n"},
			"", 1, true},
		{"a rename", map[string]string{"shop/payment.go": moved}, "shop/pay.go", 1, true},
		{"the correction",
			map[string]string{
				"shop/payment.go": strings.ReplaceAll(moved, "+\ts.bank.Charge(ctx, total)", "+\terr := s.bank.Charge(ctx, total)")},
			"shop/pay.go", 1, false},
	}
	pushes[4].patches["shop/pay.go"] = strings.Replace(pushes[4].patches["shop/pay.go"], "+\ttotal := order.Total\n",
		"+\tlog.Print(order)\n+\ttotal := order.Total\n", 1)
	var known []advice.Known
	var last *advice.Advice
	comments := 0
	for _, p := range pushes {
		s := snapshotOf(t, p.patches, sortedKeys(p.patches)...)
		if p.old != "" {
			s.Files[0].OldPath, s.Files[0].Status = p.old, diff.Renamed
		}
		in := inputOf(t, s)
		in.Previous, in.Known = last, known
		m := model()
		a := run(t, in, m)
		if got := len(m.of(llm.Find)); got != p.asked {
			t.Errorf("%s: %d questions for findings, want %d", p.name, got, p.asked)
		}
		if p.name == "the same head again" && len(m.asked) != 0 {
			t.Errorf("%s: %d questions", p.name, len(m.asked))
		}
		comments += open(a)
		if stands := len(a.Drafts) == 1; stands != p.standing {
			t.Errorf("%s: %d drafts, settled %v", p.name, len(a.Drafts), a.Settled)
		}
		for _, d := range a.Drafts {
			if d.Key != known0(known, d).Key {
				t.Errorf("%s: the point has another key", p.name)
			}
		}
		if !p.standing && (len(a.Settled) != 1 || a.Settled[0].State != advice.Fixed || a.Settled[0].Key != known[0].Draft.Key) {
			t.Errorf("%s: settled %+v", p.name, a.Settled)
		}
		known = posted(known, a)
		last = &a
	}
	if comments != 1 {
		t.Errorf("%d comments over %d pushes, want one", comments, len(pushes))
	}
}

func known0(known []advice.Known, d advice.Draft) advice.Draft {
	if len(known) == 0 {
		return d
	}
	return known[0].Draft
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for _, p := range []string{"shop/pay.go", "shop/payment.go", "x.go"} {
		if _, ok := m[p]; ok {
			out = append(out, p)
		}
	}
	return out
}

func TestASilentModelResolvesNothing(t *testing.T) {
	words := 0
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	first := run(t, in, &scripted{
		answers: map[llm.Purpose][]any{llm.Find: {always(&words)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}})
	in.Known = posted(nil, first)
	in.Options.Least = advice.Low // other settings: everything is asked again
	in.Previous = &first
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {emptySummary}}}
	a := run(t, in, m)
	if len(m.of(llm.Find)) != 1 || len(a.Settled) != 0 || len(a.Drafts) != 1 || a.Drafts[0].State != advice.Carried {
		t.Errorf("%d questions, settled %v, drafts %+v", len(m.of(llm.Find)), a.Settled, a.Drafts)
	}
	// Nor does one that fails.
	a = run(t, in, &scripted{})
	if len(a.Settled) != 0 || len(a.Drafts) != 1 {
		t.Errorf("settled %v, %d drafts", a.Settled, len(a.Drafts))
	}
}

func TestDismissedStaysDismissed(t *testing.T) {
	words := 0
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	answers := map[llm.Purpose][]any{llm.Find: {always(&words)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}
	first := run(t, in, &scripted{answers: answers})
	in.Known = posted(nil, first)
	in.Known[0].State, in.Known[0].By = advice.Dismissed, "reviewer"
	for _, previous := range []*advice.Advice{nil, &first} {
		in.Previous = previous
		a := run(t, in, &scripted{answers: answers})
		if len(a.Drafts)+len(a.Notes) != 0 {
			t.Errorf("a dismissed point is back: %+v", a.Drafts)
		}
	}
	in.Known, in.Previous = nil, nil
	in.Suppressions = []advice.Suppression{
		{Category: advice.Errors, Path: "/shop/", Since: in.Now.AddDate(0, 0, -1), Expires: in.Now.AddDate(0, 0, 1)},
	}
	if a := run(t, in, &scripted{answers: answers}); len(a.Drafts) != 0 || a.Gates[advice.GateSuppressed] != 1 {
		t.Errorf("a suppression does not hold: %v", a.Gates)
	}
	in.Now = in.Now.AddDate(0, 0, 2)
	if a := run(t, in, &scripted{answers: answers}); len(a.Drafts) != 1 {
		t.Error("a suppression does not end")
	}
}

func TestADraftThatWasNotPostedYetIsNotLost(t *testing.T) {
	words := 0
	answers := map[llm.Purpose][]any{llm.Find: {always(&words)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	first := run(t, in, &scripted{answers: answers})
	in = inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch, "x.go": "@@ -1,1 +1,2 @@\n a\n+b\n"}, "shop/pay.go", "x.go"))
	in.Previous = &first
	a := run(t, in, &scripted{answers: answers})
	if open(a) != 1 || a.Drafts[0].Key != first.Drafts[0].Key {
		t.Errorf("%+v", a.Drafts)
	}
}

func TestFactsAloneAskForNoOtherSearch(t *testing.T) {
	words := 0
	answers := map[llm.Purpose][]any{llm.Find: {always(&words)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	first := run(t, in, &scripted{answers: answers})
	in.Previous, in.Known = &first, posted(nil, first)
	in.Title = "another title"
	m := &scripted{answers: answers}
	a := run(t, in, m)
	if len(m.of(llm.Find)) != 0 || len(m.of(llm.Sum)) != 1 || a.Ledger[0].Status != advice.Kept || a.Extent != advice.Whole {
		t.Errorf("%d searches, %d summaries, %+v", len(m.of(llm.Find)), len(m.of(llm.Sum)), a.Ledger)
	}
}

func TestAMovedHeadIsNotPostedOn(t *testing.T) {
	a := advice.Advice{Reviewed: advice.Reviewed{Head: "head1"}}
	if !advise.Current(a, "head1") || advise.Current(a, "head2") {
		t.Error("advice is taken for another head's")
	}
}
