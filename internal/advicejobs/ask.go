package advicejobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/settings"
)

// Desk is where the material lies and the answer goes.
type Desk interface {
	ConsultInput(ctx context.Context, id int64) ([]byte, error)
	Answered(ctx context.Context, id int64, result []byte) (bool, error)
}

// Asker has a model asked about prepared material. It has the record and the model, and nothing that reaches a forge: it can run in a process without the
// forge's credentials.
type Asker struct {
	Consults Consults
	Desk     Desk
	// Model is the one that the head of a change may ask under the settings' caps, Measure sets what is known of its size.
	Model    func(c history.Consult, set settings.Advise) advise.Model
	Measure  func(ctx context.Context, o *advise.Options) error
	Redactor func() advise.Redactor
	Outcome  Outcome
	// Looked is told of every look that got an answer of any use or none (nil: nobody).
	Looked func(a advice.Advice, took time.Duration)
	Now    func() time.Time
	// Tries is how often a model is asked that may answer later (0: four times, over some ten minutes).
	Tries int
}

// Step asks about one consult. A model that may answer later is asked later; one that will not makes advice that says what was not read.
func (k *Asker) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	s := steps{k.Consults, k.Outcome, k.Now}
	c, again, ok, err := s.due(ctx, id, history.ConsultPrepared)
	if !ok || err != nil {
		return again, err
	}
	body, err := k.Desk.ConsultInput(ctx, id)
	if err != nil {
		if errors.Is(err, change.ErrNotFound) {
			return 0, nil // a newer head came between the two readings
		}
		return 0, err
	}
	var m Material
	if err := json.Unmarshal(body, &m); err != nil || m.Input.Version != advise.InputVersion {
		return s.end(ctx, c, history.ConsultFailed, "it was prepared by another version of Lintel")
	}
	if err := k.Measure(ctx, &m.Input.Options); err != nil {
		return 0, err
	}
	last := cmp.Or(k.Tries, tries)
	a, took, err := k.look(ctx, c, m)
	switch {
	case errors.Is(err, errStale):
		return 0, nil
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		// Not ctx: it has ended.
		ctx = context.WithoutCancel(ctx)
		if c.Attempts+1 >= last {
			return s.end(ctx, c, history.ConsultFailed, "the model did not answer in time")
		}
		return s.later(ctx, c, pause(c.Attempts), "the model did not answer in time", true)
	case err != nil:
		return 0, err
	}
	if wait, why, ok := passing(a); ok && c.Attempts+1 < last {
		return s.later(ctx, c, max(wait, pause(c.Attempts)), why, true)
	}
	if k.Looked != nil {
		k.Looked(a, took)
	}
	body, err = json.Marshal(advice.Result{Advice: a, Known: advise.Remember(m.Input.Known, a), Comments: m.Set.Comments, Took: took.Milliseconds()})
	if err != nil {
		return 0, fmt.Errorf("write advice of consult %d: %w", id, err)
	}
	_, err = k.Desk.Answered(ctx, id, body)
	return 0, err
}

// errStale ends a look whose consult is not wanted any more.
var errStale = errors.New("a newer head is wanted")

// look has the model asked, and stops between two questions when the consult became stale: the newest head wins.
func (k *Asker) look(ctx context.Context, c history.Consult, m Material) (advice.Advice, time.Duration, error) {
	fences := make([]byte, 32)
	if _, err := rand.Read(fences); err != nil {
		return advice.Advice{}, 0, fmt.Errorf("make fences: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	account := c
	account.Asked = m.Asked
	model := fresh{k.Model(account, m.Set), func(ctx context.Context) error {
		now, err := k.Consults.Consult(ctx, c.ID)
		if err == nil && now.State != history.ConsultPrepared {
			err = errStale
		}
		if err != nil {
			cancel(err)
		}
		return err
	}}
	start := k.Now()
	a, err := advise.Advise(ctx, m.Input, advise.Tools{Model: model, Redactor: k.Redactor(), Fences: fences})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return a, k.Now().Sub(start), err
}

// fresh is a model that is asked only while the answer is wanted.
type fresh struct {
	advise.Model
	wanted func(context.Context) error
}

func (f fresh) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	if err := f.wanted(ctx); err != nil {
		return llm.Answer{}, err
	}
	return f.Model.Ask(ctx, r)
}

// passing reports whether another try is worth it: something failed that passes by itself. The questions that were answered are not asked again: their
// answers are kept.
func passing(a advice.Advice) (wait time.Duration, why string, ok bool) {
	for _, p := range a.Problems {
		if p.Passing {
			return time.Duration(p.RetryAfter) * time.Second, advise.Words(p), true
		}
	}
	return 0, "", false
}
