// Package spend asks a language model within its budget: with a cache of answers, hard caps, a circuit breaker, retries
// and a fallback model. Retries and the fallback are paid for like the first call. Each part wraps a model and can be
// used alone; Means puts them together.
//
// Callers may rely on: nothing is sent without a reservation, and each is settled or expires; a full cap is a Problem
// that names the cap and says when it resets; a cached answer never crosses connections; every error is an
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

// asks makes a Model of a function.
type asks func(ctx context.Context, r llm.Request) (llm.Answer, error)

func (f asks) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) { return f(ctx, r) }

// Ledger records reservations and what calls cost.
type Ledger interface {
	Reserve(ctx context.Context, w budget.Reservation, c budget.Caps) (id int64, full *budget.Full, err error)
	Settle(ctx context.Context, id int64, b budget.Bill) error
}

// Cache stores answers.
type Cache interface {
	KeptAnswer(ctx context.Context, forge change.Forge, connection int64, question string) ([]byte, error)
	KeepAnswer(ctx context.Context, forge change.Forge, connection int64, question string, body []byte) error
}

// Priced is a model whose cost can be estimated before it is asked.
type Priced struct {
	Model Model
	Name  string
	// Room is the most tokens of an answer for a requested maximum.
	Room func(maxOutput int) int
	// Cost is the price of tokens in micro-dollars; nil without a price.
	Cost func(in, out int) *int64
}

// Means are the models that may be asked, and their limits. Verify and Fallback may be without a Model.
type Means struct {
	Main, Verify, Fallback Priced
	Ledger                 Ledger
	// Answers may be nil: then nothing is cached.
	Answers Cache
	// Breaker is shared by all accounts of an endpoint.
	Breaker *Breaker
	// Timeout is that of one call; a reservation outlives it by a minute.
	Timeout time.Duration
	Retry
}

// For returns the model for one account.
func (m Means) For(a budget.Account, c budget.Caps) Model {
	one := func(p Priced) Model {
		paid := WithCaps(p, m.Ledger, a, c, m.Timeout+time.Minute)
		if m.Breaker != nil {
			paid = m.Breaker.Guard(p.Name, paid)
		}
		return WithRetry(paid, m.Retry)
	}
	with := func(p Priced) Model {
		first := one(p)
		if m.Fallback.Model != nil && m.Fallback.Name != p.Name {
			first = WithFallback(first, one(m.Fallback))
		}
		if m.Answers != nil {
			first = WithCache(first, m.Answers, a.Change.Forge, a.Connection, p.Name)
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

// WithCaps reserves what a call can cost before it is made, and settles what it cost afterwards. The reservation expires after hold.
func WithCaps(p Priced, l Ledger, a budget.Account, c budget.Caps, hold time.Duration) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		w := budget.Reservation{
			Account:    a,
			Purpose:    r.Purpose,
			Model:      p.Name,
			EstimateIn: estimate(r),
			MaxOut:     p.Room(r.MaxOutput),
			For:        hold,
			Again:      r.Again || r.Attempt > 0,
		}
		w.Micro = p.Cost(w.EstimateIn, w.MaxOut)
		id, full, err := l.Reserve(ctx, w, c)
		if err != nil {
			return llm.Answer{}, err
		}
		if full != nil {
			return llm.Answer{}, &llm.Problem{Kind: llm.Budget, Detail: full.Text, Resets: full.Resets}
		}
		answer, err := p.Model.Ask(ctx, r)
		// The call was made and is paid for, even when the context has ended.
		if late := l.Settle(context.WithoutCancel(ctx), id, bill(p, w, answer, err)); late != nil && err == nil {
			return llm.Answer{}, late
		}
		return answer, err
	})
}

// estimate is about how many tokens a prompt has: a third of its bytes is enough for all models.
func estimate(r llm.Request) int {
	return max(r.EstimateIn, (len(r.System)+len(r.User)+len(r.Schema)+2)/3)
}

// bill is what a call cost. When the endpoint does not count tokens, the estimate is billed; when it never answered,
// the prompt is, as it may have read it. A rejected question costs nothing.
func bill(p Priced, w budget.Reservation, a llm.Answer, err error) budget.Bill {
	if err == nil {
		b := budget.Bill{Usage: a.Usage, Micro: a.MicroDollars, Outcome: "answered"}
		if a.Finish == llm.Cut {
			b.Outcome = string(llm.Length)
		}
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
		if problem.Costs() {
			b.Usage = llm.Usage{In: w.EstimateIn}
		}
		b.Micro = p.Cost(b.Usage.In, 0)
	}
	return b
}

// WithCache answers from the cache when the same model answered the same question in the same connection before. A
// question without a key is never cached, nor is an answer that was cut or is not JSON where a schema asked for it.
func WithCache(next Model, answers Cache, forge change.Forge, connection int64, model string) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		if r.Key == "" {
			return next.Ask(ctx, r)
		}
		question := questionName(model, r)
		raw, err := answers.KeptAnswer(ctx, forge, connection, question)
		if err != nil {
			return llm.Answer{}, err
		}
		var cached llm.Answer
		if raw != nil && json.Unmarshal(raw, &cached) == nil {
			cached.Cached, cached.Usage, cached.MicroDollars = true, llm.Usage{}, nil
			return cached, nil
		}
		answer, err := next.Ask(ctx, r)
		if err != nil || answer.Finish == llm.Cut || r.Schema != nil && !json.Valid([]byte(answer.Text)) {
			return answer, err
		}
		if raw, err = json.Marshal(answer); err != nil {
			return answer, fmt.Errorf("write an answer to keep it: %w", err)
		}
		// An answer that could not be stored is as good; the next one costs again.
		_ = answers.KeepAnswer(context.WithoutCancel(ctx), forge, connection, question, raw)
		return answer, nil
	})
}

func questionName(model string, r llm.Request) string {
	return text.Digest(fmt.Appendf(nil, "%s\n%s\n%d\n%s", model, r.Purpose, r.Attempt, r.Key))
}

// WithFallback asks another model when the first one fails for reasons of its own.
func WithFallback(first, other Model) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		answer, err := first.Ask(ctx, r)
		p, ok := llm.ProblemOf(err)
		if !ok || ctx.Err() != nil || !p.Passing() && p.Kind != llm.Unusable && p.Kind != llm.TooLarge {
			return answer, err
		}
		r.Again = r.Again || p.Costs()
		second, worse := other.Ask(ctx, r)
		if worse != nil {
			return llm.Answer{}, err // the first failure is the one to fix
		}
		return second, nil
	})
}
