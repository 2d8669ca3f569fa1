package spend

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/llm"
)

// Retry is how often and after how long a failed question is retried.
type Retry struct {
	// Tries is the most attempts, including the first; 0 is 3.
	Tries int
	// Most is the longest wait; when an endpoint asks for more, there is no retry now. 0 is 20 seconds.
	Most time.Duration
	// Wait waits; nil uses a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// WithRetry retries transient failures: after the wait that the endpoint asks for, else after 1, 2, 4 seconds. It does
// not retry a time-out: what took too long would take as long again, and whoever waits has other questions.
func WithRetry(next Model, retry Retry) Model {
	if retry.Tries <= 0 {
		retry.Tries = 3
	}
	if retry.Most <= 0 {
		retry.Most = 20 * time.Second
	}
	if retry.Wait == nil {
		retry.Wait = wait
	}
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		delay := time.Second
		for try := 1; ; try++ {
			answer, err := next.Ask(ctx, r)
			problem, ok := llm.ProblemOf(err)
			if !ok || !problem.Passing() || problem.Kind == llm.Timeout || try >= retry.Tries || problem.RetryAfter > retry.Most {
				return answer, err
			}
			if ended := retry.Wait(ctx, min(max(delay, problem.RetryAfter), retry.Most)); ended != nil {
				return llm.Answer{}, ended
			}
			delay *= 2
			r.Again = r.Again || problem.Costs()
		}
	})
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for the model: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}

// How many failures open the circuit, and how long it stays open at first and at most.
const (
	failuresAllowed = 5
	openFirst       = time.Minute
	openMost        = 16 * time.Minute
)

// Breaker is a circuit breaker: after five failures in a row an endpoint is not asked for a minute. Then one question
// may try, and each failed try doubles the time. Only failures of the endpoint count; a refusal or a cut answer is an
// answer. It is safe for use by several goroutines.
type Breaker struct {
	now func() time.Time

	mu       sync.Mutex
	circuits map[string]*circuit
}

// circuit is the state of the breaker for one model.
type circuit struct {
	failures int
	until    time.Time
	open     time.Duration
	trying   bool
}

// NewBreaker makes a breaker whose circuits are closed.
func NewBreaker(now func() time.Time) *Breaker {
	return &Breaker{now: now, circuits: map[string]*circuit{}}
}

// Guard puts the breaker before a model. Models of the same name share a circuit.
func (b *Breaker) Guard(name string, next Model) Model {
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		if p := b.enter(name); p != nil {
			return llm.Answer{}, p
		}
		answer, err := next.Ask(ctx, r)
		b.leave(name, err)
		return answer, err
	})
}

func (b *Breaker) enter(name string) *llm.Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.circuits[name]
	if l == nil {
		l = &circuit{}
		b.circuits[name] = l
	}
	if l.open == 0 {
		return nil
	}
	if left := l.until.Sub(b.now()); left > 0 || l.trying {
		return &llm.Problem{Kind: llm.Unreachable, RetryAfter: max(left, openFirst/4),
			Detail: fmt.Sprintf("it failed %d times in a row and is left alone until %s", l.failures, l.until.UTC().Format("15:04 UTC"))}
	}
	l.trying = true
	return nil
}

func (b *Breaker) leave(name string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.circuits[name]
	l.trying = false
	p, ok := llm.ProblemOf(err)
	switch {
	case err == nil, ok && !p.Passing() && p.Kind != llm.Budget && p.Kind != llm.Unauthorised:
		*l = circuit{}
	case ok && p.Kind != llm.Budget:
		if l.failures++; l.failures >= failuresAllowed {
			l.open = min(max(2*l.open, openFirst), openMost)
			l.until = b.now().Add(max(l.open, min(p.RetryAfter, openMost)))
		}
	}
}
