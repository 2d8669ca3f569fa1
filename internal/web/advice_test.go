package web

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/plan"
)

// consult is how far a scene's advice comes: with a result it is answered and posted, else it ends in state, or stays as it is without one.
type adviceScene struct {
	state  consult.State
	reason string
	result *advice.Result
	drafts []effect.InlineComment
	// tried is a failed try of a step that is not at its end.
	tried string
}

// advise asks for advice on a change's head, and brings it as far as it comes.
func (s *scene) advise(ref change.Ref, c adviceScene) {
	s.t.Helper()
	ctx := s.t.Context()
	record, err := s.Store.Record(ctx, ref.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	id, err := s.Store.RequestAdvice(ctx,
		consult.Consult{Ref: record.Ref, Head: record.Head.SHA, MergeBase: sha("c"), Scope: fmt.Sprint(s.now)}, 0, 0,
		func([]consult.Consult) bool { return true })
	if err != nil {
		s.t.Fatal(err)
	}
	if c.result != nil || c.state == consult.Prepared {
		_, err = s.Store.Prepared(ctx, id, []byte("{}"))
	}
	if err == nil && c.tried != "" {
		err = s.Store.PutOff(ctx, id, s.now, c.tried, true)
	}
	if err == nil && c.state != "" && c.state.Ended() {
		err = s.Store.EndConsult(ctx, id, c.state, c.reason)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if c.result == nil {
		return
	}
	body, err := json.Marshal(c.result)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Store.Answered(ctx, id, body); err != nil {
		s.t.Fatal(err)
	}
	kept, err := s.Store.Consult(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	posted, err := s.Store.SaveAdvice(ctx, kept, nil, func(plan.Standing) ([]effect.Effect, error) {
		var all []effect.Effect
		for _, d := range c.drafts {
			all = append(all, effect.Effect{Key: "remark/" + d.Fingerprint, Ref: record.Ref, Inline: &d})
		}
		return all, nil
	})
	if err != nil || !posted {
		s.t.Fatal(posted, err)
	}
}

// fullAdvice has everything that advice can have, and the text in every place that a model or an author writes.
func fullAdvice(s *scene, ref change.Ref, text, comments string) *advice.Result {
	s.t.Helper()
	record, err := s.Store.Record(s.t.Context(), ref.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	cents := int64(12300)
	bullet := advice.Bullet{Text: "Summary: " + text, Files: []string{"a/" + text}, Facts: []string{"F1", "F9"}}
	draft := advice.Draft{
		Key:      "sha256:1",
		Category: advice.Errors,
		Level:    advice.High,
		Path:     "pay/" + text,
		Side:     advice.Right,
		Start:    3,
		End:      4,
		Message:  "Draft: `err` is dropped. " + text,
		State:    advice.Open,
		Facts:    []string{"F1"},
	}
	old := draft
	old.Key, old.Side, old.Message = "sha256:2", advice.Left, "Deleted: "+text
	note := draft
	note.Key, note.Message = "sha256:3", "Note: "+text
	return &advice.Result{Comments: comments, Took: 4321, Advice: advice.Advice{
		Version: advice.Version, Reviewed: advice.Reviewed{Head: record.Head.SHA, MergeBase: sha("c")}, Extent: advice.Partial,
		Models:  []string{"model " + text},
		Bullets: []advice.Bullet{bullet}, Risk: advice.Risk{Level: advice.High, Reasons: []advice.Bullet{{Text: "Reason: " + text}}},
		Order:  []advice.Stop{{Path: "pay/card.go", Line: 7, Why: "Order: " + text}},
		Drafts: []advice.Draft{draft, old}, Notes: []advice.Draft{note},
		Tests: advice.Tests{
			Cases: []advice.TestCase{
				{
					Path:      "pay/card.go",
					Function:  "Charge" + text,
					Behaviour: "Behaviour: " + text,
					Input:     "Input: " + text,
					Expected:  "Expected: " + text,
					Skeleton:  "func TestCharge " + text,
				},
			}},
		Facts:   []advice.Fact{{ID: "F1", Text: "Fact: " + text}},
		NotRead: []advice.NotRead{{What: "What: " + text, Why: "Why: " + text}},
		Ledger: []advice.Entry{
			{Path: "pay/card.go", NewStart: 5, NewLines: 4, OldStart: 5, OldLines: 1, Status: advice.Read},
			{Path: "pay/kept.go", NewStart: 1, NewLines: 1, Status: advice.Kept},
			{Path: "pay/gone.go", OldStart: 9, OldLines: 2, Status: advice.OverBudget, Reason: "Ledger: " + text},
			{Path: "go.sum" + text, Status: advice.OutOfScope, Reason: "a lock file"},
			{Path: "x.go", NewStart: 1, NewLines: 2, Status: advice.Failed, Reason: "no answer"},
		},
		Gates: map[advice.Gate]int{advice.GateQuote: 2, advice.GateVerified: 3, advice.GateNames: 0}, Judged: 7,
		Cost: advice.Cost{Calls: 3, Kept: 1, Usage: llm.Usage{In: 6000, CachedIn: 500, Out: 700, Reasoning: 90}, MicroDollars: &cents},
	}}
}

func TestAdviceOnThePage(t *testing.T) {
	g := newGate(t)
	s := g.scene
	s.deliver(pull(19), sha("a"), nil, "pull_request.opened")
	if page := get(g.Handler, g.path(pull(19))).Body.String(); strings.Contains(page, "Advice") {
		t.Error("a page without any advice speaks of it")
	}
	s.verdict(pull(19), judgement{title: "feat: charge cards"})
	draft := effect.InlineComment{
		Fingerprint: "sha256:1",
		SHA:         sha("a"),
		Path:        "pay/card.go",
		Side:        effect.Right,
		StartLine:   3,
		Line:        4,
		Body:        "b",
		Draft:       true,
		About:       effect.About{Origin: effect.FromAdvice, Rule: "advice/error_handling", Category: "error_handling"},
	}
	s.advise(pull(19), adviceScene{result: fullAdvice(s, pull(19), "card.go", "draft"), drafts: []effect.InlineComment{draft}})
	page := get(g.Handler, g.path(pull(19))).Body.String()
	if lacks := in(page, "Advice", "It has no part in the verdict", "On commit", "aaaaaaa", "given", "What it said", "read in part",
		"Not read", "What: card.go", "Why: card.go", "Summary", "Summary: card.go", "a/card.go", ";", "Fact: card.go", "Risk: high",
		"Reason: card.go", "Where to look first", "pay/card.go:7", "Order: card.go",
		"Comments at lines", "1 comment", "waits", "Release comments", "lintel release acme/shop#19", "waits for release",
		"pay/card.go:3-4", "error handling, high", "Draft:", "err", "is dropped", "It rests on:", "Fact: card.go",
		"not at lines", "Deleted: card.go", "1 remark", "Note: card.go", "Missing tests", "Charge", "pay/card.go", "Behaviour: card.go",
		"Input: card.go", "Expected: card.go", "A beginning", "func TestCharge",
		"Ledger: 1 read, 1 read before, 1 out of scope, 1 over budget, 1 failed", "over budget", "pay/gone.go:9-10", "only deletes",
		"Ledger: card.go", "failed", "x.go:1-2", "no answer", "out of scope", "go.sum", "a lock file", "read", "pay/card.go:5-8",
		"read before", "pay/kept.go:1",
		"Gates: 7 findings of the model checked", "verify", "3 dropped", "G4 quote", "2 dropped", "Model", "model card.go",
		"3 questions, and 1 answered before", "6700: 6000 read (500 of them cached), 700 written (90 of them reasoning)", "$0.0123",
		"4.3s"); lacks != "" {
		t.Errorf("the page lacks %q, or has it in another place:\n%s", lacks, shownText(page))
	}
	for _, link := range []string{"pay/card.go#L7", "pay/card.go#L3-L4", "pay/card.go#L5-L8"} {
		if !strings.Contains(page, `href="https://github.example.com/acme/shop/blob/`+sha("a")+"/"+link+`"`) {
			t.Errorf("no link to %s", link)
		}
	}
	// Deleted lines are at the other end of the diff.
	if !strings.Contains(page, `blob/`+sha("c")+`/pay/gone.go#L9-L10"`) || strings.Contains(page, "G6 names") {
		t.Error("deleted lines lead to the head, or a gate that dropped nothing is listed")
	}
	if dir := os.Getenv("LINTEL_GALLERY"); dir != "" {
		w := httptest.NewRecorder()
		g.adminPages().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/pr/github/acme/shop/19", nil))
		if err := os.WriteFile(filepath.Join(dir, "advice.html"), w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A push, and advice on the new head that is not given yet: what was said of the old one stands, by its commit.
	s.deliver(pull(19), sha("d"), nil, "pull_request.synchronize")
	s.advise(pull(19), adviceScene{state: consult.Prepared, tried: "the model at 10.0.0.9 is busy"})
	page = get(g.Handler, g.path(pull(19))).Body.String()
	if lacks := in(page, "On commit", "ddddddd", "under way", "a model is asked", "Failed tries so far: 1.", "What it said about",
		"aaaaaaa", "which is not the head now", "Summary: card.go"); lacks != "" || strings.Contains(page, "10.0.0.9") {
		t.Errorf("under way: lacks %q, or tells of machines:\n%s", lacks, shownText(page))
	}
	if lacks := in(get(g.adminPages(), "/pr/github/acme/shop/19").Body.String(), "under way",
		"The last reason: the model at 10.0.0.9 is busy"); lacks != "" {
		t.Errorf("operators do not see %q", lacks)
	}
}

func TestAdviceThatWasNotGiven(t *testing.T) {
	g := newGate(t)
	s := g.scene

	for i, c := range []struct {
		name string
		adviceScene
		want []string
	}{
		{"wanted", adviceScene{}, []string{"under way", "It waits for another push"}},
		{"skipped", adviceScene{state: consult.Skipped, reason: "it is a draft " + hostile},
			[]string{"skipped", "No advice was given: it is a draft"}},
		{"failed", adviceScene{state: consult.Failed, reason: "the model did not answer in time"},
			[]string{"failed", "the model did not answer in time", "This says nothing about the change."}},
		{"stale", adviceScene{state: consult.Stale, reason: "a newer head"}, []string{"out of date", "a newer head"}},
	} {
		ref := pull(30 + i)
		s.deliver(ref, sha("a"), nil, "pull_request.opened")
		s.advise(ref, c.adviceScene)
		page := get(g.Handler, g.path(ref)).Body.String()
		if lacks := in(page, append([]string{"Advice"}, c.want...)...); lacks != "" || strings.Contains(page, "What it said") ||
			strings.Contains(page, "<script>") {
			t.Errorf("%s: lacks %q, or says too much:\n%s", c.name, lacks, shownText(page))
		}
	}
	// The model could not read anything: never a statement about the change, and never green.
	s.deliver(pull(40), sha("a"), nil, "pull_request.opened")
	nothing := &advice.Result{
		Advice: advice.Advice{
			Version:  advice.Version,
			Extent:   advice.Nothing,
			Reviewed: advice.Reviewed{Head: sha("a")},
			NotRead:  []advice.NotRead{{What: "the search for defects", Why: "the model could not be reached"}},
		}}
	s.advise(pull(40), adviceScene{result: nothing})
	page := get(g.Handler, g.path(pull(40))).Body.String()
	section := page[strings.Index(page, `id="advice"`):]
	if lacks := in(section, "not read", "This says nothing about it", "the search for defects", "could not be reached", "no hunks",
		"nothing dropped", "none answered", "no price is known"); lacks != "" ||
		strings.Contains(section[:strings.Index(section, "</section>")], "good") || strings.Contains(section, "Risk") {
		t.Errorf("nothing read: lacks %q:\n%s", lacks, shownText(page))
	}
	// Advice of a later version is not guessed at.
	later := fullAdvice(s, pull(40), "later", "post")
	later.Advice.Version = advice.Version + 1
	s.advise(pull(40), adviceScene{result: later})
	if lacks := in(get(g.Handler, g.path(pull(40))).Body.String(), "given", "It was written by another version of Lintel"); lacks != "" {
		t.Errorf("a later version: lacks %q", lacks)
	}
}

// TestPageShowsChecks: the page says of each check that Lintel runs whether it ran, and why not. What a tool wrote stays
// text, and a check in shadow is for operators.
func TestPageShowsChecks(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	own := func(name, state, why, mode string) string {
		return `{"name":"` + name + `","tool":"gofmt","state":"` + state + `","why":"` + why + `","required":true,"mode":"` + mode +
			`","findings":0}`
	}
	missing := func(name, problem string) string {
		return `{"kind":"lint","flag":"` + name + `","check":true,"required":true,"parts":1,"have":0,"because":[],"because_more":0,` +
			`"problem":"` + problem + `"}`
	}
	reports := `"reports":{"expected":[],"arrived":[],"missing":[` + missing("slow", "") + "," + missing("bad", "it crashed") +
		`],"closed":"","finalise":false,"deadline":"30m","own":[` +
		strings.Replace(
			own("first", "ran", "", "enforce"),
			"}",
			`,"files":20,"files_cached":19}`,
			1,
		) + "," + own("again", "cached", "", "enforce") + "," +
		own("slow", "waiting", "", "enforce") + "," +
		own("none", "skipped", "The change has no file that it is for.", "warn") + "," +
		own("bad", "failed", "it crashed; its last lines: <script>alert(1)</script>", "enforce") + "," +
		own("unseen", "ran", "", "shadow") + `]},`
	g.deliver(pull(20), sha("a"), nil, "pull_request.opened")
	g.verdict(pull(20), judgement{title: "feat: x", waiting: []string{"lint"},
		facts: strings.Replace(fine, `"files":`, reports+`"files":`, 1)})
	page := get(g.Handler, g.path(pull(20))).Body.String()
	page, _, _ = strings.Cut(page, "<h2>Evidence")
	if lacks := in(page, "The check slow is running, or waits for its turn", "Checks that Lintel runs", "first",
		"ran, 19 of 20 files cached", "again", "cached",
		"slow", "waiting", "none", "skipped", "The change has no file that it is for.", "bad", "failed",
		"it crashed; its last lines: &lt;script&gt;"); lacks != "" {
		t.Errorf("the page lacks %q:\n%s", lacks, shownText(page))
	}
	if strings.Contains(page, "unseen") || strings.Contains(page, "The check bad is running") {
		t.Error("a check in shadow is shown to everybody, or one that failed is waited for")
	}
	admin := get(g.adminPages(), "/pr/github/acme/shop/20").Body.String()
	if lacks := in(admin, "Checks that Lintel runs", "unseen", "ran, in shadow"); lacks != "" {
		t.Errorf("operators do not see %q", lacks)
	}
}

// TestPageWaitsForReports shows a verdict that is not final: nothing on the page says that it passes or is refused.
func TestPageWaitsForReports(t *testing.T) {
	g := newGate(t)
	reports := `"reports":{"expected":[],"arrived":[],"missing":[{"kind":"coverage","flag":"unit<b>","job":"test / ` +
		`unit","required":true,"parts":2,"have":1,"because":["pay/card.go"],"because_more":3,"problem":""}],"closed":"",` +
		`"finalise":true,"deadline":"30m"},`
	g.deliver(pull(20), sha("a"), nil, "pull_request.opened")
	g.verdict(pull(20), judgement{
		title:   "feat: charge cards",
		waiting: []string{"coverage"},
		facts:   strings.Replace(fine, `"files":`, reports+`"files":`, 1),
	})
	page := get(g.Handler, g.path(pull(20))).Body.String()
	if lacks := in(page, "Waiting for CI", "Nothing refuses so far", "What to do next",
		"CI has not sent the coverage report with the flag unit&lt;b&gt;", "It comes from the job test / unit.",
		"1 of its 2 parts are there.", "pay/card.go and 3 more",
		"CI has not said that it has sent everything", "Rules", "waits for reports of CI", "Not judged: waits for reports of CI",
		"Verdicts", "waits for CI"); lacks != "" || strings.Contains(shownText(page), "Refused") ||
		strings.Contains(shownText(page), "Nothing stands in the way") {
		t.Errorf("lacks %q, or says more than is known:\n%s", lacks, shownText(page))
	}
	if lacks := in(get(g.adminPages(), "/").Body.String(), "Recent changes", "waits for CI", "acme/shop#20"); lacks != "" {
		t.Errorf("the overview lacks %q", lacks)
	}
}
