// Package worker is lintel worker: it asks a language model, or runs checks, in a process that holds no key of a forge.
package worker

import (
	"context"

	"github.com/lintel-review/lintel/internal/checkworker"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/worker"
)

// Command is "lintel worker".
type Command struct {
	Queue       string `required:"" enum:"advise,checks" placeholder:"NAME" help:"Work on advise (questions to a model) or checks."`
	Config      string `placeholder:"FILE" help:"The worker's file (YAML), without a section github (docs/server.md)."`
	AdminListen string `placeholder:"ADDR" help:"Address and port of metrics."`
	Database    string `placeholder:"URL" help:"The server's database: sqlite://PATH or postgres://USER@HOST/NAME."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Works on what lintel serve prepared on the same database, and lays the results down there. It never talks to a
forge, and does not start when its file or its environment holds a forge's key. SIGTERM drains: what runs ends, the
rest is kept.

--queue advise asks the language model. The server needs advice.run: worker; docs/advice.md says what that keeps apart
and what it does not.

--queue checks runs the checks that repositories name, in a sandbox, on this machine's tools or images. The server
needs checks.run: worker and the same checks.backend and tools; checks.server in the worker's file is the server's
address, where it gets the files of a change by a token that opens one repository for five minutes. Its folder of files
(checks.folder) is its own. Such a file is, for instance:

    database: postgres://lintel@db.example.com/lintel
    admin_listen: 127.0.0.1:8083
    checks:
      backend: bwrap
      tools: [ { name: gofmt }, { name: shellcheck } ]
      server: https://lintel.example.com
      folder: /var/lib/lintel-checks

It protects the forge's keys, not the record: whoever takes the worker over can change what the server reads in the
database. Jobs of a worker that was killed run elsewhere within seconds; on SQLite at the next start of a process, or within
a minute.

Exit status: 0 after a drain, 2 when it could not start or had to stop.

Examples:

    lintel worker --queue advise --config /etc/lintel-worker/worker.yml
    lintel worker --queue checks --config /etc/lintel-checks/worker.yml`
}

// Run works until the context ends.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	overrides := map[string]string{}
	for key, value := range map[string]string{"admin_listen": c.AdminListen, "database": c.Database} {
		if value != "" {
			overrides[key] = value
		}
	}
	load, work := config.LoadWorker, worker.Run
	if c.Queue == "checks" {
		load, work = config.LoadCheckWorker, checkworker.Run
	}
	cfg, err := load(c.Config, t.Env, overrides)
	if err != nil {
		return err
	}
	return work(ctx, cfg, t.Err)
}
