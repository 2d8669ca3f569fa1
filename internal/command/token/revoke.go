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

// Revoke is "lintel token revoke".
type Revoke struct {
	repository
	ID string `arg:"" help:"The token's id, from lintel token list."`
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (Revoke) Help() string {
	return `What the token brought stays; nothing more comes by it.

Examples:

    lintel token revoke acme/shop TOKEN-ID --config /etc/lintel/server.yml`
}

// Run ends a token at once.
func (c Revoke) Run(ctx context.Context, t terminal.Terminal) error {
	return withTokens(ctx, t, c.DatabaseFlags, c.repository, func(st *store.Store, forge change.Forge, repo change.Repository) error {
		if err := st.RevokeToken(ctx, forge, repo.ID, c.ID, operator.Name()); err != nil {
			return unknownToken(err, c.Repository, c.ID)
		}
		if c.JSON() {
			return t.WriteJSON(struct {
				ID         string `json:"id"`
				Repository string `json:"repository"`
			}{c.ID, c.Repository})
		}
		fmt.Fprintf(t.Out, "the token %s of %s is revoked; what it brought stays\n", c.ID, c.Repository)
		return nil
	})
}

func unknownToken(err error, repository, id string) error {
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("%s has no token %q that is alive; \"lintel token list %s\" shows them", repository, id, repository)
	}
	return err
}
