package cli

import (
	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type versionCommand struct {
	Format string `enum:"text,json" default:"text" help:"How to print: ${enum}."`
}

// Help is shown below the flags' summary.
func (versionCommand) Help() string {
	return `The digest of the policies is the one that verdicts carry.

Examples:

    lintel version
    lintel version --format json`
}

func (c versionCommand) Run(t terminal.Terminal) error {
	return app.PrintVersion(c.Format == "json", t)
}
