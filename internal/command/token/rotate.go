package token

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Rotate is "lintel token rotate".
type Rotate struct {
	repository
	ID string `arg:"" help:"The token's id, from lintel token list."`
	config.DatabaseFlags
	Overlap time.Duration `default:"24h" placeholder:"DURATION" help:"How long the old token lives on, so that CI can change over."`
	format
}

// Help is shown below the flags' summary.
func (Rotate) Help() string {
	return `The new token has the old one's name and rights. Its secret goes to the output alone, everything else beside
it.

Examples:

    lintel token rotate acme/shop TOKEN-ID --config /etc/lintel/server.yml
    lintel token rotate acme/shop TOKEN-ID --overlap 1h --config /etc/lintel/server.yml`
}

// Run makes a token in the place of another, which lives on for a while so that CI can change over.
func (c Rotate) Run(ctx context.Context, t terminal.Terminal) error {
	return withTokens(ctx, t, c.DatabaseFlags, c.repository, func(st *store.Store, forge change.Forge, repo change.Repository) error {
		all, err := st.Tokens(ctx, forge, repo.ID)
		if err != nil {
			return err
		}
		now := st.Now()
		for _, old := range all {
			if old.ID != c.ID || !old.Alive(now) {
				continue
			}
			secret, token, err := newToken(Create{Name: old.Name, Base: old.Base}, forge, repo, now)
			if err != nil {
				return err
			}
			if !old.ExpiresAt.IsZero() {
				token.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
			}
			if err := st.RotateToken(ctx, c.ID, now.Add(c.Overlap), token, ingest.HashToken(secret), operator.Name()); err != nil {
				return unknownToken(err, c.Repository, c.ID)
			}
			fmt.Fprintf(t.Err, "the token %s ends %s\n", c.ID, now.Add(c.Overlap).UTC().Format(time.RFC3339))
			return c.showSecret(t, token, repo, secret)
		}
		return unknownToken(change.ErrNotFound, c.Repository, c.ID)
	})
}
