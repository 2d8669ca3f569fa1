package token

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/upload"
)

// Create is "lintel token create".
type Create struct {
	repository
	config.DatabaseFlags
	Name string `required:"" placeholder:"NAME" help:"Who uses it, such as jenkins; it stands in logs and findings."`
	Base bool   `help:"Let it write base reports, to which changes are compared. Give such a token to jobs of protected branches alone."`
	Days int    `default:"365" placeholder:"DAYS" help:"How long it lives; 0 is for ever."`
	format
}

// Help is shown below the flags' summary.
func (Create) Help() string {
	return `The secret goes to the output alone, everything else beside it. With --format json the output is one object with
the secret in it.

Examples:

    lintel token create acme/shop --name jenkins --config /etc/lintel/server.yml
    lintel token create acme/shop --name main --base --days 90 --config /etc/lintel/server.yml`
}

// tokenName is what a token may be called: it stands in logs and in findings.
var tokenName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$`)

// Run makes an upload token of a repository and shows its secret, once.
func (c Create) Run(ctx context.Context, t terminal.Terminal) error {
	return withTokens(ctx, t, c.DatabaseFlags, c.repository, func(st *store.Store, forge change.Forge, repo change.Repository) error {
		secret, token, err := newToken(c, forge, repo, st.Now())
		if err != nil {
			return err
		}
		if err := st.AddToken(ctx, token, ingest.HashToken(secret), operator.Name()); err != nil {
			return err
		}
		return c.showSecret(t, token, repo, secret)
	})
}

func newToken(c Create, forge change.Forge, repo change.Repository, now time.Time) (secret string, t upload.Token, err error) {
	if !tokenName.MatchString(c.Name) {
		return "", t, fmt.Errorf("the name %q of a token is up to 50 letters, digits, spaces and ._-", c.Name)
	}
	raw := make([]byte, 35)
	if _, err := rand.Read(raw); err != nil {
		return "", t, fmt.Errorf("make a token: %w", err)
	}
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	t = upload.Token{ID: text[:8], Forge: forge, RepoID: repo.ID, Name: c.Name, Base: c.Base, CreatedAt: now}
	if c.Days > 0 {
		t.ExpiresAt = now.AddDate(0, 0, c.Days)
	}
	// The id is no part of the secret: it stands in logs.
	return ingest.TokenPrefix + text[8:], t, nil
}

// format is how a new token is shown.
type format struct{ terminal.Format }

// made is a new token for programs. The secret is shown this once.
type made struct {
	known
	Secret string `json:"secret"`
}

// showSecret writes the secret alone to the output, so that it can be piped into a store of secrets, and all else beside it.
func (c format) showSecret(t terminal.Terminal, token upload.Token, repo change.Repository, secret string) error {
	if c.JSON() {
		return t.WriteJSON(made{tell(token), secret})
	}
	fmt.Fprintf(t.Err, "made token %s (%s) of %s/%s; this is the only time that its secret is shown:\n", token.ID, token.Name,
		repo.Owner, repo.Name)
	_, err := fmt.Fprintln(t.Out, secret)
	return err
}
