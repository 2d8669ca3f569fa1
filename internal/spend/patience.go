package spend

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/llm"
)

// Patience is how often a failed question is asked again, and how long is waited.
type Patience struct {
	// Tries is the most questions, the first among them; 0 is 3.
	Tries int
	// Most is the longest wait; an endpoint that asks for more is not asked again now. 0 is 20 seconds.
	Most time.Duration
	// Wait waits; nil uses a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Again asks again after failures that pass: as long after as the endpoint asks for, else after 1, 2, 4 seconds.
func Again(next Model, p Patience) Model {
	if p.Tries <= 0 {
		p.Tries = 3
	}
	if p.Most <= 0 {
		p.Most = 20 * time.Second
	}
	if p.Wait == nil {
		p.Wait = wait
	}
	return asks(func(ctx context.Context, r llm.Request) (llm.Answer, error) {
		delay := time.Second
		for try := 1; ; try++ {
			answer, err := next.Ask(ctx, r)
			problem, ok := llm.ProblemOf(err)
			if !ok || !problem.Passing() || try >= p.Tries || problem.RetryAfter > p.Most {
				return answer, err
			}
			if ended := p.Wait(ctx, min(max(delay, problem.RetryAfter), p.Most)); ended != nil {
				return llm.Answer{}, ended
			}
			delay *= 2
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

// What the breaker lets pass before it opens, and how long it stays open at first and at most.
const (
	failuresAllowed = 5
	openFirst       = time.Minute
	openMost        = 16 * time.Minute
)

// Breaker leaves an endpoint alone that failed five times in a row: for a minute, then one question may try, and each
// failed try doubles the time. Failures are those of the endpoint; a refusal or a cut answer is an answer. It is safe
// for use by several goroutines.
type Breaker struct {
	now func() time.Time

	mu    sync.Mutex
	lines map[string]*line
}

// line is the state for one model.
type line struct {
	failures int
	until    time.Time
	open     time.Duration
	trying   bool
}

// NewBreaker makes a closed one.
func NewBreaker(now func() time.Time) *Breaker { return &Breaker{now: now, lines: map[string]*line{}} }

// Guard puts the breaker before a model of a name.
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
	l := b.lines[name]
	if l == nil {
		l = &line{}
		b.lines[name] = l
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
	l := b.lines[name]
	l.trying = false
	p, ok := llm.ProblemOf(err)
	switch {
	case err == nil, ok && !p.Passing() && p.Kind != llm.Budget && p.Kind != llm.Unauthorised:
		*l = line{}
	case ok && p.Kind != llm.Budget:
		if l.failures++; l.failures >= failuresAllowed {
			l.open = min(max(2*l.open, openFirst), openMost)
			l.until = b.now().Add(max(l.open, min(p.RetryAfter, openMost)))
		}
	}
}
