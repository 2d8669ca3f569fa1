// Package weigh measures what advice on the current branch would take. It asks no model and sends nothing.
package weigh

import (
	"context"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/settings"
)

// Weight measures a review without a model: it counts what would be asked, and finds nothing.
type Weight struct{ Tokens, Calls int }

// Ask counts a question and answers that nothing was found.
func (w *Weight) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	w.Tokens += r.EstimateIn
	w.Calls++
	text := `{"findings":[]}`
	if r.Purpose == llm.Sum {
		text = `{"bullets":[],"risks":[],"order":[],"tests":[]}`
	}
	return llm.Answer{Text: text, Finish: llm.Stop}, nil
}

// Branch prepares the review of the current branch of a repository, for a model with a window of so many tokens. The
// text says why there is none.
func Branch(ctx context.Context, repo, base string, window int) (Weight, string) {
	var w Weight
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return w, "the policies cannot be read"
	}
	known := engine.Configurable()
	reading, err := local.Read(ctx, local.Options{Dir: repo, Base: base, Valid: review.ValidSettings(engine)})
	if err != nil {
		return w, "there is no branch here that could be weighed"
	}
	set := settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, known).Settings.Advise
	set.Enabled = true
	in, err := prepare.Input(reading.Snapshot, nil, set)
	if err != nil {
		return w, "advise.never_send cannot be read"
	}
	in.Options.Window = window
	detector := &redact.Detector{}
	_, err = advise.Advise(ctx, in,
		advise.Tools{Model: &w, Redactor: detector.Session(), Fences: []byte("nothing of this is sent anywhere")})
	if err != nil {
		return w, "the branch could not be weighed"
	}
	if w.Calls == 0 {
		return w, "the current branch has nothing that a model would read"
	}
	return w, ""
}
