package cli

import (
	"context"
	"os"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/terminal"
)

// serverFlags are the keys of the server's file that a command line can set, too.
type serverFlags struct {
	Config      string `placeholder:"FILE" help:"The server's file (YAML). Every key can also be set by an environment variable; see docs/server.md."`
	Listen      string `placeholder:"ADDR" help:"Address and port for webhooks and pages."`
	AdminListen string `placeholder:"ADDR" help:"Address and port for pages and metrics of those who run Lintel."`
	PublicURL   string `placeholder:"URL" name:"public-url" help:"The address under which the server is reached from outside."`
	Database    string `placeholder:"URL" help:"sqlite://PATH."`
	Gate        string `placeholder:"MODE" help:"enforce, or warn on bad days."`
}

// loader reads a configuration: file, then environment, then flags; commands differ in what they need of it.
type loader func(path string, environ []string, overrides map[string]string) (config.Config, error)

func (f serverFlags) load(read loader) (config.Config, error) {
	overrides := map[string]string{}
	for key, value := range map[string]string{"listen": f.Listen, "admin_listen": f.AdminListen, "public_url": f.PublicURL, "database": f.Database, "gate": f.Gate} {
		if value != "" {
			overrides[key] = value
		}
	}
	return read(f.Config, os.Environ(), overrides)
}

type serveCommand struct {
	serverFlags
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
	config, err := c.load(config.LoadServe)
	if err != nil {
		return err
	}
	return server.Serve(ctx, config, t.Err)
}

type doctorCommand struct {
	GitHub doctorGitHubCommand `cmd:"" name:"github" help:"Examine the App: key, permissions, events, webhook, deliveries, rate limit, required check."`
	Model  doctorModelCommand  `cmd:"" help:"Examine the language model: can it be reached, what it can do, what a review would cost."`
}

type doctorGitHubCommand struct {
	serverFlags
}

// Help is shown below the flags' summary.
func (doctorGitHubCommand) Help() string {
	return `Reads only. Each line says what is well or what is wrong, and what to do.

Exit status: 0 all is well, 1 something is wrong, 2 the examination could not be made.

Examples:

    lintel doctor github --config /etc/lintel/server.yml`
}

func (c doctorGitHubCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(config.Load)
	if err != nil {
		return err
	}
	return terminal.Verdict(app.DoctorGitHub(ctx, t, config, nil))
}

type recheckCommand struct {
	serverFlags
	Pull string `arg:"" name:"owner/repo#n" help:"The pull request, such as acme/shop#12."`
}

// Help is shown below the flags' summary.
func (recheckCommand) Help() string {
	return `Asks the server that works on this database to look at a pull request again and to publish its verdict, also when it did not change. Run it where the database is.

Examples:

    lintel recheck --config /etc/lintel/server.yml 'acme/shop#12'`
}

func (c recheckCommand) Run(ctx context.Context, t terminal.Terminal) error {
	if err := app.CheckPullName(c.Pull); err != nil {
		return err
	}
	config, err := c.load(config.LoadDatabase)
	if err != nil {
		return err
	}
	return app.Recheck(ctx, t, config, c.Pull)
}

type backupCommand struct {
	serverFlags
	To string `arg:"" help:"The new file to write."`
}

// Help is shown below the flags' summary.
func (backupCommand) Help() string {
	return `Writes a consistent copy of the database while the server runs, and opens it once to prove that it can be read. To restore, stop the server and put the copy in the database's place.

Examples:

    lintel backup --config /etc/lintel/server.yml /var/backups/lintel-$(date +%F).db`
}

func (c backupCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(config.LoadDatabase)
	if err != nil {
		return err
	}
	return app.Backup(ctx, t, config, c.To)
}
