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
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/settings"
)

// AskStore has the prepared material and stores the answer.
type AskStore interface {
	ConsultInput(ctx context.Context, id int64) ([]byte, error)
	Answered(ctx context.Context, id int64, result []byte) (bool, error)
}

// AskOptions are what an Asker needs. Every field but Looked and Tries is required.
type AskOptions struct {
	Common
	Store AskStore
	// Model is the model for one head of a change, under the settings' caps. Measure sets its known limits.
	Model    func(c consult.Consult, set settings.Advise) advise.Model
	Measure  func(ctx context.Context, o *advise.Options) error
	Redactor func() advise.Redactor
	// Looked is called after every look with an answer, useful or not (nil: nothing is).
	Looked func(a advice.Advice, took time.Duration)
	// Tries is how often the model is asked while its failures may pass (0: four times, over some ten minutes).
	Tries int
}

// Asker asks the model about prepared material. It has the record and the model, and nothing that reaches a forge: it can
// run in a process without the forge's credentials.
type Asker struct{ o AskOptions }

// NewAsker checks that nothing is missing.
func NewAsker(o AskOptions) (*Asker, error) {
	o.Tries = cmp.Or(o.Tries, tries)
	return &Asker{o}, o.check("asker",
		part{"Store", o.Store != nil},
		part{"Model", o.Model != nil},
		part{"Measure", o.Measure != nil},
		part{"Redactor", o.Redactor != nil},
	)
}

// Step asks the model about one consult. It retries failures that may pass; after any other the advice says what was not
// read.
func (k *Asker) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	c, again, ok, err := k.o.due(ctx, id, consult.Prepared)
	if !ok || err != nil {
		return again, err
	}
	body, err := k.o.Store.ConsultInput(ctx, id)
	if err != nil {
		if errors.Is(err, change.ErrNotFound) {
			return 0, nil // a newer head came between the two reads
		}
		return 0, err
	}
	var m material
	if err := json.Unmarshal(body, &m); err != nil || m.Input.Version != advise.InputVersion {
		return k.o.end(ctx, c, consult.Failed, "it was prepared by another version of Lintel")
	}
	if err := k.o.Measure(ctx, &m.Input.Options); err != nil {
		return 0, err
	}
	a, took, err := k.look(ctx, c, m)
	switch {
	case errors.Is(err, errStale):
		return 0, nil
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		// ctx has ended.
		ctx = context.WithoutCancel(ctx)
		if c.Attempts+1 >= k.o.Tries {
			return k.o.end(ctx, c, consult.Failed, "the model did not answer in time")
		}
		return k.o.retry(ctx, c, backoff(c.Attempts), "the model did not answer in time", true)
	case err != nil:
		return 0, err
	}
	if wait, why, ok := passing(a); ok && c.Attempts+1 < k.o.Tries {
		return k.o.retry(ctx, c, max(wait, backoff(c.Attempts)), why, true)
	}
	if k.o.Looked != nil {
		k.o.Looked(a, took)
	}
	body, err = json.Marshal(
		advice.Result{Advice: a, Known: advise.Remember(m.Input.Known, a), Comments: m.Set.Comments, Took: took.Milliseconds()})
	if err != nil {
		return 0, fmt.Errorf("write advice of consult %d: %w", id, err)
	}
	_, err = k.o.Store.Answered(ctx, id, body)
	return 0, err
}

// errStale ends a look whose consult is no longer wanted.
var errStale = errors.New("a newer head is wanted")

// look asks the model, and stops between two questions when the consult became stale: the newest head wins.
func (k *Asker) look(ctx context.Context, c consult.Consult, m material) (advice.Advice, time.Duration, error) {
	fences := make([]byte, 32)
	if _, err := rand.Read(fences); err != nil {
		return advice.Advice{}, 0, fmt.Errorf("make fences: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	account := c
	account.Asked = m.Asked
	model := fresh{k.o.Model(account, m.Set), func(ctx context.Context) error {
		now, err := k.o.Consults.Consult(ctx, c.ID)
		if err == nil && now.State != consult.Prepared {
			err = errStale
		}
		if err != nil {
			cancel(err)
		}
		return err
	}}
	start := k.o.Now()
	a, err := advise.Advise(ctx, m.Input, advise.Tools{Model: model, Redactor: k.o.Redactor(), Fences: fences})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return a, k.o.Now().Sub(start), err
}

// fresh asks its model only while the answer is still wanted.
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

// passing reports whether a retry is worth it, because a failure may pass without anybody's help. A retry does not
// repeat answered questions: their answers are cached.
func passing(a advice.Advice) (wait time.Duration, why string, ok bool) {
	for _, p := range a.Problems {
		if p.Passing {
			return time.Duration(p.RetryAfter) * time.Second, advise.Words(p), true
		}
	}
	return 0, "", false
}
