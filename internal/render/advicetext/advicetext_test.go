package advicetext

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
)

var update = flag.Bool("update", false, "write the golden files anew")

// stored reads advice that the tests of package render share: "full" has everything that advice can have, in "hostile"
// every text is an attack.
func stored(t *testing.T, name string) Advice {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "testdata", "advice-"+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var a advice.Advice
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	return Advice{
		Forge: change.GitHub, Advice: a,
		Page: "https://lintel.example/pr/github/acme/shop/2", Change: "https://github.com/acme/shop/pull/2",
	}
}

func TestAdviceGoldens(t *testing.T) {
	full, hostile := stored(t, "full"), stored(t, "hostile")
	nothing := Advice{Advice: advice.Advice{
		Version: 1,
		Extent:  advice.Nothing,
		NotRead: []advice.NotRead{{What: "the search for defects", Why: "the model could not be reached"}},
	}}
	quiet := Advice{Advice: advice.Advice{
		Version: 1,
		Extent:  advice.Whole,
		Risk:    advice.Risk{Level: advice.Low},
		Models:  []string{"m"},
		Cost:    advice.Cost{Calls: 2},
	}}
	if got := quiet.Part(nil); got != "" {
		t.Errorf("there is nothing to say, and it says %q", got)
	}
	for name, got := range map[string]string{
		"advice-full.md":    full.Part(nil),
		"advice-nothing.md": nothing.Part(nil),
		"advice-hostile.md": hostile.Part(hostile.Advice.Drafts),
		"inline.md":         full.Inline(full.Advice.Drafts[0]),
	} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got+"\n"); d != "" {
			t.Errorf("%s (-want +got), go test ./internal/render/advicetext -update writes it anew:\n%s", name, d)
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
	hostile := stored(t, "hostile")
	hostile.Page, hostile.Change = "", ""
	for name, got := range map[string]string{"the comment": hostile.Part(hostile.Advice.Drafts),
		"an inline comment": hostile.Inline(hostile.Advice.Drafts[0])} {
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
	in := stored(t, "full")
	in.Advice.Tests.Cases[0].Skeleton = strings.Repeat("func TestPay(t *testing.T) {}\n", 60)
	for range 500 {
		in.Advice.Tests.Cases = append(in.Advice.Tests.Cases, in.Advice.Tests.Cases[0])
	}
	if got := in.Part(nil); len(got) > maxAdvice || len(got) < maxAdvice/2 ||
		strings.Count(got, "<details>") != strings.Count(got, "</details>") {
		t.Errorf("%d bytes", len(got))
	}
	if got := in.Inline(advice.Draft{Message: strings.Repeat("word ", 4000)}); len(got) > maxInline {
		t.Errorf("%d bytes", len(got))
	}
}

// shownLines are what a reader sees before anything is unfolded: what is within an element "details" is one line.
func shownLines(body string) (n int) {
	folded := false
	for _, l := range strings.Split(body, "\n") {
		switch {
		case strings.HasPrefix(l, "<details>"):
			folded = true
			n++
		case l == "</details>":
			folded = false
		case !folded && strings.TrimSpace(l) != "":
			n++
		}
	}
	return n
}

// TestAdviceIsReadAtSix: at the end of a long day a reader sees at most fifteen lines, however much there is to say; every
// file is a link, no bullet ends in a list of brackets, and what decides is said once.
func TestAdviceIsReadAtSix(t *testing.T) {
	in := stored(t, "full")
	a := &in.Advice
	for range 3 {
		a.Bullets = append(a.Bullets, a.Bullets...)
		a.Order = append(a.Order, a.Order...)
		a.Notes = append(a.Notes, a.Notes...)
		a.NotRead = append(a.NotRead, a.NotRead...)
		a.Tests.Cases = append(a.Tests.Cases, a.Tests.Cases...)
		a.Risk.Reasons = append(a.Risk.Reasons, a.Risk.Reasons...)
	}
	a.Files = append(a.Files, advice.File{ID: "P1", Path: "shop/pay.go"})
	a.Bullets[0].Text = "The check of `Pay` in `shop/pay.go` is gone."
	got := in.Part(nil)
	if n := shownLines(got); n > 15 || n < 13 {
		t.Errorf("%d lines:\n%s", n, got)
	}
	for _, want := range []string{
		"in [`shop/pay.go`](https://github.com/acme/shop/pull/2/files#diff-", "[`shop/pay.go:13`](", "R13): the check",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, l := range strings.Split(got, "\n") {
		if strings.HasPrefix(l, "- ") && strings.HasSuffix(l, "`)") {
			t.Errorf("brackets after %q", l)
		}
	}
	if n := strings.Count(got+in.Inline(a.Drafts[0]), "decide"); n != 1 {
		t.Errorf("what decides is said %d times", n)
	}
	in.Forge, in.Change = change.GitLab, "https://lab.example/acme/shop/-/merge_requests/2"
	if got := in.Part(nil); !strings.Contains(got, "[`shop/pay.go:13`](https://lab.example/acme/shop/-/merge_requests/2/diffs#") {
		t.Errorf("no link of GitLab's:\n%s", got)
	}
	in.Change = ""
	if got := in.Part(nil); strings.Contains(got, "`](") || !strings.Contains(got, "1. `shop/pay.go:13`: the check") {
		t.Errorf("links without an address:\n%s", got)
	}
}

// TestWordsAroundCode: code keeps the spaces around it, and words stay text.
func TestWordsAroundCode(t *testing.T) {
	w := Advice{}.writer()
	if got, want := w.prose("No check  of `n` is\nleft. <b> `Pay`, too"), "No check of `n` is left. &lt;b&gt; `Pay`, too"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
