package board

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/render/chart"
	"github.com/lintel-review/lintel/internal/template"
)

// columns are the buckets of the period; each leads to its changes.
func columns(all read, n func(i int) int64) (out []chart.Column) {
	f := all.Filter
	for i, s := range all.Spans {
		c := chart.Column{N: n(i), Partial: s.Running}
		from, last := s.From.In(f.Zone), s.To.AddDate(0, 0, -1)
		switch f.Bucket {
		case filter.Day:
			c.Label, c.Name = from.Format("2 Jan"), from.Format("Mon 2 Jan 2006")
		case filter.Month:
			c.Label, c.Name = from.Format("Jan"), from.Format("January 2006")
		default:
			year, week := from.ISOWeek()
			c.Label, c.Name = from.Format("2 Jan"), fmt.Sprintf("week %d of %d (%s to %s)", week, year,
				from.Format("2 Jan"), last.Format("2 Jan"))
		}
		if s.Cut {
			c.Name += ", in part"
		}
		c.URL = "./flow/pulls" + with(f.Within(s.From, s.To), "page", "", "show", "")
		out = append(out, c)
	}
	return out
}

func bands(all read, of []figure.Percentiles) []chart.Line {
	lines := []chart.Line{{Name: "p50"}, {Name: "p75"}, {Name: "p90"}}
	for _, p := range of {
		for k, v := range []*int64{p.P50, p.P75, p.P90} {
			lines[k].Values = append(lines[k].Values, float(v))
		}
	}
	return lines
}

func notes(all read, p figure.Percentiles) []string {
	return []string{fmt.Sprintf("%d of %d pull requests have it", p.N, p.Of),
		fmt.Sprintf("no figure for a %s with fewer than %d", all.Filter.Bucket, figure.Fewest)}
}

func cycleChart(all read) template.HTML {
	return chart.Trend{
		Figure: chart.Figure{
			ID:         "cycle",
			Title:      "Ready to merged, by " + string(all.Filter.Bucket),
			Sentence:   trendSentence(all.Cycles, all.Spans, "were merged within", all.Filter),
			Definition: defined("cycle"),
			Notes:      notes(all, all.Cycle),
		},
		Columns: columns(all, func(i int) int64 { return all.Cycles[i].N }),
		Lines:   bands(all, all.Cycles),
		Counted: "pull requests",
	}.HTML()
}

func pickupChart(all read) template.HTML {
	return chart.Trend{
		Figure: chart.Figure{
			ID:         "pickup",
			Title:      "Waiting for first review, by " + string(all.Filter.Bucket),
			Sentence:   trendSentence(all.Pickups, all.Spans, "had a first response within", all.Filter),
			Definition: defined("pickup"),
			Notes:      notes(all, all.Pickup),
		},
		Columns: columns(all, func(i int) int64 { return all.Pickups[i].N }),
		Lines:   bands(all, all.Pickups),
		Counted: "pull requests",
	}.HTML()
}

// trendSentence compares the last whole bucket with the first one.
func trendSentence(all []figure.Percentiles, spans []filter.Span, did string, f filter.Filter) string {
	first, last := -1, -1
	for i, p := range all {
		if p.P50 == nil || spans[i].Running || spans[i].Cut {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	if last < 0 {
		return fmt.Sprintf("No whole %s has enough pull requests for a median.", f.Bucket)
	}
	s := fmt.Sprintf("In the last whole %s half of the pull requests %s %s, nine in ten within %s", f.Bucket, did,
		duration(all[last].P50),
		duration(all[last].P90))
	if first == last {
		return s + "."
	}
	return s + fmt.Sprintf("; in the first one it was %s and %s.", duration(all[first].P50), duration(all[first].P90))
}

func mergedChart(all read) template.HTML {
	var values []*float64
	for i := range all.Cycles {
		v := float64(all.Cycles[i].Of)
		values = append(values, &v)
	}
	weeks := float64(all.Filter.Days()) / 7
	return chart.Bars{
		Figure: chart.Figure{
			ID:    "throughput",
			Title: "Merged, by " + string(all.Filter.Bucket),
			Sentence: fmt.Sprintf("%d pull requests were merged, %.1f a week.", all.Totals.Merged,
				float64(all.Totals.Merged)/weeks),
			Definition: defined("throughput"),
			Notes:      []string{"a dashed bar is not over yet"},
		},
		Unit:     chart.Count,
		Columns:  columns(all, func(i int) int64 { return all.Cycles[i].Of }),
		Values:   values,
		Measured: "merged",
	}.HTML()
}

// took are the ranges of the histogram.
var took = []struct {
	under int64
	name  string
}{{3600, "under 1 h"}, {4 * 3600, "1 to 4 h"}, {24 * 3600, "4 to 24 h"}, {2 * 86400, "1 to 2 days"},
	{4 * 86400, "2 to 4 days"},
	{7 * 86400, "4 to 7 days"}}

func edges() (all []int64) {
	for _, t := range took {
		all = append(all, t.under)
	}
	return all
}

// tookChart is how many changes took how long.
func tookChart(all read) template.HTML {
	b := chart.Bars{
		Figure: chart.Figure{
			ID:         "took",
			Title:      "How long they took, ready to merged",
			Definition: defined("cycle"),
			Notes:      notes(all, all.Cycle)[:1],
		},
		Unit:     chart.Count,
		Measured: "pull requests",
		Axis:     "Time",
	}
	quick := int64(0)
	for i, n := range all.Took {
		name := "over 7 days"
		if i < len(took) {
			name = took[i].name
		}
		v := float64(n)
		b.Values = append(b.Values, &v)
		b.Columns = append(b.Columns, chart.Column{
			Label: strings.TrimSuffix(strings.NewReplacer("under ", "< ", "over ", "> ", " to ", "–").Replace(name), "ays"),
			Name:  name,
			N:     n,
			URL:   "./flow/pulls" + with(all.Filter, "sort", "slowest"),
		})
		if i < 3 {
			quick += n
		}
	}
	b.Sentence = "None has a known time."
	if all.Cycle.N > 0 {
		b.Sentence = fmt.Sprintf("%d of %d were merged within a day of being ready.", quick, all.Cycle.N)
	}
	return b.HTML()
}

// stageClass is the colour of each stage.
var stageClass = [figure.Stages]int{figure.Coding: 1, figure.Draft: 2, figure.Pickup: 3, figure.Review: 4,
	figure.MergeWait:  5,
	figure.Unreviewed: 6, figure.Redraft: 2, figure.Closed: 2, figure.Deploy: 7}

// stageChart is how the hours of all changes are spent. Medians of stages do not add up; sums do.
func stageChart(all read) template.HTML {
	total, most := int64(0), 0
	for i, s := range all.Totals.Stages {
		total += s.Seconds
		if s.Seconds > all.Totals.Stages[most].Seconds {
			most = i
		}
	}
	s := chart.Stack{Figure: chart.Figure{
		ID:         "stages",
		Title:      "Where the hours go",
		Sentence:   "No pull request has a known stage.",
		Definition: defined("stages"),
		Notes: []string{fmt.Sprintf("share of all hours of %d merged pull requests, from first commit to deployment",
			all.Totals.Merged),
			"all hours, whatever the clock", "a stage that is not known adds nothing"},
	}}
	if total > 0 {
		s.Sentence = fmt.Sprintf("%s takes the most: %s of all hours.", figure.Stage(most).Name(),
			chart.Share.Format(float64(all.Totals.Stages[most].Seconds)/float64(total)))
	}
	for i, sum := range all.Totals.Stages {
		if sum.Seconds == 0 || total == 0 {
			continue
		}
		stage := figure.Stage(i)
		s.Segments = append(s.Segments, chart.Segment{
			Name:  stage.Name(),
			Share: float64(sum.Seconds) / float64(total),
			Value: fmt.Sprintf("%s of %d pull requests", chart.Seconds.Format(float64(sum.Seconds)), sum.N),
			URL:   defined(stage.ID()),
			Class: stageClass[i],
		})
	}
	return s.HTML()
}
