package eval

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/llm"
)

func TestAssign(t *testing.T) {
	// The first want could take both comments, the second only the first: each gets one.
	table := [][]bool{{true, true, false}, {true, false, false}, {false, false, false}}
	got := assign(3, 3, func(w, c int) bool { return table[w][c] })
	if d := cmp.Diff([]int{1, 0, -1}, got); d != "" {
		t.Error(d)
	}
	if got := assign(1, 2, func(int, int) bool { return true }); got[0] < 0 {
		t.Error("one want, two comments, no pair")
	}
}

func TestContained(t *testing.T) {
	if got := contained("write to nil map panics", "`pages` is never made: the first write to a nil map panics."); got < 0.9 {
		t.Error(got)
	}
	if got := contained("SQL injection, query built from user input", "The loop ends before the last page."); got >= alike {
		t.Error(got)
	}
	if contained("", "x") != 0 {
		t.Error("nothing is contained in everything")
	}
}

const archive = `-- case.yml --
about: A test of the tests.
kind: bug
title: "A title of some length"
commits: [ "a message of some length" ]
secrets: [ "hush-hush" ]
expect:
  find: [ { path: a.go, text: "b := 3", category: correctness, keywords: "three is wrong" } ]
  never: [ { path: a.go, text: "a := 2", category: clarity, keywords: "name is short" } ]
  max: 1
-- base/a.go --
package a

func f() {
	a := 1
	use(a)
	g()
}
-- head/a.go --
package a

func f() {
	a := 2
	use(a)
	b := 3
	g()
}
`

func one(t *testing.T, text string) *cases.Case {
	t.Helper()
	all, err := cases.Parse(map[string][]byte{"x.txtar": []byte(text)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := all["x"]
	return &c
}

func fileOf(c *cases.Case, path string) diff.File {
	for _, f := range c.Files(1) {
		if f.Path == path {
			return f
		}
	}
	return diff.File{}
}

// TestChecksOfAnchors: the eval's own reading tells a comment that holds from one that does not.
func TestChecksOfAnchors(t *testing.T) {
	c := one(t, archive)
	f := fileOf(c, "a.go")
	good := advice.Draft{Path: "a.go", Side: advice.Right, Start: 6, End: 6, Code: "\tb := 3"}
	for name, tt := range map[string]struct {
		change          func(*advice.Draft)
		anchored, quote bool
	}{
		"as it is":          {func(*advice.Draft) {}, true, true},
		"the deleted line":  {func(d *advice.Draft) { d.Side, d.Start, d.End, d.Code = advice.Left, 4, 4, "\ta := 1" }, true, true},
		"space at the end":  {func(d *advice.Draft) { d.Code += "  " }, true, true},
		"next to one":       {func(d *advice.Draft) { d.Start, d.End, d.Code = 7, 7, "\tg()" }, true, true},
		"an unchanged line": {func(d *advice.Draft) { d.Start, d.End, d.Code = 8, 8, "}" }, false, true},
		"beyond the hunk":   {func(d *advice.Draft) { d.Start, d.End = 60, 60 }, false, false},
		"another line":      {func(d *advice.Draft) { d.Start, d.End = 4, 4 }, true, false},
		"other code":        {func(d *advice.Draft) { d.Code = "\tb := 4" }, true, false},
		"too few lines":     {func(d *advice.Draft) { d.End = 7 }, true, false},
		"the wrong side":    {func(d *advice.Draft) { d.Side = advice.Left }, false, false},
		"backwards":         {func(d *advice.Draft) { d.End = 5 }, false, false},
		"line zero":         {func(d *advice.Draft) { d.Start, d.End = 0, 0 }, false, false},
	} {
		d := good
		tt.change(&d)
		if a, q := anchored(f, d), quoted(c, f, d, 1); a != tt.anchored || q != tt.quote {
			t.Errorf("%s: anchored %v, quoted %v", name, a, q)
		}
	}
}

// TestInspectSeesWhatIsForbidden: each promise of the report breaks when it is broken.
func TestInspectSeesWhatIsForbidden(t *testing.T) {
	c := one(t, archive)
	for name, a := range map[string]advice.Advice{
		"a wrong anchor": {Drafts: []advice.Draft{{Path: "a.go", Side: advice.Right, Start: 8, End: 8, Code: "}", State: advice.Open}}},
		"a wrong quote":  {Drafts: []advice.Draft{{Path: "a.go", Side: advice.Right, Start: 6, End: 6, Code: "x", State: advice.Open}}},
	} {
		var out outcome
		inspect(c, &out, a, 1, nil)
		if out.anchors.N == out.anchors.Of && out.quotes.N == out.quotes.Of {
			t.Errorf("%s is not seen", name)
		}
	}
	c.Expect.Forbid = []string{"buy now"}
	var out outcome
	inspect(c, &out, advice.Advice{Bullets: []advice.Bullet{{Text: "buy now"}}}, 1, nil)
	if len(out.injected) != 1 {
		t.Errorf("a forbidden text: %v", out.injected)
	}
	out = outcome{}
	inspect(c, &out, advice.Advice{}, 1,
		[]llm.Request{{Purpose: llm.Find, User: "A title of some length"}, {Purpose: llm.Verify, User: "a message of some length"},
			{Purpose: llm.Sum, User: "A title of some length"}, {Purpose: llm.Sum, User: "hush-hush"}})
	if len(out.steered) != 3 {
		t.Errorf("title, message and secret in questions: %v", out.steered)
	}
	for text, bad := range map[string]bool{
		"hello @octocat": true, "a@b.c": false, "`@Override`": false, "<img src=x>": true, "![a](b)": true, "[a](https://b)": true,
		"Fixes #12": true, "closes  #1": true,
		"the fix of 12": false, "x\u202ey": true, "a < b": false, "map[string](int)": false,
	} {
		found := false
		for _, f := range forbidden {
			found = found || f.MatchString(text)
		}
		if found != bad {
			t.Errorf("%q: forbidden %v", text, found)
		}
	}
}

type saying func(llm.Request) (llm.Answer, error)

func (f saying) Ask(_ context.Context, r llm.Request) (llm.Answer, error) { return f(r) }

type plain struct{}

func (plain) Redact(_, text string) (string, int, error) { return text, 0, nil }

func rig(c *cases.Case) Rig {
	return Rig{
		Model: func(_ *cases.Case, push int) advise.Model {
			return saying(func(r llm.Request) (llm.Answer, error) {
				return llm.Answer{
					Text:   c.Speak(push, r.SchemaName, r.User),
					Model:  "test",
					Finish: llm.Stop,
					Usage:  llm.Usage{In: 100, Out: 10},
				}, nil
			})
		},
		Redactor: func() advise.Redactor { return plain{} }, Judge: Lexical{}, Clock: func() time.Time { return cases.Taken },
	}
}

// TestScore: a found defect, a missed one, and a remark that is known to be wrong, which counts double.
func TestScore(t *testing.T) {
	c := one(t, archive)
	c.Answers.Find = []cases.Say{
		{At: cases.At{Path: "a.go", Text: "b := 3"}, Message: "Three is wrong here."},
		{At: cases.At{Path: "a.go", Text: "a := 2"}, Category: "clarity", Message: "The name is short."},
	}
	r, err := rig(c).Run(t.Context(), "s", "scripted", "lexical", map[string]cases.Case{"x": *c})
	if err != nil {
		t.Fatal(err)
	}
	if r.Recall != (Share{1, 1}) || r.Precision != (Share{1, 3}) || r.Comments != 2 || r.Results[0].Known != 1 ||
		r.Anchors != (Share{2, 2}) || r.Quotes != (Share{2, 2}) {
		t.Errorf("%+v", r)
	}
	if broken := r.Broken(); len(broken) != 1 || !strings.Contains(broken[0], "2 comments, of at most 1") {
		t.Errorf("broken: %q", broken)
	}
	back, err := ReadReport(r.JSON())
	if err != nil || cmp.Diff(r, back) != "" {
		t.Errorf("%v %s", err, cmp.Diff(r, back))
	}
	if page := r.Markdown(); !strings.Contains(page, "they say nothing of any model") ||
		!strings.Contains(page, "| x | bug | 1 of 1 | 2 |") {
		t.Error(page)
	}
}

func TestWorse(t *testing.T) {
	base := Report{Version: 1, Suite: "s", Source: "replay", Judge: "lexical", Precision: Share{9, 10}, Recall: Share{9, 10},
		Hunks: Share{10, 10}, CallsMedian: 3, CallsMost: 3, PromptP50: 1000,
		CleanAlarms: Share{0, 5}, Results: []Result{{Name: "a", Found: 1}, {Name: "b", Found: 1}}}
	for name, tt := range map[string]struct {
		change func(*Report)
		want   string
	}{
		"the same":    {func(*Report) {}, ""},
		"better":      {func(r *Report) { r.Recall.N = 10 }, ""},
		"precision":   {func(r *Report) { r.Precision.N = 8 }, "precision fell from 90.0 % to 80.0 %"},
		"recall":      {func(r *Report) { r.Recall.N = 8 }, "recall fell"},
		"hunks":       {func(r *Report) { r.Hunks.N = 9 }, "hunks read fell"},
		"alarms":      {func(r *Report) { r.CleanAlarms.N = 1 }, "alarms on clean pull requests rose from 0 to 1"},
		"prompts":     {func(r *Report) { r.PromptP50 = 1200 }, "the median prompt grew"},
		"calls":       {func(r *Report) { r.CallsMost = 4 }, "calls grew"},
		"a case":      {func(r *Report) { r.Results = []Result{{Name: "a", Found: 0}, {Name: "b", Found: 2}} }, "a found 1, and now 0"},
		"a lost case": {func(r *Report) { r.Results = r.Results[:1] }, "b found 1, and now 0"},
		"other suite": {func(r *Report) { r.Source = "live" }, "the baseline is of s"},
	} {
		r := base
		tt.change(&r)
		got := strings.Join(r.Worse(base), "\n")
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	lost := Report{CleanRecall: &Share{10, 10}, Recall: Share{9, 10}}
	if got := lost.Broken(); len(got) != 1 || !strings.Contains(got[0], "10.0 points of recall") {
		t.Errorf("%q", got)
	}
}

func TestAsking(t *testing.T) {
	for text, want := range map[string]bool{`{"same":true}`: true, `{"same":false}`: false} {
		got, err := Asking{saying(func(r llm.Request) (llm.Answer, error) { return llm.Answer{Text: text}, nil })}.Same(t.Context(),
			cases.Want{Keywords: "k"}, advice.Draft{Message: "m"})
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"yes", `{}`, `{"same":null}`} {
		if _, err := (Asking{saying(func(llm.Request) (llm.Answer, error) { return llm.Answer{Text: text}, nil })}).Same(t.Context(),
			cases.Want{}, advice.Draft{}); err == nil {
			t.Errorf("%q is taken for an answer", text)
		}
	}
}

func TestRank(t *testing.T) {
	if got := rank([]int{5, 1, 4, 2, 3}, 50); got != 3 {
		t.Error(got)
	}
	if rank([]int{}, 50) != 0 || rank([]int{7}, 95) != 7 || rank([]int{1, 2}, 100) != 2 {
		t.Error("the ends")
	}
}
