package advise_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/llm"
)

func TestALookFromInputToAdvice(t *testing.T) {
	m := &scripted{answers: map[llm.Purpose][]any{
		llm.Find:   {findings(lostError, lostCheck)},
		llm.Verify: {keepAll},
		llm.Sum: {answer(map[string]any{
			"bullets": []any{
				map[string]any{"text": "Payments are charged without the limit.", "file_ids": []string{"P1"}, "fact_ids": []string{}}},
			"risks": []any{}, "order": []any{}, "tests": []any{},
		})},
	}}
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	in.Contents = map[string]string{"shop/pay.go": shopFile}
	a := run(t, in, m)
	if len(a.Drafts) != 2 || a.Extent != advice.Whole || len(a.NotRead) != 0 || len(m.asked) != 3 {
		t.Fatalf("%d drafts, %s, %v, %d questions, gates %v", len(a.Drafts), a.Extent, a.NotRead, len(m.asked), a.Gates)
	}
	for _, d := range a.Drafts {
		if d.Symbol != "Pay" || d.State != advice.Open || d.Path != "shop/pay.go" {
			t.Errorf("%+v", d)
		}
	}
	if len(a.Bullets) != 1 || a.Bullets[0].Files[0] != "shop/pay.go" {
		t.Errorf("bullets %v", a.Bullets)
	}
	if a.Cost.Calls != 3 || a.Cost.MicroDollars == nil || *a.Cost.MicroDollars != 3000 || a.Models[0] != "scripted" {
		t.Errorf("cost %+v", a.Cost)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var stored advise.Input
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	again := run(t, stored, &scripted{answers: m.answers})
	if d := cmp.Diff(a, again); d != "" {
		t.Errorf("a stored input gives other advice: %s", d)
	}
}

func TestTheSearchIsBlind(t *testing.T) {
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings(lostError)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
	run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	for _, r := range m.asked {
		text := r.System + r.User
		for _, word := range []string{"author-login", "author-name", "feature-branch-name", "commit-message-words"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: the question holds %q", r.Purpose, word)
			}
		}
		seen := strings.Contains(text, "A title to be seen") || strings.Contains(text, "A body of the author")
		if seen != (r.Purpose == llm.Sum) {
			t.Errorf("%s: title and body seen: %v", r.Purpose, seen)
		}
	}
}

func TestAFailingModelMakesLessAdviceAndNoError(t *testing.T) {
	for _, kind := range []llm.Kind{llm.Limited, llm.Timeout, llm.Length, llm.Refusal, llm.Filtered, llm.Empty, llm.Broken, llm.Server,
		llm.Unreachable, llm.Unauthorised, llm.Budget, llm.TooLarge, llm.Unusable} {
		problem := &llm.Problem{Kind: kind, Detail: "the day's 2,000,000 tokens are used"}
		for _, failing := range []llm.Purpose{llm.Find, llm.Verify, llm.Sum} {
			answers := map[llm.Purpose][]any{llm.Find: {findings(lostError)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}
			answers[failing] = []any{problem}
			m := &scripted{answers: answers}
			a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
			if len(a.NotRead) == 0 || a.Extent == advice.Whole || len(a.Problems) == 0 || a.Problems[0].Kind != kind {
				t.Errorf("%s in %s: extent %s, not read %v, problems %v", kind, failing, a.Extent, a.NotRead, a.Problems)
			}
			if failing != llm.Sum && len(a.Drafts)+len(a.Notes) > 0 {
				t.Errorf("%s in %s: what nobody checked is shown", kind, failing)
			}
			if repairs := map[bool]int{true: 1}[kind == llm.Broken]; len(m.asked) > 3+repairs {
				t.Errorf("%s in %s: %d questions", kind, failing, len(m.asked))
			}
		}
	}
}

func TestTheNextLookTriesAgainWhatFailed(t *testing.T) {
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})
	good := map[llm.Purpose][]any{llm.Find: {findings(lostError)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}
	for _, failing := range []llm.Purpose{llm.Find, llm.Verify} {
		answers := map[llm.Purpose][]any{llm.Find: good[llm.Find], llm.Verify: good[llm.Verify], llm.Sum: good[llm.Sum]}
		answers[failing] = []any{&llm.Problem{Kind: llm.Server}}
		in := inputOf(t, s)
		first := run(t, in, &scripted{answers: answers})
		in.Previous = &first
		second := run(t, in, &scripted{answers: good})
		if len(second.Drafts) != 1 || second.Extent != advice.Whole {
			t.Errorf("after a failure of %s: %d drafts, %s", failing, len(second.Drafts), second.Extent)
		}
	}
}

func TestARepairCostsNoOtherQuestion(t *testing.T) {
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {"no JSON", findings(lostError)}, llm.Verify: {keepAll},
		llm.Sum: {emptySummary}}}
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if len(m.asked) != 4 || len(a.Drafts) != 1 || m.asked[1].Attempt != 1 || !strings.Contains(m.asked[1].User, "could not be read") {
		t.Errorf("%d questions, %d drafts", len(m.asked), len(a.Drafts))
	}
	if len(a.NotRead) != 0 || a.Extent != advice.Whole || len(m.of(llm.Sum)) != 1 {
		t.Errorf("not read: %v", a.NotRead)
	}
	m = &scripted{answers: map[llm.Purpose][]any{llm.Find: {"no JSON"}, llm.Sum: {emptySummary}}}
	a = run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if n := len(m.of(llm.Find)); n != 2 || a.Extent != advice.Nothing {
		t.Errorf("%d tries, extent %s: an unreadable answer is no clean one", n, a.Extent)
	}
}

// A cut answer is as good as its whole parts, and the rest is said to be missing.
func TestACutAnswerKeepsWhatIsWhole(t *testing.T) {
	whole := findings(lostError, lostCheck)
	begun := cutAnswer(whole[:strings.LastIndex(whole, "message")])
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {begun}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if len(a.Drafts) != 1 || len(m.asked) != 3 || a.Extent != advice.Partial || len(a.NotRead) != 1 ||
		a.NotRead[0].What != "the end of the list of findings" {
		t.Errorf("%d drafts after %d questions, %s, %v", len(a.Drafts), len(m.asked), a.Extent, a.NotRead)
	}
	m = &scripted{answers: map[llm.Purpose][]any{llm.Find: {cutAnswer(whole[:40])}, llm.Sum: {emptySummary}}}
	a = run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if len(m.of(llm.Find)) != 1 || a.Extent != advice.Nothing {
		t.Errorf("without a whole part: %d questions, %s, %v", len(m.of(llm.Find)), a.Extent, a.NotRead)
	}
}

// A model whose reasoning left no room for an answer is asked once more, with the room that it showed to need.
func TestAModelThatThoughtTooLongIsAskedOnceMore(t *testing.T) {
	silent := &llm.Problem{Kind: llm.Length, Learned: true}
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {silent, findings(lostError)}, llm.Verify: {keepAll}}}
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if len(a.Drafts) != 1 || len(m.of(llm.Find)) != 2 || strings.Contains(m.of(llm.Find)[1].User, "could not be read") {
		t.Errorf("%d drafts after %d questions", len(a.Drafts), len(m.asked))
	}
	m = &scripted{answers: map[llm.Purpose][]any{llm.Find: {silent}, llm.Sum: {emptySummary}}}
	a = run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	if len(m.of(llm.Find)) != 2 || a.Extent != advice.Nothing || a.NotRead[0].Why != "the model's answer was cut at its limit" {
		t.Errorf("%d questions, %s, %v", len(m.of(llm.Find)), a.Extent, a.NotRead)
	}
}

// Findings that all fall to the schema are no clean answer: one repair, and then the hunks count as not read.
func TestFindingsOutOfFormAreNoCleanAnswer(t *testing.T) {
	odd := lostError
	odd.Category = "bug"
	for _, answers := range [][]any{{findings(odd), findings(lostError)}, {findings(odd)}} {
		m := &scripted{answers: map[llm.Purpose][]any{llm.Find: answers, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
		a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
		repaired := len(answers) == 2
		if len(m.of(llm.Find)) != 2 || (len(a.Drafts) == 1) != repaired || (a.Extent == advice.Nothing) == repaired {
			t.Errorf("%d questions, %d drafts, %s, %v", len(m.of(llm.Find)), len(a.Drafts), a.Extent, a.NotRead)
		}
	}
}

func TestToolsThatAreNotWholeAreAnError(t *testing.T) {
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	m := &scripted{}
	for name, tools := range map[string]advise.Tools{
		"no redactor": {Model: m, Fences: make([]byte, 32)},
		"no model":    {Redactor: detector.Session(), Fences: make([]byte, 32)},
		"few fences":  {Model: m, Redactor: detector.Session(), Fences: make([]byte, 3)},
	} {
		if _, err := advise.Advise(context.Background(), in, tools); err == nil || len(m.asked) > 0 {
			t.Errorf("%s: %v, %d questions", name, err, len(m.asked))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := advise.Advise(ctx, in, toolsFor(m)); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// An input of an older version may hold facts about people, and a model may cite one that it never saw.
func TestNoQuestionHoldsAFactAboutPeople(t *testing.T) {
	in := inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}))
	in.Facts = append(in.Facts, advice.Fact{
		ID: "F7", Kind: advice.RuleSays, Source: "commits/signed-off", Level: advice.High, Text: "not its author Jane Doe <jane@x.example>",
	})
	citing := lostError
	citing.Facts = []string{"F7"}
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings(citing)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
	a := run(t, in, m)
	if len(m.asked) != 3 || a.Risk.Level != advice.Low {
		t.Errorf("%d questions, risk %s", len(m.asked), a.Risk.Level)
	}
	for _, r := range m.asked {
		if strings.Contains(r.User, "Jane") {
			t.Errorf("%s: the question names the author:\n%s", r.Purpose, r.User)
		}
	}
}
