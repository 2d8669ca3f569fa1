package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/terminal"
)

type serveCommand struct {
	config.Flags
}

// Help is shown below the flags' summary.
func (serveCommand) Help() string {
	return `Takes webhooks of a GitHub App, judges pull requests and publishes the check "lintel". The file is checked whole before anything starts. SIGTERM drains: running work ends, waiting work is kept for the next start.

docs/operations.md says how to make the App and how to run the server.

Exit status: 0 after a drain, 2 when it could not start or had to stop.

Examples:

    lintel serve --config /etc/lintel/server.yml
    LINTEL_GATE=warn lintel serve --config server.yml`
}

func (c serveCommand) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(config.LoadServe, t.Env)
	if err != nil {
		return err
	}
	return server.Serve(ctx, cfg, t.Err)
}
