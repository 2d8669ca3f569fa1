package token

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/upload"
)

// List is "lintel token list".
type List struct {
	repository
	config.DatabaseFlags
	terminal.Format
}

// known is what is told of a token; times that do not apply are left out.
type known struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Base    bool      `json:"base"`
	Created time.Time `json:"created_at"`
	Expires time.Time `json:"expires_at,omitzero"`
	Revoked time.Time `json:"revoked_at,omitzero"`
	Used    time.Time `json:"used_at,omitzero"`
}

func tell(x upload.Token) known {
	return known{x.ID, x.Name, x.Base, x.CreatedAt, x.ExpiresAt, x.RevokedAt, x.UsedAt}
}

// Help is shown below the flags' summary.
func (List) Help() string {
	return `Shows who uses which token, until when, and when it was used last. No secret can be shown again.

Examples:

    lintel token list acme/shop --config /etc/lintel/server.yml
    lintel token list acme/shop --config /etc/lintel/server.yml --format json`
}

// Run shows the tokens of a repository; no secret can be shown again.
func (c List) Run(ctx context.Context, t terminal.Terminal) error {
	return withTokens(ctx, t, c.DatabaseFlags, c.repository, func(st *store.Store, forge change.Forge, repo change.Repository) error {
		all, err := st.Tokens(ctx, forge, repo.ID)
		if err != nil {
			return err
		}
		if c.JSON() {
			tokens := []known{}
			for _, x := range all {
				tokens = append(tokens, tell(x))
			}
			return t.WriteJSON(tokens)
		}
		if len(all) == 0 {
			fmt.Fprintf(t.Out, "%s has no upload tokens\n", c.Repository)
			return nil
		}
		w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tBASE\tMADE\tEND\tLAST USE")
		day := func(at time.Time, none string) string {
			if at.IsZero() {
				return none
			}
			return at.UTC().Format(time.DateOnly)
		}
		for _, x := range all {
			end := day(x.ExpiresAt, "never")
			if !x.RevokedAt.IsZero() {
				end = "revoked " + day(x.RevokedAt, "")
			}
			base := "no"
			if x.Base {
				base = "yes"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Name, base, day(x.CreatedAt, ""), end, day(x.UsedAt, "never"))
		}
		return w.Flush()
	})
}
