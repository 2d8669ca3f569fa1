package weekly

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/markdown"
)

// most is how many waiting changes a digest names.
const most = 5

// compose writes the digest of the week that ended with monday, and says which repository its issue is in.
func (t *Teller) compose(ctx context.Context, d Digest, monday time.Time, name string) (
	body string, in change.Repository, connection int64, err error,
) {
	if d.Issue != 0 {
		if in, connection, err = t.o.Record.Owned(ctx, change.GitHub, 0, d.Repository); err != nil {
			return "", in, 0, fmt.Errorf("find %s: %w", d.Repository, err)
		}
	}
	now, err := week(d.Team, monday.AddDate(0, 0, -7))
	if err != nil {
		return "", in, 0, err
	}
	before, err := week(d.Team, monday.AddDate(0, 0, -14))
	if err != nil {
		return "", in, 0, err
	}
	var b strings.Builder
	who := "all teams"
	if d.Team != "" {
		who = "team " + markdown.GitHub.Text(d.Team)
	}
	fmt.Fprintf(&b, t.o.Words.Say("### Pull requests of %s, %s\n\nMerged into default branches by people, %s to %s (UTC).\n\n"), who, name,
		monday.AddDate(0, 0, -7).Format("2 Jan"), monday.AddDate(0, 0, -1).Format("2 Jan 2006"))
	if err := t.table(ctx, &b, name, now, before); err != nil {
		return "", in, 0, err
	}
	if err := t.waiting(ctx, &b, now, d, in); err != nil {
		return "", in, 0, err
	}
	b.WriteString("\nA percentile needs five " + t.o.Words.Plural + ". These describe how work moves, not how well anybody works; " +
		"what each figure means stands on the page of definitions.\n")
	return b.String(), in, connection, nil
}

func (t *Teller) table(ctx context.Context, b *strings.Builder, name string, weeks ...filter.Filter) error {
	var merged, cycles, pickups, unreviewed, reverted []string
	for _, f := range weeks {
		c, err := t.o.Figures.Count(ctx, f, nil, nil)
		if err != nil {
			return err
		}
		totals := c.Totals
		merged = append(merged, fmt.Sprint(totals.Merged))
		cycles, pickups = append(cycles, spread(c.Cycle)), append(pickups, spread(c.Pickup))
		unreviewed, reverted = append(unreviewed, fmt.Sprint(totals.Unreviewed)), append(reverted, fmt.Sprint(totals.Reverted))
	}
	fmt.Fprintf(b, "| | %s | the week before |\n|---|---|---|\n", name)
	for _, row := range []struct {
		title string
		cells []string
	}{{"Merged", merged}, {"Ready to merged", cycles}, {"Waiting for review", pickups}, {"Merged without review", unreviewed},
		{"Reverted since", reverted}} {
		fmt.Fprintf(b, "| %s | %s |\n", row.title, strings.Join(row.cells, " | "))
	}
	return nil
}

func spread(p figure.Percentiles) string {
	if p.P50 == nil || p.P90 == nil {
		return fmt.Sprintf("– (n = %d)", p.N)
	}
	return fmt.Sprintf("p50 %s, p90 %s (n = %d)", lasted(*p.P50), lasted(*p.P90), p.N)
}

// lasted is a duration for people.
func lasted(seconds int64) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f d", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
}

// waiting counts what waits now. An issue names its own repository's changes alone, without their titles.
func (t *Teller) waiting(ctx context.Context, b *strings.Builder, f filter.Filter, d Digest, in change.Repository) error {
	const counted = 1000
	n, lines := 0, []string{}
	at := t.o.Now()
	err := t.o.Figures.WaitingPulls(ctx, f, counted, func(p figure.Pull) error {
		n++
		if d.Issue != 0 && (p.RepoID != in.ID || p.Forge != string(change.GitHub)) || len(lines) == most || p.Since == nil {
			return nil
		}
		lines = append(lines, fmt.Sprintf("- %s number %d, for %s, by: %s", markdown.GitHub.Text(p.Owner+"/"+p.Name), p.Number,
			lasted(int64(max(0, at.Sub(*p.Since).Seconds()))), markdown.GitHub.Text(p.WaitsFor)))
		return nil
	})
	if err != nil {
		return err
	}
	switch n {
	case 0:
		b.WriteString("\nNothing waits now.\n")
		return nil
	case counted:
		fmt.Fprintf(b, "\n%d %s or more wait now.", n, t.o.Words.Plural)
	case 1:
		b.WriteString("\n1 " + t.o.Words.Change + " waits now.")
	default:
		fmt.Fprintf(b, "\n%d %s wait now.", n, t.o.Words.Plural)
	}
	if len(lines) > 0 {
		b.WriteString(" Longest:\n\n" + strings.Join(lines, "\n"))
	}
	b.WriteString("\n")
	return nil
}
