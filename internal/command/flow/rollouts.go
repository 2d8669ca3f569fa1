package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

type rollouts struct {
	config.DatabaseFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (rollouts) Help() string {
	return `Repositories that began with Lintel (their first verdict), with its advice, or with what flow.rollouts in the server's
file names, are compared with those that had not begun, over the same weeks: an estimate with its interval, never a
correlation. With too few of either there is none, and it says how many are missing; docs/dashboard.md. A database of
another version than this program's is refused, and nothing in it is changed.

Exit status: 0 printed, 2 not.

Examples:

    lintel flow rollouts --config /etc/lintel/server.yml
    lintel flow rollouts --config /etc/lintel/server.yml --format json`
}

// Run prints the estimates.
func (c rollouts) Run(ctx context.Context, t terminal.Terminal) (err error) {
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.OpenToRead(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	report, err := stepped.Read(ctx, st, cfg.Flow.Steps(), time.Now())
	if err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(report)
	}
	fmt.Fprintln(t.Out, report.Method)
	if len(report.Rollouts) == 0 {
		fmt.Fprintln(t.Out, "\nNo repository began with anything yet.")
	}
	for _, r := range report.Rollouts {
		fmt.Fprintf(t.Out, "\n%s: %d %s began\n", r.Name, r.Cycle.Of, text.Plural(r.Cycle.Of, "repository", "repositories"))
		for _, name := range r.Unknown {
			fmt.Fprintf(t.Out, "  %s is not known here\n", name)
		}
		for _, m := range []struct {
			what string
			of   stepped.Estimate
		}{{"ready to merged", r.Cycle}, {"waiting for review", r.Pickup}, {"merged per week", r.Merged}} {
			fmt.Fprintf(t.Out, "  %-20s %s\n", m.what, line(m.of))
		}
	}
	return nil
}

// line is one estimate for people.
func line(e stepped.Estimate) string {
	if e.Change == nil {
		return e.Why
	}
	s := fmt.Sprintf("estimate %+.0f %% (%+.0f to %+.0f), %d repositories against %d", 100*e.Change.By, 100*e.Change.Low,
		100*e.Change.High, e.Begun, e.Others)
	if !e.Change.Sure() {
		s += ", no clear change"
	}
	if !e.Parallel() {
		s += fmt.Sprintf("; they had moved apart by %+.0f %% before", 100*e.Before.By)
	}
	return s
}
