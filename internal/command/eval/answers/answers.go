// Package answers is where the answers of an eval come from: the script of each case, a model, or a recording of one.
package answers

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/eval/cases"
	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/openai"
	"github.com/lintel-review/lintel/internal/spend"
	"github.com/lintel-review/lintel/internal/usage"
)

// Source gives a model for each push of a case.
type Source struct {
	Model func(c *cases.Case, push int) advise.Model
	// Asker is the one model of all cases; nil when each case has its script.
	Asker advise.Model
	// Window and MaxOutput are the model's; 0 when each case has its script.
	Window, MaxOutput int

	tape *openai.Tape
	// known is the one model of all cases.
	known openai.Model
}

// Cost is the price of so many tokens in micro-dollars; nil when nobody knows it.
func (s Source) Cost(in, out int) *int64 { return s.known.Cost(in, out) }

// Open opens the source of a mode: scripted, replay, record or live. Recordings is the folder of recorded answers.
func Open(mode, recordings string, c config.Model) (Source, error) {
	var s Source
	var err error
	switch mode {
	case "scripted":
		s.Model = func(c *cases.Case, push int) advise.Model { return Scripted(c, push, nil) }
		return s, nil
	case "replay":
		s.tape = openai.Replay(recordings)
	case "record":
		if c.Endpoint == "" {
			return s, &usage.Error{What: "--mode record needs a model", Remedy: "name one with --model-endpoint and --model-name"}
		}
		if s.tape, err = openai.Record(recordings, nil); err != nil {
			return s, err
		}
	case "live":
	default:
		return s, fmt.Errorf("%q is no mode: take scripted, replay, record or live", mode)
	}
	var doer openai.Doer
	if s.tape != nil {
		doer = s.tape
	}
	m, err := open(mode, c, doer)
	if err != nil {
		return s, err
	}
	known := m.Lookup(c.Name)
	s.known = known
	s.Window, s.MaxOutput = known.Window, known.MaxOutput
	s.Asker = spend.WithRetry(m.Direct(known), spend.Retry{})
	s.Model = func(*cases.Case, int) advise.Model { return s.Asker }
	return s, nil
}

// Judge opens a model that says which comments are about which defect.
func Judge(c config.Model) (advise.Model, error) {
	m, err := model.Open(c, model.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	return spend.WithRetry(m.Direct(m.Lookup(c.Name)), spend.Retry{}), nil
}

// Complete is an error when a question was not recorded.
func (s Source) Complete() error {
	if s.tape == nil {
		return nil
	}
	if misses := s.tape.Misses(); len(misses) > 0 {
		return fmt.Errorf("%d questions of this suite were not recorded (the first is %.12s): a prompt, a schema, a case or "+
			"the model changed; run lintel eval --mode record with the model at hand", len(misses), misses[0])
	}
	return nil
}

// open opens a model. A replay needs no endpoint and no key, but the model's name, which is part of each question.
func open(mode string, c config.Model, doer openai.Doer) (*model.Model, error) {
	if mode == "replay" && c.Endpoint == "" {
		c.Endpoint, c.KeyFile = "http://127.0.0.1:9/v1", ""
	}
	if c.Name == "" {
		return nil, &usage.Error{What: "no model is named", Remedy: "name it with --model-name"}
	}
	return model.Open(c, model.Options{Doer: doer, Now: time.Now})
}

// Scripted plays the case's own answers through the real adapter, with a wrapper around the connection for recordings.
func Scripted(c *cases.Case, push int, wrap func(openai.Doer) openai.Doer) advise.Model {
	script := fakemodel.Script{Model: "eval"}
	for i, form := range cases.Forms() {
		turn := fakemodel.Turn{Schema: form, Say: func(q fakemodel.Question) string { return c.Speak(push, form, q.User) }}
		if c.Answers.Fault != "" && (i == 0 || c.Answers.FaultAll) {
			spoiled := turn
			spoiled.Fault = fakemodel.Fault(c.Answers.Fault)
			if !c.Answers.FaultAll {
				spoiled.Times = 1
			}
			script.Turns = append(script.Turns, spoiled)
		}
		script.Turns = append(script.Turns, turn)
	}
	fake := fakemodel.New(script)
	var doer openai.Doer = fake
	if wrap != nil {
		doer = wrap(fake)
	}
	endpoint, err := openai.New(openai.Config{Address: "http://127.0.0.1:9/v1", Output: openai.Schema, Doer: doer})
	if err != nil {
		panic("answers: the scripted model's address is good: " + err.Error())
	}
	return endpoint.Model(openai.Lookup(fake.Model(), nil))
}

// Counted is a model that tells how many tokens each answer may have at most.
func Counted(m advise.Model, tell func(most int)) advise.Model { return counted{m, tell} }

type counted struct {
	next advise.Model
	tell func(most int)
}

func (c counted) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	c.tell(r.MaxOutput)
	return c.next.Ask(ctx, r)
}
