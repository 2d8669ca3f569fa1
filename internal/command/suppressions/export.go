package suppressions

import (
	"context"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Export is "lintel suppressions export".
type Export struct{ flags }

// Help is shown below the flags' summary.
func (Export) Help() string {
	return `Writes JSON under data.lintel.advice.suppressions, so that a repository can keep it under review beside its
policies.

Examples:

    lintel suppressions export --config /etc/lintel/server.yml acme/shop > suppressions.json`
}

// Run writes them as a data document for policies and reviews.
func (c Export) Run(ctx context.Context, t terminal.Terminal) error {
	return c.read(ctx, t, func(_ *store.Store, _ change.Forge, _ change.Repository, all []advice.Suppression) error {
		body, err := lifecycle.PolicyData(all)
		if err != nil {
			return err
		}
		_, err = t.Out.Write(body)
		return err
	})
}
