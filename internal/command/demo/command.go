package demo

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel demo".
type Command struct {
	Forge     string `enum:"github,gitlab" default:"github" placeholder:"github|gitlab" help:"The forge that the story plays on: ${enum}."`
	Once      bool   `help:"End after the story, with status 0 if all went as told."`
	History   bool   `help:"Begin with a year of a made-up team, for the pages of figures."`
	Model     string `placeholder:"URL" help:"A real OpenAI-compatible model for the advice. Its key, if it wants one, is read from LINTEL_DEMO_MODEL_KEY."`
	ModelName string `placeholder:"NAME" help:"The model, by the endpoint's name for it."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Starts the real server on SQLite and, beside it, a GitHub or a GitLab for your laptop with a small repository.
Developers push with git and open pull requests or merge requests; the forge sends webhooks; Lintel reviews. The
terminal tells the story as it happens, then the pages stay up until Ctrl-C.

The advice in it is scripted, and says so, unless you name a model. With --history the record begins with a year of
an invented team, so that the pages of figures show something at once.

It needs git, no account and no network. Everything lives in a temporary folder that is removed at the end, and listens
on this machine alone.

Examples:

    lintel demo
    lintel demo --once
    lintel demo --forge gitlab
    lintel demo --history
    lintel demo --model http://127.0.0.1:11434/v1 --model-name qwen2.5-coder:14b`
}

// Run tells the story.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	if (c.Model == "") != (c.ModelName == "") {
		return errors.New("a model needs both its address and its name\nto fix it: give --model and --model-name, or neither")
	}
	return Run(ctx, Options{
		Forge:     change.Forge(c.Forge),
		Once:      c.Once,
		History:   c.History,
		Model:     c.Model,
		ModelName: c.ModelName,
		ModelKey:  t.Getenv("LINTEL_DEMO_MODEL_KEY"),
		Out:       t.Out,
		Colour:    t.Colour,
	})
}
