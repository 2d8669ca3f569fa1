package board

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

// rounds is a tile of how often reviewers sent a change back, on average.
func rounds(all read, to string) tile {
	n := all.Totals.Merged
	t := tile{
		Title:      "Review rounds",
		Definition: defined("rounds"),
		Value:      dash,
		URL:        to,
		Note:       fmt.Sprintf("%d rounds of %d pull requests", all.Totals.Rounds, n),
	}
	if n < figure.Fewest {
		t.Note += fmt.Sprintf(": too few, %d are needed", figure.Fewest)
		return t
	}
	t.Value, t.Unit = fmt.Sprintf("%.1f", float64(all.Totals.Rounds)/float64(n)), "per pull request"
	return t
}

// reworked is a tile of the changes that got commits after a reviewer's first answer.
func reworked(all read, to string) tile {
	k, n := all.Totals.Reworked, all.Totals.ReworkKnown
	t := tile{Title: "Commits after review", Definition: defined("commits_after_review"), Value: dash, URL: to}
	t.Note = fmt.Sprintf("%d of %d pull requests whose commits are known, of %d", k, n, all.Totals.Merged)
	now := figure.RateOf(k, n)
	if now == nil {
		t.Note += fmt.Sprintf(": too few, %d are needed", figure.FewestRate)
		return t
	}
	t.Value, t.Unit = percent(now.Share), fmt.Sprintf("%.0f to %.0f %%", 100*now.Low, 100*now.High)
	if all.comparable() {
		before := figure.RateOf(all.Before.Totals.Reworked, all.Before.Totals.ReworkKnown)
		t.Change = changed(figure.Change(now.Estimate(), before.Estimate()), points)
	}
	return t
}

// rewritten is a tile of the lines that did not live long.
func rewritten(all read, to string) tile {
	s := all.Totals
	t := tile{
		Title:      "Rewritten within 21 days",
		Definition: defined("rewritten_21"),
		Value:      dash,
		URL:        to,
		Note:       "no clone told of lines: lintel backfill --clone reads one",
	}
	if s.Rewritten.Known == 0 {
		return t
	}
	t.Note = fmt.Sprintf("%d replaced lines of %d of %d pull requests", s.Rewritten.Lines, s.Rewritten.Known, s.Merged)
	if s.Rewritten.Lines == 0 || s.Rewritten.Known < figure.Fewest {
		return t
	}
	share := func(n int64) string { return percent(float64(n) / float64(s.Rewritten.Lines)) }
	t.Value, t.Unit = share(s.Rewritten.Within21), "of replaced lines"
	t.Second = "within 30 days " + share(s.Rewritten.Within30)
	return t
}
