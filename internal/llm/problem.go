package llm

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what went wrong with a question.
type Kind string

// The kinds of problems.
const (
	// Limited: the endpoint has no room now (429); RetryAfter says when.
	Limited Kind = "limited"
	// Timeout: no whole answer in time.
	Timeout Kind = "timeout"
	// Length: the limit of tokens was reached before the answer began.
	Length Kind = "length"
	// Refusal: the model refused.
	Refusal Kind = "refusal"
	// Filtered: the endpoint's filter took the question or the answer away.
	Filtered Kind = "filtered"
	// Empty: an answer without a choice or without text.
	Empty Kind = "empty"
	// Broken: an answer that is not what was asked for, or larger than its limit.
	Broken Kind = "broken"
	// Server: the endpoint failed (5xx).
	Server Kind = "server"
	// Unreachable: no connection.
	Unreachable Kind = "unreachable"
	// Unauthorised: the key is missing, wrong, or may not use the model.
	Unauthorised Kind = "unauthorised"
	// Budget: a cap of ours; Detail says which, Resets when it ends. Nothing was sent.
	Budget Kind = "budget"
	// TooLarge: the prompt does not fit the model.
	TooLarge Kind = "too_large"
	// Unusable: the endpoint answers, but not to questions like this (400, 404: no such model, a parameter it does not know).
	Unusable Kind = "unusable"
)

// Problem is a question that got no answer that can be used.
type Problem struct {
	Kind Kind
	// Detail says in our own words what happened, for operators and reviewers: no text of the prompt, no key, no address.
	Detail string
	// RetryAfter is when the endpoint asks to be asked again; 0 when it does not say.
	RetryAfter time.Duration
	// Resets is when a cap ends, for Budget.
	Resets time.Time
	// Usage is what was spent all the same.
	Usage        Usage
	MicroDollars *int64
	// Learned is true when the next question will be asked in another way because of this one, such as with more room.
	Learned bool
	Err     error
}

func (p *Problem) Error() string {
	if p.Detail == "" {
		return "ask the model: " + string(p.Kind)
	}
	return fmt.Sprintf("ask the model: %s: %s", p.Kind, p.Detail)
}

func (p *Problem) Unwrap() error { return p.Err }

// Passing reports whether the same question may get an answer later without anybody acting.
func (p *Problem) Passing() bool {
	switch p.Kind {
	case Limited, Timeout, Server, Unreachable, Empty:
		return true
	}
	return false
}

// Costs reports whether the call was one that endpoints bill, and our ledger counts.
func (p *Problem) Costs() bool {
	switch p.Kind {
	case Timeout, Length, Refusal, Empty, Broken:
		return true
	}
	return p.Usage != (Usage{})
}

// ProblemOf finds the Problem in an error.
func ProblemOf(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}
