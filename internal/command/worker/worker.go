// Package worker is lintel worker: it asks a language model in a process that holds no key of a forge.
package worker

import (
	"context"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/worker"
)

// Command is "lintel worker".
type Command struct {
	Queue       string `required:"" enum:"advise" placeholder:"advise" help:"What to work on: advise, the questions to a language model."`
	Config      string `placeholder:"FILE" help:"The worker's file (YAML): database and model, and no section github. Every key can also be set by an environment variable; see docs/server.md."`
	AdminListen string `placeholder:"ADDR" help:"Address and port of metrics."`
	Database    string `placeholder:"URL" help:"The server's database: sqlite://PATH or postgres://USER@HOST/NAME."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Asks the model about what lintel serve prepared on the same database, and lays the answers down there. It
never talks to a forge, and does not start when its file or its environment holds a forge's key. The server needs
advice.run: worker.

docs/advice.md says what that keeps apart and what it does not. SIGTERM drains: a question that runs ends, the others
are kept.

Exit status: 0 after a drain, 2 when it could not start or had to stop.

Examples:

    lintel worker --queue advise --config /etc/lintel-worker/worker.yml`
}

// Run asks the model until the context ends.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	overrides := map[string]string{}
	for key, value := range map[string]string{"admin_listen": c.AdminListen, "database": c.Database} {
		if value != "" {
			overrides[key] = value
		}
	}
	cfg, err := config.LoadWorker(c.Config, t.Env, overrides)
	if err != nil {
		return err
	}
	return worker.Run(ctx, cfg, t.Err)
}
