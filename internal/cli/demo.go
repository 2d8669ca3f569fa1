package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/demo"
)

type demoCommand struct {
	Once bool `help:"End after the story, with status 0 if all went as told."`
}

// Help is shown below the flags' summary.
func (demoCommand) Help() string {
	return `Starts the real server on SQLite and, beside it, a GitHub for your laptop with a small repository. Developers push with git and open pull requests; the forge sends signed webhooks; Lintel reviews. The terminal tells the story as it happens, then the pages stay up until Ctrl-C.

It needs git, no account and no network. Everything lives in a temporary folder that is removed at the end, and listens on this machine alone.

Examples:

    lintel demo
    lintel demo --once`
}

func (c demoCommand) Run(ctx context.Context, t app.Terminal) error {
	return demo.Run(ctx, demo.Options{Once: c.Once, Out: t.Out, Colour: t.Colour})
}
