// Package advicejobs carries advice from a verdict to the comment, in steps of their own after the gate: a wish, what is prepared for the model, the question,
// the posting. A model that is dead, slow, over its budget or lying delays and breaks nothing but advice.
//
// Callers may rely on: the type Asker, which works with a model, has no field that reaches a forge; what it is given was redacted and is erased when it has
// answered; nothing is posted on a head that it was not made for; nothing here can intend a check.
package advicejobs

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/settings"
)

// Wishes is where consults are asked for.
type Wishes interface {
	Want(ctx context.Context, c history.Consult, delay, longest time.Duration, accept func(past []history.Consult) bool) (int64, error)
}

// Consults are the consults on record.
type Consults interface {
	Consult(ctx context.Context, id int64) (history.Consult, error)
	PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error
	EndConsult(ctx context.Context, id int64, state history.ConsultState, reason string) error
}

// Outcome is told when a consult ended or was put off, for metrics: "posted", "nothing to say", "skipped", "failed", "stale", "put off".
type Outcome func(c history.Consult, outcome string)

// Material is what one process prepares and another works on. It is redacted.
type Material struct {
	Input advise.Input    `json:"input"`
	Set   settings.Advise `json:"settings"`
	Asked bool            `json:"asked"`
}

// steps is what all steps share.
type steps struct {
	consults Consults
	outcome  Outcome
	now      func() time.Time
}

// due reads a consult for a step. It is false when there is nothing to do, or not yet: then again is how long.
func (s steps) due(ctx context.Context, id int64, state history.ConsultState) (c history.Consult, again time.Duration, ok bool, err error) {
	c, err = s.consults.Consult(ctx, id)
	if err != nil {
		if errors.Is(err, change.ErrNotFound) {
			err = nil
		}
		return c, 0, false, err
	}
	if c.State != state {
		return c, 0, false, nil
	}
	if wait := c.DueAt.Sub(s.now()); wait > 0 {
		return c, wait, false, nil
	}
	return c, 0, true, nil
}

func (s steps) end(ctx context.Context, c history.Consult, state history.ConsultState, reason string) (time.Duration, error) {
	s.tell(c, string(state))
	return 0, s.consults.EndConsult(ctx, c.ID, state, reason)
}

// later puts a step off. failed counts it as tried.
func (s steps) later(ctx context.Context, c history.Consult, wait time.Duration, reason string, failed bool) (time.Duration, error) {
	s.tell(c, "put off")
	wait = max(wait, time.Second)
	return wait, s.consults.PutOff(ctx, c.ID, s.now().Add(wait), reason, failed)
}

func (s steps) tell(c history.Consult, outcome string) {
	if s.outcome != nil {
		s.outcome(c, outcome)
	}
}

// tries is how often a step that fails is tried, pause how long it waits after the n-th failure: half a minute, two minutes, eight.
const tries = 4

func pause(attempts int) time.Duration { return 30 * time.Second << (2 * min(attempts, 2)) }

// Judge says what the rules find about a snapshot, and what the settings at its base want of advice.
type Judge func(ctx context.Context, snap *change.Snapshot) ([]finding.Finding, settings.Advise, error)
