// Package suppressions is lintel suppressions: it shows and ends what advice is kept silent about.
package suppressions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/learned"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Commands are those of "lintel suppressions".
type Commands struct {
	List   List   `cmd:"" help:"List what advice is kept silent about in a repository, and why."`
	Export Export `cmd:"" help:"Write it as a data document for policies."`
	Lift   Lift   `cmd:"" help:"End one before its time."`
}

type flags struct {
	config.Flags
	operator.ForgeFlag
	Repo string `arg:"" name:"owner/repo" help:"The repository, such as acme/shop."`
}

// idOf names a suppression for people, the same as long as it holds.
func idOf(s advice.Suppression) string {
	sum := sha256.Sum256([]byte(string(s.Category) + "\x00" + s.Symbol + "\x00" + s.Path))
	return hex.EncodeToString(sum[:4])
}

// read opens the database, finds the repository, and hands over what is suppressed in it.
func (f flags) read(
	ctx context.Context, t terminal.Terminal, use func(*store.Store, change.Forge, change.Repository, []advice.Suppression) error,
) (err error) {
	if err := operator.CheckRepository(f.Repo); err != nil {
		return err
	}
	cfg, err := f.Read(config.LoadDatabase, t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	forge, repo, err := f.Repository(ctx, st, f.Repo)
	if err != nil {
		return err
	}
	all, err := learned.Suppressions(ctx, st, forge, repo.ID, st.Now())
	if err != nil {
		return err
	}
	return use(st, forge, repo, all)
}
