package board

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// tile is one figure.
type tile struct {
	// Title leads to Definition, Value to URL.
	Title, Definition, Value, URL string
	// Unit stands small beside the value, Second is another percentile, Change is against the period before, Note says of
	// how many it is.
	Unit, Second, Change, Note string
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// defined is the address of a figure's definition from the overview.
func defined(id string) string { return "./definitions#" + id }

// rulePath leads from the site's root to a rule in the manual.
func rulePath(rule string) string {
	family, name, _ := strings.Cut(rule, "/")
	return "./docs/rules/" + url.PathEscape(family) + "#" + url.PathEscape(name)
}

// tiles are the figures at the top of the overview.
func tiles(all read) []tile {
	f := all.Filter
	list := func(pairs ...string) string { return "./flow/pulls" + with(f, pairs...) }
	out := []tile{
		timed(all, "Ready to merged", "cycle", all.Cycle, all.Before.Cycle, list("sort", "slowest")),
		timed(all, "Waiting for first review", "pickup", all.Pickup, all.Before.Pickup, list()),
		throughput(all, list()),
		rated(all, "Merged without review", "merged_unreviewed", all.Totals.Unreviewed, all.Before.Totals.Unreviewed,
			list("show", "unreviewed")),
		comments(all, list()),
		rounds(all, list()),
		reworked(all, list()),
		rewritten(all, list()),
	}
	if t, ok := addressed(all.Cards, f); ok {
		out = append(out, t)
	}
	if t, ok := cost(all.Spent, all.Cards, all.Totals.Merged, list()); ok {
		out = append(out, t)
	}
	if t, ok := firstStatus(all.Objectives); ok {
		out = append(out, t)
	}
	return out
}

// timed is a tile of a median.
func timed(all read, title, id string, now, before figure.Percentiles, to string) tile {
	f := all.Filter
	big := now.At(string(f.Stat))
	t := tile{Title: title, Definition: defined(id), Value: duration(big), URL: to, Unit: string(f.Stat)}
	if f.Stat != filter.P90 && now.P90 != nil {
		t.Second = "p90 " + duration(now.P90)
	}
	t.Note = fmt.Sprintf("%d of %d pull requests", now.N, now.Of)
	if now.N < figure.Fewest {
		t.Note += fmt.Sprintf(": too few, %d are needed", figure.Fewest)
	}
	if all.comparable() && f.Stat == filter.P50 {
		t.Change = changed(figure.Change(now.Estimate(), before.Estimate()), asDuration)
	}
	return t
}

func throughput(all read, to string) tile {
	f, n := all.Filter, all.Totals.Merged
	weeks := float64(f.Days()) / 7
	t := tile{
		Title:      "Merged per week",
		Definition: defined("throughput"),
		Value:      fmt.Sprintf("%.1f", float64(n)/weeks),
		URL:        to,
		Note:       fmt.Sprintf("%d pull requests in %d days", n, f.Days()),
	}
	if all.comparable() && (n > 0 || all.Before.Totals.Merged > 0) {
		more := strings.Replace(fmt.Sprintf("%+d", n-all.Before.Totals.Merged), "-", "−", 1)
		t.Change = fmt.Sprintf("%s against the %d days before", more, f.Days())
	}
	return t
}

// rated is a tile of a rate among the merged changes.
func rated(all read, title, id string, k, before int64, to string) tile {
	t := tile{Title: title, Definition: defined(id), Value: dash, URL: to}
	now := figure.RateOf(k, all.Totals.Merged)
	t.Note = fmt.Sprintf("%d of %d pull requests", k, all.Totals.Merged)
	if now == nil {
		t.Note += fmt.Sprintf(": too few, %d are needed", figure.FewestRate)
		return t
	}
	t.Value, t.Unit = percent(now.Share), fmt.Sprintf("%.0f to %.0f %%", 100*now.Low, 100*now.High)
	if all.comparable() {
		t.Change = changed(figure.Change(now.Estimate(), figure.RateOf(before, all.Before.Totals.Merged).Estimate()), points)
	}
	return t
}

func comments(all read, to string) tile {
	n := all.Totals.Merged
	t := tile{
		Title:      "Comments to merge",
		Definition: defined("comment_to_merge"),
		Value:      dash,
		URL:        to,
		Note:       fmt.Sprintf("%d comments of reviewers on %d pull requests", all.Totals.HumanComments, n),
	}
	if n >= figure.Fewest {
		t.Value = fmt.Sprintf("%.1f", float64(all.Totals.HumanComments)/float64(n))
		t.Unit = "per pull request"
	}
	return t
}

// addressed is the share of Lintel's findings that people acted on.
func addressed(cards []scorecard.Card, f filter.Filter) (t tile, ok bool) {
	var did, decided, unwanted int64
	for _, c := range cards {
		did += c.Outcomes[outcome.Addressed]
		decided += c.Decided
		if c.EffectiveFP != nil {
			unwanted += int64(c.EffectiveFP.Share*float64(c.Decided) + 0.5)
		}
	}
	if decided == 0 {
		return t, false
	}
	t = tile{
		Title:      "Findings addressed",
		Definition: defined("addressed"),
		Value:      dash,
		URL:        "./rules",
		Note:       fmt.Sprintf("%d of %d decided findings, since %s", did, decided, day(f.From)),
	}
	if rate := figure.RateOf(did, decided); rate != nil {
		t.Value, t.Unit = percent(rate.Share), fmt.Sprintf("%.0f to %.0f %%", 100*rate.Low, 100*rate.High)
	}
	return t, true
}

// firstStatus is how quickly Lintel showed on the commit that it works.
func firstStatus(report *objective.Report) (t tile, ok bool) {
	if report == nil {
		return t, false
	}
	for _, s := range report.Objectives {
		if s.Name != objective.FirstStatus || s.Good+s.Bad == 0 {
			continue
		}
		t = tile{
			Title:      "Lintel's first status",
			Definition: defined("first_status"),
			Value:      dash,
			URL:        "./objectives",
			Unit:       "p95",
			Note:       fmt.Sprintf("%d heads in %d days", s.Good+s.Bad, report.WindowDays),
		}
		if s.Took.P95 != nil {
			t.Value = asDuration(*s.Took.P95)
		}
		if s.BudgetLeft != nil {
			t.Note += ", " + percent(*s.BudgetLeft) + " of the budget left"
		}
		return t, true
	}
	return t, false
}
