package suppressions

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/thread"
)

// Lift is "lintel suppressions lift".
type Lift struct {
	flags
	ID string `arg:"" help:"As the list names it."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Lift) Help() string {
	return `The dismissals behind it count no longer; it takes new ones to bring it back. Comments that were dismissed
stay dismissed. The history of their changes names who ran this.

Examples:

    lintel suppressions lift --config /etc/lintel/server.yml acme/shop 1f2e3d4c`
}

// Run ends one: the dismissals behind it no longer count, and it takes new ones to bring it back.
func (c Lift) Run(ctx context.Context, t terminal.Terminal) error {
	return c.read(ctx, t, func(st *store.Store, forge change.Forge, repo change.Repository, all []advice.Suppression) error {
		for _, s := range all {
			if idOf(s) != c.ID {
				continue
			}
			behind, err := st.Dismissals(ctx, forge, repo.ID, st.Now().Add(-lifecycle.Lasts))
			if err != nil {
				return err
			}
			var lift []thread.Dismissal
			for _, d := range behind {
				draft := advice.Draft{
					Category: advice.Category(d.About.Category),
					Level:    advice.Level(d.About.Severity),
					Path:     d.Path,
					Symbol:   d.About.Symbol,
				}
				if _, ok := lifecycle.Suppresses([]advice.Suppression{s}, draft, s.Since); ok {
					lift = append(lift, d)
				}
			}
			if err := st.Lift(ctx, lift, operator.Name()); err != nil {
				return err
			}
			if c.JSON() {
				return t.WriteJSON(struct {
					ID         string `json:"id"`
					Dismissals int    `json:"dismissals"`
				}{c.ID, len(lift)})
			}
			fmt.Fprintf(t.Out, "Lifted %s: %d dismissals count no longer. The comments that people dismissed stay dismissed.\n", c.ID,
				len(lift))
			return nil
		}
		return fmt.Errorf("%s/%s has no suppression %q; lintel suppressions list names them", repo.Owner, repo.Name, c.ID)
	})
}
