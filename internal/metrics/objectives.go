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
		Gauges("lintel_objective_heads", "Heads of pull requests in the objectives' window, by how they did.",
			[]string{"objective", "result"}, each(func(s objective.Status) []Sample {
				return []Sample{{[]string{string(s.Name), "good"}, float64(s.Good)}, {[]string{string(s.Name), "bad"}, float64(s.Bad)},
					{[]string{string(s.Name), "superseded"}, float64(s.Superseded)}}
			})),
		Gauges("lintel_objective_budget_left_ratio", "Share of the allowed bad heads that is left; below 0 when there were more.",
			[]string{"objective"}, each(func(s objective.Status) []Sample {
				return optional([]string{string(s.Name)}, s.BudgetLeft)
			})),
		Gauges("lintel_objective_burn_ratio", "How many times faster than allowed the budget of bad heads is used.",
			[]string{"objective", "window"}, each(func(s objective.Status) (all []Sample) {
				for _, w := range objective.Windows() {
					all = append(all, Sample{[]string{string(s.Name), w.Name}, s.Burn[w.Name]})
				}
				return all
			})),
		Gauges("lintel_objective_seconds", "Times from a delivery to an objective in the objectives' window.",
			[]string{"objective", "stat"}, each(func(s objective.Status) []Sample { return stats([]string{string(s.Name)}, s.Took) })),
		Gauges("lintel_provider_lag_seconds", "Times from the forge's event to its delivery.", []string{"stat"},
			func(ctx context.Context) ([]Sample, error) {
				r, err := report(ctx)
				return stats(nil, r.ProviderLag), err
			}),
		Gauges("lintel_lost_deliveries", "Heads in the objectives' window that no delivery told of in time.", nil,
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
