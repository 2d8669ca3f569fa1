// Package spend asks a language model within its means: answers are kept, caps are hard, a failing endpoint is left
// alone for a while, and another try or another model is paid for like the first. Each part wraps a model and can be
// used alone; Means puts them together.
//
// Callers may rely on: nothing is sent without a reservation, and each is settled or ends by itself; a cap that is full
// is a Problem that says which one and when it resets; a kept answer never crosses installations; every error is an
// llm.Problem, that of an ended context, or the ledger's.
package spend

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/text"
)

// Model answers one question.
type Model interface {
	Ask(ctx context.Context, r llm.Request) (llm.Answer, error)
}

// asks is a Model of a function.
type asks func(ctx context.Context, r llm.Request) (llm.Answer, error)

func (f asks) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) { return f(ctx, r) }

// Ledger is where calls are paid.
type Ledger interface {
	Reserve(ctx context.Context, w budget.Wish, c budget.Caps) (id int64, full *budget.Full, err error)
	Settle(ctx context.Context, id int64, b budget.Bill) error
}

// Answers keeps what was answered.
type Answers interface {
	KeptAnswer(ctx context.Context, forge change.Forge, installation int64, question string) ([]byte, error)
	KeepAnswer(ctx context.Context, forge change.Forge, installation int64, question string, body []byte) error
}

// Priced is a model with what can be said of its cost before it is asked.
type Priced struct {
	Model Model
	Name  string
	// Room is how many tokens an answer can have when so many were asked for.
	Room func(maxOutput int) int
	// Cost is what so many tokens cost in micro-dollars; nil without a price.
	Cost func(in, out int) *int64
}

// Means are the models that may be asked, and what keeps them in bounds. Verify and Fallback may be without a Model.
type Means struct {
	Main, Verify, Fallback Priced
	Ledger                 Ledger
	// Answers may be nil: then nothing is kept.
	Answers Answers
	// Breaker is shared by all accounts of an endpoint.
	Breaker *Breaker
	// Timeout is that of one call; a reservation outlives it by a minute.
	Timeout time.Duration
	Patience
}

// For is the model for one account.
func (m Means) For(a budget.Account, c budget.Caps) Model {
	one := func(p Priced) Model {
		paid := Capped(p, m.Ledger, a, c, m.Timeout+time.Minute)
		if m.Breaker != nil {
			paid = m.Breaker.Guard(p.Name, paid)
		}
		return Again(paid, m.Patience)
	}
	with := func(p Priced) Model {
		first := one(p)
		if m.Fallback.Model != nil && m.Fallback.Name != p.Name {
			first = Else(first, one(m.Fallback))
		}
		if m.Answers != nil {
			first = Kept(first, m.Answers, a.Change.Forge, a.Installation, p.Name)
		}
		return first
	}
	find, verify := with(m.Main), Model(nil)
	if m.Verify.Model != nil {
		verify = with(m.Verify)
	}
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		if r.Purpose == llm.Verify && verify != nil {
			return verify.Ask(ctx, r)
		}
		return find.Ask(ctx, r)
	})
}

// Capped reserves what a call can cost before it is made and settles what it cost after. The reservation ends by itself after hold.
func Capped(p Priced, l Ledger, a budget.Account, c budget.Caps, hold time.Duration) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		w := budget.Wish{Account: a, Purpose: r.Purpose, Model: p.Name, EstimateIn: estimate(r), MaxOut: p.Room(r.MaxOutput), For: hold}
		w.Micro = p.Cost(w.EstimateIn, w.MaxOut)
		id, full, err := l.Reserve(ctx, w, c)
		if err != nil {
			return llm.Answer{}, err
		}
		if full != nil {
			return llm.Answer{}, &llm.Problem{Kind: llm.Budget, Detail: full.Text, Resets: full.Resets}
		}
		answer, err := p.Model.Ask(ctx, r)
		// The call was made, whether or not anybody still waits for it.
		if late := l.Settle(context.WithoutCancel(ctx), id, bill(p, w, answer, err)); late != nil && err == nil {
			return llm.Answer{}, late
		}
		return answer, err
	})
}

// estimate is how many tokens a prompt has, about: a third of its bytes is safe for all models.
func estimate(r llm.Request) int {
	return max(r.EstimateIn, (len(r.System)+len(r.User)+len(r.Schema)+2)/3)
}

// bill is what a call came to. An endpoint that does not count is billed by what we thought; one that never answered,
// by the prompt, as it may have read it. A question that was refused costs nothing.
func bill(p Priced, w budget.Wish, a llm.Answer, err error) budget.Bill {
	if err == nil {
		b := budget.Bill{Usage: a.Usage, Micro: a.MicroDollars, Outcome: "answered"}
		if a.Usage == (llm.Usage{}) {
			b.Usage = llm.Usage{In: w.EstimateIn, Out: (len(a.Text) + 2) / 3}
			b.Micro = p.Cost(b.Usage.In, b.Usage.Out)
		}
		return b
	}
	problem, ok := llm.ProblemOf(err)
	if !ok {
		return budget.Bill{Usage: llm.Usage{In: w.EstimateIn}, Micro: p.Cost(w.EstimateIn, 0), Outcome: "ended"}
	}
	b := budget.Bill{Usage: problem.Usage, Micro: problem.MicroDollars, Outcome: string(problem.Kind)}
	if problem.Usage == (llm.Usage{}) {
		switch problem.Kind {
		case llm.Timeout, llm.Length, llm.Broken, llm.Empty, llm.Refusal:
			b.Usage = llm.Usage{In: w.EstimateIn}
		}
		b.Micro = p.Cost(b.Usage.In, 0)
	}
	return b
}

// Kept gives an answer again that was given to the same question before, in the same installation, by the same model. A
// question without a key is never kept, and neither is an answer that is not in the form that was asked for.
func Kept(next Model, answers Answers, forge change.Forge, installation int64, model string) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		if r.Key == "" {
			return next.Ask(ctx, r)
		}
		question := questionName(model, r)
		raw, err := answers.KeptAnswer(ctx, forge, installation, question)
		if err != nil {
			return llm.Answer{}, err
		}
		var kept llm.Answer
		if raw != nil && json.Unmarshal(raw, &kept) == nil {
			kept.Kept, kept.Usage, kept.MicroDollars = true, llm.Usage{}, nil
			return kept, nil
		}
		answer, err := next.Ask(ctx, r)
		if err != nil || r.Schema != nil && !json.Valid([]byte(answer.Text)) {
			return answer, err
		}
		if raw, err = json.Marshal(answer); err != nil {
			return answer, fmt.Errorf("write an answer to keep it: %w", err)
		}
		// Without keeping it, the answer is as good and the next one costs again.
		_ = answers.KeepAnswer(context.WithoutCancel(ctx), forge, installation, question, raw)
		return answer, nil
	})
}

func questionName(model string, r llm.Request) string {
	return text.Digest(fmt.Appendf(nil, "%s\n%s\n%d\n%s", model, r.Purpose, r.Attempt, r.Key))
}

// Else asks another model when the first gives no answer for reasons that are its own.
func Else(first, other Model) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		answer, err := first.Ask(ctx, r)
		p, ok := llm.ProblemOf(err)
		if !ok || ctx.Err() != nil || !p.Passing() && p.Kind != llm.Unusable && p.Kind != llm.TooLarge {
			return answer, err
		}
		second, worse := other.Ask(ctx, r)
		if worse != nil {
			return llm.Answer{}, err // the first failure is the one to mend
		}
		return second, nil
	})
}
