// Package advicejobs runs advice as background jobs after the check is published: request, prepare, ask the model,
// post. A model that is dead, slow, over its budget or wrong delays and breaks nothing but advice.
//
// Callers may rely on: the type Asker, which asks the model, has no field that reaches a forge; its material
// is redacted and is erased after the answer; advice is posted only on the head for which it was made; nothing here
// can publish a check; each constructor names what is missing.
package advicejobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// consults are the stored requests for advice and their states.
type consults interface {
	Consult(ctx context.Context, id int64) (consult.Consult, error)
	PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error
	EndConsult(ctx context.Context, id int64, state consult.State, reason string) error
}

// Common is what the jobs share. Every field is required.
type Common struct {
	Consults consults
	// Outcome is called when a consult ended or was postponed, for metrics: "posted", "nothing to say", "skipped",
	// "failed", "stale", "put off".
	Outcome func(c consult.Consult, outcome string)
	Now     func() time.Time
}

// part is one need of a job.
type part struct {
	name  string
	given bool
}

// check names the first part that is missing.
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

// material is what one process prepares and another asks the model about. It is redacted.
type material struct {
	Input advise.Input    `json:"input"`
	Set   settings.Advise `json:"settings"`
	Asked bool            `json:"asked"`
}

// due reads a consult for a job. It returns false when there is nothing to do, or nothing yet: again is how long to wait.
func (j Common) due(ctx context.Context, id int64, state consult.State) (c consult.Consult, again time.Duration, ok bool, err error) {
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

func (j Common) end(ctx context.Context, c consult.Consult, state consult.State, reason string) (time.Duration, error) {
	j.Outcome(c, string(state))
	return 0, j.Consults.EndConsult(ctx, c.ID, state, reason)
}

// retry postpones a job. failed counts it as tried.
func (j Common) retry(ctx context.Context, c consult.Consult, wait time.Duration, reason string, failed bool) (time.Duration, error) {
	j.Outcome(c, "put off")
	wait = max(wait, time.Second)
	return wait, j.Consults.PutOff(ctx, c.ID, j.Now().Add(wait), reason, failed)
}

// tries is how often a failing job is tried. backoff is the wait after the n-th failure: half a minute, two minutes,
// eight.
const tries = 4

func backoff(attempts int) time.Duration { return 30 * time.Second << (2 * min(attempts, 2)) }
