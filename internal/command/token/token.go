// Package token is lintel token: it makes and ends the upload tokens of a repository.
package token

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Commands are those of "lintel token". They work on the server's database.
type Commands struct {
	Create Create `cmd:"" help:"Make an upload token of a repository and show it once."`
	List   List   `cmd:"" help:"List the upload tokens of a repository."`
	Rotate Rotate `cmd:"" help:"Make a token in the place of another, which lives on for a while."`
	Revoke Revoke `cmd:"" help:"End a token at once."`
}

// Help is shown below the flags' summary.
func (Commands) Help() string {
	return `Upload tokens let a CI other than GitHub Actions hand in reports of one repository; jobs of GitHub Actions ` +
		`need none, they prove who they are. Only a digest of a token is kept. Run this where the server's database is; the server may run.`
}

type repository struct {
	operator.ForgeFlag
	Repository string `arg:"" placeholder:"OWNER/REPOSITORY" help:"The repository, such as acme/shop."`
}

// withTokens opens the database beside a server that may run on it, and finds the repository there.
func withTokens(
	ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags, repository repository,
	use func(*store.Store, change.Forge, change.Repository) error,
) (err error) {
	// The name comes first: it is the mistake that is nearest to whoever typed it.
	if err := operator.CheckRepository(repository.Repository); err != nil {
		return err
	}
	cfg, err := flags.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	forge, found, err := repository.find(ctx, st)
	if err != nil {
		return err
	}
	return use(st, forge, found)
}

// find finds a repository that the server sees today: a token of one that is gone would be of no use.
func (r repository) find(ctx context.Context, st *store.Store) (change.Forge, change.Repository, error) {
	forge, found, err := change.OnForge(change.Forge(r.Forge), r.Repository, func(forge change.Forge) (change.Repository, error) {
		one, _, err := st.Owned(ctx, forge, 0, r.Repository)
		return one, err
	})
	return forge, found, operator.Unknown(err, r.Repository)
}
