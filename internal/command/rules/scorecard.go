package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

type scorecardCommand struct {
	scope
	Format string `enum:"table,json" default:"table" help:"What to print: ${enum}."`
}

// Help is shown below the flags' summary.
func (scorecardCommand) Help() string {
	return `The rule with the most unwanted findings comes first. unwanted is the effective false-positive rate: the share of
decided findings that were called a false alarm, resolved without a change, or merged with. Rates are of 20 decided
findings or more, each with the interval that holds the true rate in 95 % of cases. docs/scorecards.md defines every
number.

Examples:

    lintel rules scorecard --config /etc/lintel/server.yml
    lintel rules scorecard --repo acme/shop --since 2026-03-01 --format json`
}

// Run prints the scorecards.
func (c scorecardCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return c.read(ctx, t, func(st *store.Store, forge change.Forge, repo int64, since time.Time) error {
		counts, err := st.Scores(ctx, forge, repo, since)
		if err != nil {
			return err
		}
		cards := scorecard.Cards(counts)
		if c.Format == "json" {
			lines := json.NewEncoder(t.Out)
			lines.SetIndent("", "  ")
			return lines.Encode(cards)
		}
		return writeCards(t.Out, cards, since)
	})
}

func writeCards(out io.Writer, cards []scorecard.Card, since time.Time) error {
	if len(cards) == 0 {
		_, err := fmt.Fprintf(out, "No rule posted anything since %s.\n", since.UTC().Format(time.DateOnly))
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "RULE\tFIRED\tBLOCKED\tPULLS\tDECIDED\tADDRESSED\tFALSE ALARM\tUNWANTED\tTREND\tOVERRIDDEN\tFIX\n")
	for _, c := range cards {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Rule, c.Fired, c.Blocked, c.Changes, c.Decided,
			c.Addressed.Percent(), c.ExplicitFP.Percent(), c.EffectiveFP.Percent(), c.Change(), c.OverrideRate.Percent(), c.MedianFix())
	}
	return w.Flush()
}
