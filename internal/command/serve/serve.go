// Package serve is lintel serve: the server of a GitHub App.
package serve

import (
	"context"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel serve".
type Command struct {
	config.Flags
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Takes webhooks of a GitHub App, judges pull requests and publishes the check "lintel". The file is checked
whole before anything starts. SIGTERM drains: running work ends, waiting work is kept for the next start.

docs/operations.md says how to make the App and how to run the server.

Exit status: 0 after a drain, 2 when it could not start or had to stop.

Examples:

    lintel serve --config /etc/lintel/server.yml
    LINTEL_GATE=warn lintel serve --config server.yml`
}

// Run serves until the context ends.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(config.LoadServe, t.Env)
	if err != nil {
		return err
	}
	return server.Serve(ctx, cfg, t.Err)
}
