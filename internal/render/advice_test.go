package render

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/llm"
)

func full() advice.Advice {
	price := int64(4_200)
	return advice.Advice{
		Version: 1, Extent: advice.Partial, Models: []string{"gpt-x"},
		Bullets: []advice.Bullet{
			{Text: "Payments no longer ask for the limit in `Pay`.", Files: []string{"shop/pay.go"}},
			{Text: "The retry moved into the bank's client", Files: []string{"bank/client.go", "bank/retry.go", "a.go", "b.go"}, Facts: []string{"F1"}},
		},
		Risk: advice.Risk{Level: advice.High, Reasons: []advice.Bullet{{Text: "Touches a sensitive path", Files: []string{"shop/pay.go"}}}},
		Order: []advice.Stop{
			{Path: "shop/pay.go", Line: 13, Why: "the check that was removed"}, {Path: "bank/client.go", Line: 1},
		},
		Notes: []advice.Draft{{Path: "bank/client.go", Start: 40, Message: "The context of `Get` is not passed on."}},
		Tests: advice.Tests{Cases: []advice.TestCase{{
			Path: "shop/pay.go", Function: "Pay", Behaviour: "an order over the limit is refused", Input: "a total of limit + 1", Expected: "`ErrLimit`", Fact: "F1",
			Skeleton: "func TestPayOverLimit(t *testing.T) {\n\t_ = Pay\n}",
		}}},
		Facts:   []advice.Fact{{ID: "F1", Kind: advice.Uncovered, Path: "shop/pay.go", Start: 13, End: 15, Text: "no test reaches lines 13 to 15", Source: "coverage report"}},
		Ledger:  []advice.Entry{{Path: "go.sum", Status: advice.OutOfScope, Reason: "a lock file"}, {Path: "x.pb.go", Status: advice.OutOfScope, Reason: "generated"}, {Path: "y.pb.go", Status: advice.OutOfScope, Reason: "generated"}},
		NotRead: []advice.NotRead{{What: "3 hunks", Why: "budget: they did not fit the question"}},
		Cost:    advice.Cost{Calls: 3, Usage: llm.Usage{In: 7000, Out: 500}, MicroDollars: &price},
	}
}

// hostileWords is in every text that a model or an author writes.
const hostileWords = "<img src=x onerror=alert(1)> ![i](https://evil.example/?q) [l](https://evil.example) @octocat closes #1, GH-2 <!-- lintel --> \u202e\u200b </details> `a</sub>`\n# head\n- item\n```\n"

func hostileAdvice() advice.Advice {
	a := full()
	a.Models = []string{hostileWords}
	for i := range a.Bullets {
		a.Bullets[i].Text, a.Bullets[i].Files = hostileWords, []string{hostileWords}
	}
	a.Risk.Level, a.Risk.Reasons[0].Text = advice.High, hostileWords
	a.Order[0] = advice.Stop{Path: hostileWords, Line: 1, Why: hostileWords}
	a.Notes[0] = advice.Draft{Path: hostileWords, Start: 1, Message: hostileWords}
	a.Tests.Cases[0] = advice.TestCase{Path: hostileWords, Function: hostileWords, Behaviour: hostileWords, Input: hostileWords, Expected: hostileWords, Fact: "F1", Skeleton: hostileWords}
	a.Facts[0].Path, a.Facts[0].Text, a.Facts[0].Source = hostileWords, hostileWords, hostileWords
	a.Ledger[0].Path, a.Ledger[0].Reason = hostileWords, hostileWords
	a.NotRead[0] = advice.NotRead{What: hostileWords, Why: hostileWords}
	a.Tests.Why = hostileWords
	return a
}

// drafted adds two drafts to advice, which the comment on a change leaves to comments at lines.
func drafted(a advice.Advice) advice.Advice {
	fix := "if err != nil {\n\treturn err\n}\n::error::no"
	a.Drafts = []advice.Draft{
		{Path: "shop/pay.go", Side: advice.Right, Start: 13, End: 14, Level: advice.High, Category: advice.Errors, Message: "The error is dropped.\n::warning::" + a.Notes[0].Message, Facts: []string{"F1"}, Suggestion: &fix, State: advice.Open},
		{Path: "shop/pay.go", Side: advice.Left, Start: 9, End: 9, Level: advice.Medium, Message: "The check is gone.", State: advice.Open},
		{Path: "shop/pay.go", Side: advice.Right, Start: 2, End: 2, Message: "It was told before.", State: advice.Carried},
	}
	return a
}

func TestAdviceGoldens(t *testing.T) {
	quietOne := advice.Advice{Version: 1, Extent: advice.Whole, Risk: advice.Risk{Level: advice.Low}, Models: []string{"m"}, Cost: advice.Cost{Calls: 2}}
	if got := Advice(quietOne); got != "" {
		t.Errorf("nothing to say, and it says %q", got)
	}
	nothing := advice.Advice{Version: 1, Extent: advice.Nothing, NotRead: []advice.NotRead{{What: "the search for defects", Why: "the model could not be reached"}}}
	for name, got := range map[string]string{
		"advice-full.md": Advice(full()), "advice-nothing.md": Advice(nothing), "advice-hostile.md": Advice(hostileAdvice()),
		"advice-full.txt": AdviceText(drafted(full())), "advice-nothing.txt": AdviceText(nothing), "advice-quiet.txt": AdviceText(quietOne), "advice-hostile.txt": AdviceText(drafted(hostileAdvice())),
		"remark.md": Remark(advice.Draft{Category: advice.Errors, Message: "The error of `Charge` is dropped. Return it.", Facts: []string{"F1"}}, full().Facts),
	} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got), go test ./internal/render -update writes it anew:\n%s", name, d)
		}
	}
}

// acting is what a forge or a browser would act on, outside of code.
var acting = regexp.MustCompile(`<img|onerror=alert\(1\)>|[^\\]\]\(http|https?://|@octocat|#1\b|GH-2|<!--|(?m)^# `)

// withoutCode takes out code spans and fences: a run of back-ticks up to the next of the same length, as CommonMark 0.31 has it (6.1).
func withoutCode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i += 2
		case s[i] == '`':
			n := 0
			for i+n < len(s) && s[i+n] == '`' {
				n++
			}
			end := closing(s, i+n, n)
			if end < 0 {
				end = i + n
			}
			i = end
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// closing is where a run of exactly n back-ticks ends, from a place on; -1 when there is none.
func closing(s string, from, n int) int {
	for i := from; i < len(s); i++ {
		run := 0
		for i+run < len(s) && s[i+run] == '`' {
			run++
		}
		if run == n {
			return i + run
		}
		i += max(run-1, 0)
	}
	return -1
}

func TestAdviceHoldsNothingThatActs(t *testing.T) {
	for name, got := range map[string]string{
		"advice": Advice(hostileAdvice()),
		"remark": Remark(advice.Draft{Message: hostileWords, Facts: []string{"F1"}}, hostileAdvice().Facts),
	} {
		prose := withoutCode(got)
		if m := acting.FindString(prose); m != "" {
			t.Errorf("%s holds %q:\n%s", name, m, prose)
		}
		for _, tag := range []string{"details", "sub"} {
			if open, end := strings.Count(prose, "<"+tag+">"), strings.Count(prose, "</"+tag+">"); open != end {
				t.Errorf("%s opens %s %d times and closes it %d times", name, tag, open, end)
			}
		}
		if strings.ContainsAny(got, "\u202e") {
			t.Errorf("%s turns the direction of text", name)
		}
	}
}

func TestAdviceIsBounded(t *testing.T) {
	a := full()
	for range 500 {
		a.Notes = append(a.Notes, advice.Draft{Path: strings.Repeat("p", 300), Start: 1, Message: strings.Repeat("word ", 100)})
	}
	if got := Advice(a); len(got) > MaxAdvice || strings.Count(got, "<details>") != strings.Count(got, "</details>") {
		t.Errorf("%d bytes", len(got))
	}
	if got := Remark(advice.Draft{Message: strings.Repeat("word ", 4000)}, nil); len(got) > MaxRemark {
		t.Errorf("%d bytes", len(got))
	}
}

// TestAdviceTextIsInert: whatever a model says, a terminal shows it and a CI runner prints it.
func TestAdviceTextIsInert(t *testing.T) {
	a := drafted(hostileAdvice())
	a.Bullets[0].Text = "\x1b[2J::stop-commands::x ##vso[task.complete]"
	a.NotRead[0].Why = "\n::error::no"
	got := AdviceText(a)
	if m := regexp.MustCompile(`(?m)^\s*::|##vso\[|\x1b|\x{202e}|\x{200b}`).FindString(got); m != "" {
		t.Errorf("it holds %q:\n%s", m, got)
	}
}
