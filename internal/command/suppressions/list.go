package suppressions

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// List is "lintel suppressions list".
type List struct {
	flags
	terminal.Format
}

// Help is shown below the flags' summary.
func (List) Help() string {
	return `When people dismiss comments of one category in one place three times, two of them at least, comments like
them are kept silent there for 90 days. Grave findings about security never are. Run it where the database is.

Examples:

    lintel suppressions list --config /etc/lintel/server.yml acme/shop
    lintel suppressions list --config /etc/lintel/server.yml acme/shop --format json`
}

// Run lists what advice is kept silent about in a repository, and why.
func (c List) Run(ctx context.Context, t terminal.Terminal) error {
	return c.read(ctx, t, func(_ *store.Store, _ change.Forge, repo change.Repository, all []advice.Suppression) error {
		if c.JSON() {
			return t.WriteJSON(append([]advice.Suppression{}, all...))
		}
		if len(all) == 0 {
			fmt.Fprintf(t.Out, "No advice is kept silent in %s/%s.\n", repo.Owner, repo.Name)
			return nil
		}
		w := tabwriter.NewWriter(t.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tCATEGORY\tWHERE\tBY\tUNTIL\tWHY")
		for _, s := range all {
			where := s.Path
			if s.Symbol != "" {
				where += " (" + s.Symbol + ")"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", idOf(s), s.Category, printable(where), printable(strings.Join(s.By, ", ")),
				s.Expires.UTC().Format(time.DateOnly), printable(s.Reason))
		}
		return w.Flush()
	})
}

// printable keeps paths and logins from driving the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '?'
		}
		return c
	}, s)
}
