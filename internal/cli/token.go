package cli

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

// tokenCommands manage upload tokens in the database that the server works from.
type tokenCommands struct {
	Create tokenCreateCommand `cmd:"" help:"Make an upload token of a repository and show it once."`
	List   tokenListCommand   `cmd:"" help:"List the upload tokens of a repository."`
	Rotate tokenRotateCommand `cmd:"" help:"Make a token in the place of another, which lives on for a while."`
	Revoke tokenRevokeCommand `cmd:"" help:"End a token at once."`
}

// Help is shown below the flags' summary.
func (tokenCommands) Help() string {
	return `Upload tokens let a CI other than GitHub Actions hand in reports of one repository; jobs of GitHub Actions need none, they prove who they are. Only a digest of a token is kept. Run this where the server's database is; the server may run.`
}

type tokenRepository struct {
	Repository string `arg:"" placeholder:"OWNER/REPOSITORY" help:"The repository, such as acme/shop."`
}

type tokenConfig struct {
	Config   string `placeholder:"FILE" help:"The server's file (YAML)."`
	Database string `placeholder:"URL" help:"sqlite://PATH."`
}

// load looks at the repository's name first: the mistake that is nearest to whoever typed it.
func (f tokenConfig) load(repository string) (config.Config, error) {
	if err := app.CheckRepositoryName(repository); err != nil {
		return config.Config{}, err
	}
	return serverFlags{Config: f.Config, Database: f.Database}.load(config.LoadDatabase)
}

type tokenCreateCommand struct {
	tokenRepository
	tokenConfig
	Name string `required:"" placeholder:"NAME" help:"Who uses it, such as jenkins; it stands in logs and findings."`
	Base bool   `help:"Let it write base reports, to which pull requests are compared. Give such a token to jobs of protected branches alone."`
	Days int    `default:"365" placeholder:"DAYS" help:"How long it lives; 0 is for ever."`
}

// Help is shown below the flags' summary.
func (tokenCreateCommand) Help() string {
	return `The secret goes to the output alone, everything else beside it.

Examples:

    lintel token create acme/shop --name jenkins --config /etc/lintel/server.yml
    lintel token create acme/shop --name main --base --days 90 --config /etc/lintel/server.yml`
}

func (c tokenCreateCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(c.Repository)
	if err != nil {
		return err
	}
	return app.TokenCreate(ctx, t, config, app.TokenRequest{Repository: c.Repository, Name: c.Name, Base: c.Base, Days: c.Days})
}

type tokenListCommand struct {
	tokenRepository
	tokenConfig
}

// Help is shown below the flags' summary.
func (tokenListCommand) Help() string {
	return `Shows who uses which token, until when, and when it was used last. No secret can be shown again.

Examples:

    lintel token list acme/shop --config /etc/lintel/server.yml`
}

func (c tokenListCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(c.Repository)
	if err != nil {
		return err
	}
	return app.TokenList(ctx, t, config, c.Repository)
}

type tokenRotateCommand struct {
	tokenRepository
	ID string `arg:"" help:"The token's id, from lintel token list."`
	tokenConfig
	Overlap time.Duration `default:"24h" placeholder:"DURATION" help:"How long the old token lives on, so that CI can change over."`
}

// Help is shown below the flags' summary.
func (tokenRotateCommand) Help() string {
	return `The new token has the old one's name and rights. Its secret goes to the output alone, everything else beside it.

Examples:

    lintel token rotate acme/shop TOKEN-ID --config /etc/lintel/server.yml
    lintel token rotate acme/shop TOKEN-ID --overlap 1h --config /etc/lintel/server.yml`
}

func (c tokenRotateCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(c.Repository)
	if err != nil {
		return err
	}
	return app.TokenRotate(ctx, t, config, c.Repository, c.ID, c.Overlap)
}

type tokenRevokeCommand struct {
	tokenRepository
	ID string `arg:"" help:"The token's id, from lintel token list."`
	tokenConfig
}

// Help is shown below the flags' summary.
func (tokenRevokeCommand) Help() string {
	return `What the token brought stays; nothing more comes by it.

Examples:

    lintel token revoke acme/shop TOKEN-ID --config /etc/lintel/server.yml`
}

func (c tokenRevokeCommand) Run(ctx context.Context, t terminal.Terminal) error {
	config, err := c.load(c.Repository)
	if err != nil {
		return err
	}
	return app.TokenRevoke(ctx, t, config, c.Repository, c.ID)
}
