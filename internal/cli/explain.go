package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type explainCommand struct {
	Rule string `arg:"" help:"A rule as reports name it, such as commits/header, or a family."`
}

// Help is shown below the flags' summary.
func (explainCommand) Help() string {
	return `Prints what the rule's page says, of the rules that are built into this program.

Examples:

    lintel explain commits/header
    lintel explain size`
}

func (c explainCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return app.Explain(ctx, c.Rule, t)
}
