package advise_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/settings"
)

// scripted is a model that answers by purpose, in order, and keeps what it was asked. The last answer of a purpose is given again.
type scripted struct {
	answers map[llm.Purpose][]any // string, func(llm.Request) string, or error
	asked   []llm.Request
	calls   map[llm.Purpose]int
}

func (s *scripted) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	if err := ctx.Err(); err != nil {
		return llm.Answer{}, err
	}
	if s.calls == nil {
		s.calls = map[llm.Purpose]int{}
	}
	s.asked = append(s.asked, r)
	list := s.answers[r.Purpose]
	n := s.calls[r.Purpose]
	s.calls[r.Purpose]++
	if len(list) == 0 {
		return llm.Answer{}, &llm.Problem{Kind: llm.Unreachable}
	}
	price := int64(1000)
	a := llm.Answer{Model: "scripted", Finish: llm.Stop, Usage: llm.Usage{In: r.EstimateIn, Out: 100}, MicroDollars: &price}
	switch v := list[min(n, len(list)-1)].(type) {
	case cutAnswer:
		a.Text, a.Finish = string(v), llm.Cut
	case string:
		a.Text = v
	case func(llm.Request) string:
		a.Text = v(r)
	case error:
		return llm.Answer{}, v
	default:
		panic(fmt.Sprintf("a scripted answer is a %T", v))
	}
	return a, nil
}

// cutAnswer is the beginning of an answer that reached its limit.
type cutAnswer string

// of are the requests of a purpose.
func (s *scripted) of(p llm.Purpose) (out []llm.Request) {
	for _, r := range s.asked {
		if r.Purpose == p {
			out = append(out, r)
		}
	}
	return out
}

func answer(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// findings is an answer to the first question.
func findings(list ...gates.Raw) string {
	out := []map[string]any{}
	for _, r := range list {
		facts := r.Facts
		if facts == nil {
			facts = []string{}
		}
		out = append(out, map[string]any{
			"file": r.File, "start_id": r.StartID, "end_id": r.EndID, "existing_code": r.Code, "category": or(r.Category, "correctness"),
			"severity": or(r.Level, "high"), "message": r.Message, "claim": or(r.Claim, "none"), "fact_ids": facts,
			"suggestion": r.Suggestion,
		})
	}
	return answer(map[string]any{"findings": out})
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

var itemLine = regexp.MustCompile(`(?m)^finding (N\d+) at (\S+) `)

// keepAll says that every finding is real.
func keepAll(r llm.Request) string {
	list := []map[string]any{}
	for _, m := range itemLine.FindAllStringSubmatch(r.User, -1) {
		list = append(list, map[string]any{"id": m[1], "evidence_ids": []string{m[2]}, "reason": "real", "keep": true})
	}
	return answer(map[string]any{"judgements": list})
}

const emptySummary = `{"bullets": [], "risks": [], "order": [], "tests": []}`

func ptr[T any](v T) *T { return &v }

// snapshotOf is a change of one patch for each path.
func snapshotOf(t testing.TB, patches map[string]string, paths ...string) *change.Snapshot {
	t.Helper()
	s := &change.Snapshot{
		Head: change.Rev{Ref: "feature-branch-name", SHA: "head1"}, MergeBase: "base1",
		Title: ptr("A title to be seen by the summary alone"),
		Body:  ptr("A body of the author."), Author: &change.Account{Login: "author-login"},
		Commits: []change.Commit{{SHA: "c1", Message: "commit-message-words", Author: change.Signature{Name: "author-name"}}},
	}
	if len(paths) == 0 {
		for p := range patches {
			paths = append(paths, p)
		}
	}
	for _, p := range paths {
		hunks, err := diff.ParsePatch(patches[p])
		if err != nil {
			t.Fatal(err)
		}
		f := diff.File{Path: p, Status: diff.Modified, State: diff.Text, OldMode: "100644", Mode: "100644", Size: 100}
		s.Files = append(s.Files, f.With(hunks))
	}
	s.FilesTotal = len(s.Files)
	return s
}

func adviseOn() settings.Advise {
	s := settings.Default().Advise
	s.Enabled = true
	return s
}

func inputOf(t testing.TB, s *change.Snapshot, found ...finding.Finding) advise.Input {
	t.Helper()
	in, err := prepare.Input(s, found, adviseOn())
	if err != nil {
		t.Fatal(err)
	}
	in.Now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	return in
}

var detector redact.Detector

func toolsFor(m advise.Model) advise.Tools {
	return advise.Tools{Model: m, Redactor: detector.Session(), Fences: []byte("sixteen bytes of chance")}
}

func run(t testing.TB, in advise.Input, m advise.Model) advice.Advice {
	t.Helper()
	a, err := advise.Advise(context.Background(), in, toolsFor(m))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// shopPatch loses an error and takes a check away.
const shopPatch = `@@ -10,9 +10,8 @@ func (s *Shop) Pay(ctx context.Context, order Order) error {
 	if order.Empty() {
 		return ErrEmpty
 	}
-	if order.Total > s.limit {
-		return ErrLimit
-	}
-	return s.bank.Charge(ctx, order.Total)
+	total := order.Total
+	s.bank.Charge(ctx, total)
+	return nil
 }
 
`

const shopFile = `package shop

import "context"

type Shop struct{ bank Bank; limit int }

// Pay charges an order.
//
func (s *Shop) Pay(ctx context.Context, order Order) error {
	if order.Empty() {
		return ErrEmpty
	}
	total := order.Total
	s.bank.Charge(ctx, total)
	return nil
}

`

var lostError = gates.Raw{
	File: "P1", StartID: "R0014", EndID: "R0014", Code: "\ts.bank.Charge(ctx, total)", Category: "error_handling", Level: "high",
	Message: "The error of `Charge` is dropped, so a failed payment counts as paid. Return it.",
}

var lostCheck = gates.Raw{
	File: "P1", StartID: "L0013", EndID: "L0015", Code: "\tif order.Total > s.limit {\n\t\treturn ErrLimit\n\t}", Category: "security",
	Level:   "high",
	Message: "The check of `limit` is gone: any amount can be charged now. Keep it before `Charge`.",
}
