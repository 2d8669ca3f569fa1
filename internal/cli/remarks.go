package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

type releaseCommand struct {
	serverFlags
	Pull string `arg:"" name:"owner/repo#n" help:"The pull request, such as acme/shop#12."`
}

// Help is shown below the flags' summary.
func (releaseCommand) Help() string {
	return `Has the comments posted that wait as drafts on a pull request (advise.comments: draft), as the button on the check does for people with write permission. The pull request's history names who ran this. Run it where the database is.

Examples:

    lintel release --config /etc/lintel/server.yml 'acme/shop#12'`
}

func (c releaseCommand) Run(ctx context.Context, t terminal.Terminal) error {
	if err := app.CheckPullName(c.Pull); err != nil {
		return err
	}
	config, err := c.load(config.LoadDatabase)
	if err != nil {
		return err
	}
	return app.Release(ctx, t, config, c.Pull)
}

// suppressionsCommands show and end what advice is kept silent about.
type suppressionsCommands struct {
	List   listSuppressions   `cmd:"" help:"List what advice is kept silent about in a repository, and why."`
	Export exportSuppressions `cmd:"" help:"Write it as a data document for policies."`
	Lift   liftSuppression    `cmd:"" help:"End one before its time."`
}

type suppressionFlags struct {
	serverFlags
	Repo string `arg:"" name:"owner/repo" help:"The repository, such as acme/shop."`
}

// load looks at the repository's name first: the mistake that is nearest to whoever typed it.
func (f suppressionFlags) load() (config.Config, error) {
	if err := app.CheckRepositoryName(f.Repo); err != nil {
		return config.Config{}, err
	}
	return f.serverFlags.load(config.LoadDatabase)
}

type listSuppressions struct{ suppressionFlags }

// Help is shown below the flags' summary.
func (listSuppressions) Help() string {
	return `When people dismiss comments of one category in one place three times, two of them at least, comments like them are kept silent there for 90 days. Grave findings about security never are. Run it where the database is.

Examples:

    lintel suppressions list --config /etc/lintel/server.yml acme/shop`
}

func (c listSuppressions) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	return app.Suppressions(ctx, t, config, c.Repo)
}

type exportSuppressions struct{ suppressionFlags }

// Help is shown below the flags' summary.
func (exportSuppressions) Help() string {
	return `Writes JSON under data.lintel.advice.suppressions, so that a repository can keep it under review beside its policies.

Examples:

    lintel suppressions export --config /etc/lintel/server.yml acme/shop > suppressions.json`
}

func (c exportSuppressions) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	return app.ExportSuppressions(ctx, t, config, c.Repo)
}

type liftSuppression struct {
	suppressionFlags
	ID string `arg:"" help:"As the list names it."`
}

// Help is shown below the flags' summary.
func (liftSuppression) Help() string {
	return `The dismissals behind it count no longer; it takes new ones to bring it back. Comments that were dismissed stay dismissed. The history of their pull requests names who ran this.

Examples:

    lintel suppressions lift --config /etc/lintel/server.yml acme/shop 1f2e3d4c`
}

func (c liftSuppression) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	return app.LiftSuppression(ctx, t, config, c.Repo, c.ID)
}
