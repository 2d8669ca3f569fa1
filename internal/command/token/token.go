// Package token is lintel token: it makes and ends the upload tokens of a repository.
package token

import (
	"context"
	"errors"
	"fmt"

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
	Repository string `arg:"" placeholder:"OWNER/REPOSITORY" help:"The repository, such as acme/shop."`
}

// withTokens opens the database beside a server that may run on it, and finds the repository there.
func withTokens(
	ctx context.Context, t terminal.Terminal, flags config.DatabaseFlags, repository string,
	use func(*store.Store, change.Forge, change.Repository) error,
) (err error) {
	// The name comes first: it is the mistake that is nearest to whoever typed it.
	if err := operator.CheckRepository(repository); err != nil {
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
	for _, forge := range change.Forges() {
		repo, _, err := st.Owned(ctx, forge, 0, repository)
		if err == nil {
			return use(st, forge, repo)
		}
		if !errors.Is(err, change.ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("the server has not heard of %s: install the App on it, or send its webhooks here, first", repository)
}
