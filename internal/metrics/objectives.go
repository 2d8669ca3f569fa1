package metrics

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/objective"
)

// Objectives is the set of how quickly Lintel answered.
func Objectives(read func(context.Context) (objective.Report, error)) Set {
	report := remember(15*time.Second, read)
	each := func(samples func(objective.Status) []Sample) func(context.Context) ([]Sample, error) {
		return func(ctx context.Context) ([]Sample, error) {
			r, err := report(ctx)
			var out []Sample
			for _, s := range r.Objectives {
				out = append(out, samples(s)...)
			}
			return out, err
		}
	}
	return join(
		Gauges("lintel_objective_heads",
			"Heads of changes in the objectives' window: good, bad, and superseded in time by a newer head, "+
				"which is neither.",
			[]string{"objective", "result"}, each(func(s objective.Status) []Sample {
				return []Sample{{[]string{string(s.Name), "good"}, float64(s.Good)}, {[]string{string(s.Name), "bad"}, float64(s.Bad)},
					{[]string{string(s.Name), "superseded"}, float64(s.Superseded)}}
			})),
		Gauges("lintel_objective_budget_left_ratio",
			"The share of the bad heads that the target allows and that did not happen. Below 0 when there were "+
				"more; absent without a decided head.",
			[]string{"objective"}, each(func(s objective.Status) []Sample {
				return optional([]string{string(s.Name)}, s.BudgetLeft)
			})),
		Gauges("lintel_objective_burn_ratio",
			"How many times faster than allowed the budget of bad heads is used, over 5m, 30m, 1h and 6h. 0 when "+
				"nothing was decided.",
			[]string{"objective", "window"}, each(func(s objective.Status) (all []Sample) {
				for _, w := range objective.Windows() {
					all = append(all, Sample{[]string{string(s.Name), w.Name}, s.Burn[w.Name]})
				}
				return all
			})),
		Gauges("lintel_objective_seconds",
			"p50, p95 and p99 of the times from a delivery to the objective, by nearest rank. Absent below five.",
			[]string{"objective", "stat"}, each(func(s objective.Status) []Sample { return stats([]string{string(s.Name)}, s.Took) })),
		Gauges("lintel_provider_lag_seconds",
			"The same of the times from the forge's event to its delivery, which are not charged to Lintel.", []string{"stat"},
			func(ctx context.Context) ([]Sample, error) {
				r, err := report(ctx)
				return stats(nil, r.ProviderLag), err
			}),
		Gauges("lintel_lost_deliveries", "Heads that a sweep found before a delivery told of them.", nil,
			func(ctx context.Context) ([]Sample, error) {
				r, err := report(ctx)
				return []Sample{{Value: float64(r.Lost)}}, err
			}),
	)
}

func optional(labels []string, value *float64) []Sample {
	if value == nil {
		return nil
	}
	return []Sample{{labels, *value}}
}

func stats(labels []string, q objective.Quantiles) (all []Sample) {
	for _, stat := range []struct {
		name  string
		value *float64
	}{{"p50", q.P50}, {"p95", q.P95}, {"p99", q.P99}} {
		all = append(all, optional(append(labels[:len(labels):len(labels)], stat.name), stat.value)...)
	}
	return all
}
