// Package advicejobs runs advice as background jobs after the check is published: request, prepare, ask the model,
// post. A model that is dead, slow, over its budget or lying delays and breaks nothing but advice.
//
// Callers may rely on: the type Asker, which works with a model, has no field that reaches a forge; what it is given
// was redacted and is erased when it has answered; nothing is posted on a head that it was not made for; nothing here
// can intend a check; a part is only made whole: its constructor names what is missing.
package advicejobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// consults are the requests for advice on record, and how far each is.
type consults interface {
	Consult(ctx context.Context, id int64) (advice.Consult, error)
	PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error
	EndConsult(ctx context.Context, id int64, state advice.ConsultState, reason string) error
}

// Common is what the jobs share. Every field is required.
type Common struct {
	Consults consults
	// Outcome is called when a consult ended or was put off, for metrics: "posted", "nothing to say", "skipped",
	// "failed", "stale", "put off".
	Outcome func(c advice.Consult, outcome string)
	Now     func() time.Time
}

// part is something that a job needs.
type part struct {
	name  string
	given bool
}

// check names the first part that was not given.
func check(job string, parts ...part) error {
	for _, p := range parts {
		if !p.given {
			return fmt.Errorf("make the %s of advice: it has no %s", job, p.name)
		}
	}
	return nil
}

func (j Common) check(job string, parts ...part) error {
	own := []part{{"Consults", j.Consults != nil}, {"Outcome", j.Outcome != nil}, {"Now", j.Now != nil}}
	return check(job, append(own, parts...)...)
}

// material is what one process prepares and another works on. It is redacted.
type material struct {
	Input advise.Input    `json:"input"`
	Set   settings.Advise `json:"settings"`
	Asked bool            `json:"asked"`
}

// due reads a consult for a job. It is false when there is nothing to do, or not yet: then again is how long.
func (j Common) due(ctx context.Context, id int64, state advice.ConsultState) (c advice.Consult, again time.Duration, ok bool, err error) {
	c, err = j.Consults.Consult(ctx, id)
	if err != nil {
		if errors.Is(err, change.ErrNotFound) {
			err = nil
		}
		return c, 0, false, err
	}
	if c.State != state {
		return c, 0, false, nil
	}
	if wait := c.DueAt.Sub(j.Now()); wait > 0 {
		return c, wait, false, nil
	}
	return c, 0, true, nil
}

func (j Common) end(ctx context.Context, c advice.Consult, state advice.ConsultState, reason string) (time.Duration, error) {
	j.Outcome(c, string(state))
	return 0, j.Consults.EndConsult(ctx, c.ID, state, reason)
}

// retry puts a job off. failed counts it as tried.
func (j Common) retry(ctx context.Context, c advice.Consult, wait time.Duration, reason string, failed bool) (time.Duration, error) {
	j.Outcome(c, "put off")
	wait = max(wait, time.Second)
	return wait, j.Consults.PutOff(ctx, c.ID, j.Now().Add(wait), reason, failed)
}

// tries is how often a job that fails is tried, backoff how long it waits after the n-th failure: half a minute, two minutes, eight.
const tries = 4

func backoff(attempts int) time.Duration { return 30 * time.Second << (2 * min(attempts, 2)) }
