package spend

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/llm"
)

// script answers in order; the last answer stays.
type script struct {
	asked []llm.Request
	says  []func() (llm.Answer, error)
}

func (s *script) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	s.asked = append(s.asked, r)
	return s.says[min(len(s.asked), len(s.says))-1]()
}

func says(text string) func() (llm.Answer, error) {
	micro := int64(7)
	return func() (llm.Answer, error) {
		return llm.Answer{Text: text, Finish: llm.Stop, Usage: llm.Usage{In: 10, Out: 2}, MicroDollars: &micro}, nil
	}
}

func fails(k llm.Kind) func() (llm.Answer, error) {
	return func() (llm.Answer, error) { return llm.Answer{}, &llm.Problem{Kind: k} }
}

func playing(s ...func() (llm.Answer, error)) *script { return &script{says: s} }

// ledger records everything and has room until it is full.
type ledger struct {
	reserved []budget.Reservation
	bills    map[int64]budget.Bill
	full     *budget.Full
	err      error
}

func (l *ledger) Reserve(_ context.Context, w budget.Reservation, _ budget.Caps) (int64, *budget.Full, error) {
	if l.full != nil || l.err != nil {
		return 0, l.full, l.err
	}
	l.reserved = append(l.reserved, w)
	return int64(len(l.reserved)), nil, nil
}

func (l *ledger) Settle(ctx context.Context, id int64, b budget.Bill) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if l.bills == nil {
		l.bills = map[int64]budget.Bill{}
	}
	l.bills[id] = b
	return nil
}

type answers map[string][]byte

func (a answers) KeptAnswer(_ context.Context, f change.Forge, i int64, q string) ([]byte, error) {
	return a[string(f)+string(rune('0'+i))+q], nil
}

func (a answers) KeepAnswer(_ context.Context, f change.Forge, i int64, q string, body []byte) error {
	a[string(f)+string(rune('0'+i))+q] = body
	return nil
}

func priced(m Model, name string) Priced {
	return Priced{
		Model: m,
		Name:  name,
		Room:  func(n int) int { return n + 100 },
		Cost:  func(in, out int) *int64 { c := int64(in + 10*out); return &c },
	}
}

func kindOf(err error) llm.Kind {
	if p, ok := llm.ProblemOf(err); ok {
		return p.Kind
	}
	return ""
}

var question = llm.Request{Purpose: llm.Find, System: "ssssss", User: "uuuuuu", MaxOutput: 50, Key: "k"}

func TestCapped(t *testing.T) {
	for name, tt := range map[string]struct {
		says func() (llm.Answer, error)
		want budget.Bill
	}{
		"answered": {says("x"), budget.Bill{Usage: llm.Usage{In: 10, Out: 2}, Outcome: "answered"}},
		"not counted": {func() (llm.Answer, error) { return llm.Answer{Text: "xxxxxx"}, nil },
			budget.Bill{Usage: llm.Usage{In: 4, Out: 2}, Outcome: "answered"}},
		"refused":   {fails(llm.Limited), budget.Bill{Outcome: "limited"}},
		"timed out": {fails(llm.Timeout), budget.Bill{Usage: llm.Usage{In: 4}, Outcome: "timeout"}},
		"cut": {func() (llm.Answer, error) {
			return llm.Answer{}, &llm.Problem{Kind: llm.Length, Usage: llm.Usage{In: 9, Out: 50}}
		}, budget.Bill{Usage: llm.Usage{In: 9, Out: 50}, Outcome: "length"}},
		"given up": {func() (llm.Answer, error) { return llm.Answer{}, context.Canceled },
			budget.Bill{Usage: llm.Usage{In: 4}, Outcome: "ended"}},
	} {
		l := &ledger{}
		ctx, cancel := context.WithCancel(t.Context())
		m := WithCaps(priced(playing(func() (llm.Answer, error) { cancel(); return tt.says() }), "m"), l, budget.Account{Head: "h"},
			budget.Caps{}, time.Minute)
		_, err := m.Ask(ctx, question)
		if _, want := tt.says(); (err == nil) != (want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		got := l.bills[1]
		got.Micro = nil
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if w := l.reserved[0]; w.EstimateIn != 4 || w.MaxOut != 150 || *w.Micro != 1504 || w.Account.Head != "h" || w.For != time.Minute {
			t.Errorf("%s: reserved %+v", name, w)
		}
	}
}

// TestNothingIsSentWithoutRoom tries what an attacker would.
//
// Attack by the author, or a process that dies in every call: Spend without end: before a call, Lintel reserves
// the most that it can cost, in one transaction with the caps. Also `internal/spend/spend_test.go` `TestBreaker`;
// `internal/budget/budget_test.go` `TestCheck`.
func TestNothingIsSentWithoutRoom(t *testing.T) {
	resets := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	model := playing(says("x"))
	_, err := WithCaps(priced(model, "m"), &ledger{full: &budget.Full{Cap: "day_tokens", Text: "the server's cap", Resets: resets}},
		budget.Account{}, budget.Caps{}, 0).Ask(t.Context(), question)
	if p, ok := llm.ProblemOf(err); !ok || p.Kind != llm.Budget || p.Detail != "the server's cap" || !p.Resets.Equal(resets) ||
		len(model.asked) != 0 {
		t.Errorf("%v, asked %d times", err, len(model.asked))
	}
	broken := errors.New("the disk is full")
	if _, err = WithCaps(priced(model, "m"), &ledger{err: broken}, budget.Account{}, budget.Caps{}, 0).Ask(t.Context(),
		question); !errors.Is(err, broken) || len(model.asked) != 0 {
		t.Errorf("%v, asked %d times", err, len(model.asked))
	}
}

// TestKept tries what an attacker would.
//
// Attack by another organisation: Get an answer that was cached for ours: cached answers belong to one connection.
func TestKept(t *testing.T) {
	store, model := answers{}, playing(says(`{"a":1}`))
	formed := question
	formed.Schema = json.RawMessage(`{}`)
	ours := WithCache(model, store, change.GitHub, 1, "m")
	first, err := ours.Ask(t.Context(), formed)
	if err != nil || first.Cached {
		t.Fatal(first, err)
	}
	again, err := ours.Ask(t.Context(), formed)
	if err != nil || !again.Cached || again.Text != first.Text || again.Usage != (llm.Usage{}) || again.MicroDollars != nil ||
		len(model.asked) != 1 {
		t.Errorf("%+v, %v, asked %d times", again, err, len(model.asked))
	}
	for what, m := range map[string]Model{"another connection": WithCache(model, store, change.GitHub, 2, "m"),
		"another model": WithCache(model, store, change.GitHub, 1, "n")} {
		if a, err := m.Ask(t.Context(), formed); err != nil || a.Cached {
			t.Errorf("%s gets a cached answer: %+v, %v", what, a, err)
		}
	}
	nameless, repair := formed, formed
	nameless.Key = ""
	repair.Attempt = 1
	for _, r := range []llm.Request{nameless, repair} {
		if a, err := ours.Ask(t.Context(), r); err != nil || a.Cached {
			t.Errorf("%+v: %+v, %v", r, a, err)
		}
	}
	prose := WithCache(playing(says("no JSON")), store, change.GitHub, 3, "m")
	for range 2 {
		if a, err := prose.Ask(t.Context(), formed); err != nil || a.Cached {
			t.Errorf("an answer that is not in form was cached: %+v, %v", a, err)
		}
	}
}

func TestAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		says  []func() (llm.Answer, error)
		asked int
		waits []time.Duration
		kind  llm.Kind
	}{
		"at once": {[]func() (llm.Answer, error){says("x")}, 1, nil, ""},
		"then": {[]func() (llm.Answer, error){fails(llm.Server), fails(llm.Limited), says("x")}, 3,
			[]time.Duration{time.Second, 2 * time.Second}, ""},
		"never":         {[]func() (llm.Answer, error){fails(llm.Server)}, 3, []time.Duration{time.Second, 2 * time.Second}, llm.Server},
		"too slow":      {[]func() (llm.Answer, error){fails(llm.Timeout), says("x")}, 1, nil, llm.Timeout},
		"not passing":   {[]func() (llm.Answer, error){fails(llm.Refusal), says("x")}, 1, nil, llm.Refusal},
		"no money":      {[]func() (llm.Answer, error){fails(llm.Budget), says("x")}, 1, nil, llm.Budget},
		"when asked to": {[]func() (llm.Answer, error){limited(9 * time.Second), says("x")}, 2, []time.Duration{9 * time.Second}, ""},
		"too late":      {[]func() (llm.Answer, error){limited(time.Hour), says("x")}, 1, nil, llm.Limited},
	} {
		model := playing(tt.says...)
		var waits []time.Duration
		_, err := WithRetry(model,
			Retry{Wait: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }}).Ask(t.Context(),
			question)
		if d := cmp.Diff(tt.waits, waits); d != "" || len(model.asked) != tt.asked || kindOf(err) != tt.kind {
			t.Errorf("%s: asked %d, %v%s", name, len(model.asked), err, d)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := WithRetry(playing(fails(llm.Server)), Retry{}).Ask(ctx, question); !errors.Is(err, context.Canceled) {
		t.Errorf("waits although nobody does: %v", err)
	}
}

func limited(d time.Duration) func() (llm.Answer, error) {
	return func() (llm.Answer, error) { return llm.Answer{}, &llm.Problem{Kind: llm.Limited, RetryAfter: d} }
}

func TestBreaker(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := NewBreaker(func() time.Time { return now })
	model := playing(fails(llm.Unreachable))
	guarded := b.Guard("m", model)
	ask := func() error { _, err := guarded.Ask(t.Context(), question); return err }
	for range 5 {
		_ = ask()
	}
	err := ask()
	if p, ok := llm.ProblemOf(err); !ok || len(model.asked) != 5 || p.RetryAfter != time.Minute ||
		!strings.Contains(p.Detail, "5 times in a row") || !strings.Contains(p.Detail, "12:01 UTC") {
		t.Fatalf("%v after %d questions", err, len(model.asked))
	}
	// After a minute one question tries; it fails, and the time doubles.
	now = now.Add(time.Minute)
	_, _ = ask(), ask()
	if len(model.asked) != 6 {
		t.Errorf("%d questions", len(model.asked))
	}
	now = now.Add(time.Minute)
	if _ = ask(); len(model.asked) != 6 {
		t.Error("the time did not double")
	}
	// The endpoint is back: everything passes at once.
	model.says = append(model.says, says("x"))
	model.asked = append(model.asked, llm.Request{})
	now = now.Add(time.Minute)
	for range 3 {
		if err := ask(); err != nil {
			t.Error(err)
		}
	}
	// Another model of the endpoint never was left alone, and refusals are answers.
	other := b.Guard("other", playing(fails(llm.Refusal)))
	for range 9 {
		if _, err := other.Ask(t.Context(), question); kindOf(err) != llm.Refusal {
			t.Error(err)
		}
	}
}

// TestOnlyQuestionsAreCounted: what repeats a call that the ledger counts is no new question; what repeats one that cost
// nothing is the question itself.
func TestOnlyQuestionsAreCounted(t *testing.T) {
	again := func(says ...func() (llm.Answer, error)) (out []bool) {
		l := &ledger{}
		m := WithRetry(WithFallback(WithCaps(priced(playing(says...), "m"), l, budget.Account{}, budget.Caps{}, 0),
			WithCaps(priced(playing(fails(llm.Unusable)), "n"), l, budget.Account{}, budget.Caps{}, 0)),
			Retry{Wait: func(context.Context, time.Duration) error { return nil }})
		_, _ = m.Ask(t.Context(), question)
		for _, w := range l.reserved {
			out = append(out, w.Again)
		}
		return out
	}
	for name, tt := range map[string]struct{ got, want []bool }{
		"refused": {again(fails(llm.Server), says("x")), []bool{false, false, false}},
		"empty":   {again(fails(llm.Empty), says("x")), []bool{false, true, true}},
		"slow":    {again(fails(llm.Timeout), says("x")), []bool{false, true}},
	} {
		if d := cmp.Diff(tt.want, tt.got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	l, repair := &ledger{}, question
	repair.Attempt = 1
	_, _ = WithCaps(priced(playing(says("x")), "m"), l, budget.Account{}, budget.Caps{}, 0).Ask(t.Context(), repair)
	if !l.reserved[0].Again {
		t.Error("a repair is counted as a question")
	}
}

func TestElse(t *testing.T) {
	for _, k := range []llm.Kind{llm.Server, llm.Limited, llm.Unusable, llm.TooLarge} {
		if a, err := WithFallback(playing(fails(k)), playing(says("other"))).Ask(t.Context(), question); err != nil || a.Text != "other" {
			t.Errorf("%s: %+v, %v", k, a, err)
		}
	}
	for _, k := range []llm.Kind{llm.Budget, llm.Refusal, llm.Filtered} {
		if _, err := WithFallback(playing(fails(k)), playing(says("other"))).Ask(t.Context(), question); kindOf(err) != k {
			t.Errorf("%s: %v", k, err)
		}
	}
	failing := WithFallback(playing(fails(llm.Server)), playing(fails(llm.Unauthorised)))
	if _, err := failing.Ask(t.Context(), question); kindOf(err) != llm.Server {
		t.Error(err)
	}
}

// TestMeans: a retry and the fallback are paid for like the first call, and a cached answer costs nothing.
func TestMeans(t *testing.T) {
	l := &ledger{}
	main, verify, fallback := playing(fails(llm.Server)), playing(says("verified")), playing(says("fallen back"))
	model := Means{
		Main: priced(main, "main"), Verify: priced(verify, "verify"), Fallback: priced(fallback, "fallback"), Ledger: l, Answers: answers{},
		Breaker: NewBreaker(time.Now), Timeout: time.Minute,
		Retry: Retry{Tries: 2, Wait: func(context.Context, time.Duration) error { return nil }},
	}.For(budget.Account{Connection: 1}, budget.Caps{})
	for i, want := range []string{"fallen back", "fallen back", "verified"} {
		r := question
		if i == 2 {
			r.Purpose = llm.Verify
		}
		if a, err := model.Ask(t.Context(), r); err != nil || a.Text != want || a.Cached != (i == 1) {
			t.Errorf("%d: %+v, %v", i, a, err)
		}
	}
	var paid []string
	for i, w := range l.reserved {
		paid = append(paid, w.Model+" "+l.bills[int64(i+1)].Outcome)
	}
	if d := cmp.Diff([]string{"main server", "main server", "fallback answered", "verify answered"}, paid); d != "" {
		t.Error(d)
	}
}
