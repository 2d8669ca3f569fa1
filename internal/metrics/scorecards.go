package metrics

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// otherRules is the label of rules that the server does not know, such as those of an earlier version.
const otherRules = "other"

// Scorecards is the set of what became of the findings of rules. Known are the rules that may be labels.
func Scorecards(known []string, read func(context.Context) ([]scorecard.Count, error)) Set {
	cards := remember(10*time.Second, func(ctx context.Context) ([]scorecard.Card, error) {
		counts, err := read(ctx)
		for i := range counts {
			if !slices.Contains(known, counts[i].Rule) {
				counts[i].Rule = otherRules
			}
		}
		return scorecard.Cards(counts), err
	})
	each := func(samples func(scorecard.Card) []Sample) func(context.Context) ([]Sample, error) {
		return func(ctx context.Context) ([]Sample, error) {
			all, err := cards(ctx)
			var out []Sample
			for _, c := range all {
				out = append(out, samples(c)...)
			}
			return out, err
		}
	}
	return join(
		Gauges("lintel_rule_findings",
			"Posted findings of 28 days by what they came to; a rule that this version does not have is other.",
			[]string{"rule", "outcome"},
			each(func(c scorecard.Card) (all []Sample) {
				for _, o := range outcome.All() {
					all = append(all, Sample{[]string{c.Rule, string(o)}, float64(c.Outcomes[o])})
				}
				return all
			})),
		Gauges("lintel_rule_blocked_findings", "Posted findings of 28 days that refused a change.", []string{"rule"},
			each(func(c scorecard.Card) []Sample { return []Sample{{[]string{c.Rule}, float64(c.Blocked)}} })),
		Gauges("lintel_rule_pull_requests", "Changes on which the rule first fired in 28 days.", []string{"rule"},
			each(func(c scorecard.Card) []Sample { return []Sample{{[]string{c.Rule}, float64(c.Changes)}} })),
		Gauges("lintel_rule_outcome_ratio",
			"Rates of 28 days from 0 to 1 (addressed, explicit_fp, effective_fp, override): the share, and the "+
				"low and high end of its 95 % interval. Absent below 20 decided findings.",
			[]string{"rule", "rate", "bound"}, each(ratios)),
		Gauges("lintel_rule_fix_seconds",
			"Median time from a finding to the look that found it addressed, within 5 %. Absent below five.", []string{"rule"},
			each(func(c scorecard.Card) []Sample {
				if c.MedianFixSeconds == nil {
					return nil
				}
				return []Sample{{[]string{c.Rule}, float64(*c.MedianFixSeconds)}}
			})),
	)
}

// ratios are the rates of a rule that enough was counted for.
func ratios(c scorecard.Card) (all []Sample) {
	for _, rate := range []struct {
		name string
		*scorecard.Rate
	}{{"addressed", c.Addressed}, {"explicit_fp", c.ExplicitFP}, {"effective_fp", c.EffectiveFP}, {"override", c.OverrideRate}} {
		if rate.Rate == nil {
			continue
		}
		all = append(all, Sample{[]string{c.Rule, rate.name, "share"}, rate.Share}, Sample{[]string{c.Rule, rate.name, "low"}, rate.Low},
			Sample{[]string{c.Rule, rate.name, "high"}, rate.High})
	}
	return all
}

// join makes one set of several.
func join(sets ...Set) (all Set) {
	for _, s := range sets {
		all.collectors = append(all.collectors, s.collectors...)
	}
	return all
}

// remember reads a value at most once in a time, however many gauges show parts of it. Errors are not remembered.
func remember[T any](age time.Duration, read func(context.Context) (T, error)) func(context.Context) (T, error) {
	var mu sync.Mutex
	var last T
	var at time.Time
	return func(ctx context.Context) (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if !at.IsZero() && time.Since(at) < age {
			return last, nil
		}
		got, err := read(ctx)
		if err == nil {
			last, at = got, time.Now()
		}
		return got, err
	}
}
