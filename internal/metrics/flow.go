package metrics

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/flow/definition"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/figure"
)

// Flow is the set of the figures of changes. Its help comes from their definitions.
func Flow(read func(context.Context) (figure.Recent, error)) Set {
	recent := remember(time.Minute, read)
	each := func(samples func(figure.Scope) []Sample) func(context.Context) ([]Sample, error) {
		return func(ctx context.Context) ([]Sample, error) {
			r, err := recent(ctx)
			var all []Sample
			for _, s := range r.Scopes {
				all = append(all, samples(s)...)
			}
			return all, err
		}
	}
	return join(
		Gauges("lintel_flow_cycle_seconds", helpOf("cycle"), []string{"team", "stat"},
			each(func(s figure.Scope) []Sample { return percentiles(s.Team, s.Cycle) })),
		Gauges("lintel_flow_pickup_seconds", helpOf("pickup"), []string{"team", "stat"},
			each(func(s figure.Scope) []Sample { return percentiles(s.Team, s.Pickup) })),
		Gauges("lintel_flow_merged_pull_requests", helpOf("throughput"), []string{"team"},
			each(func(s figure.Scope) []Sample { return []Sample{{[]string{s.Team}, float64(s.Totals.Merged)}} })),
		Gauges("lintel_flow_unreviewed_ratio", helpOf("merged_unreviewed"), []string{"team"},
			each(func(s figure.Scope) []Sample {
				rate := figure.RateOf(s.Totals.Unreviewed, s.Totals.Merged)
				if rate == nil {
					return nil
				}
				return []Sample{{[]string{s.Team}, rate.Share}}
			})),
		Gauges("lintel_flow_open_pull_requests", helpOf("waiting_now"), []string{"waits_for"},
			func(ctx context.Context) (all []Sample, err error) {
				r, err := recent(ctx)
				for on, n := range r.Open {
					all = append(all, Sample{[]string{on}, float64(n)})
				}
				return all, err
			}),
		Gauges("lintel_flow_newest_event_timestamp_seconds", "When the newest event of a change happened. Absent without one.", nil,
			func(ctx context.Context) ([]Sample, error) {
				r, err := recent(ctx)
				if err != nil || r.Newest.IsZero() {
					return nil, err
				}
				return []Sample{{Value: float64(r.Newest.Unix())}}, nil
			}),
	)
}

// helpOf is the help of a figure, by its definition.
func helpOf(name string) string {
	d, ok := definition.Of(name)
	if !ok {
		panic("metrics: no definition is called " + name)
	}
	return d.Help()
}

func percentiles(team string, p figure.Percentiles) (all []Sample) {
	for _, stat := range []string{"p50", "p75", "p90"} {
		if v := p.At(stat); v != nil {
			all = append(all, Sample{[]string{team, stat}, float64(*v)})
		}
	}
	return all
}

// Dora is the set of the five metrics of DORA, of all repositories. Their help comes from their definitions. A figure
// that is not known, or of too few deployments, is absent.
func Dora(read func(context.Context) (dora.Report, error)) Set {
	report := remember(time.Minute, read)
	share := func(of func(dora.Report) *figure.Rate) func(context.Context) ([]Sample, error) {
		return func(ctx context.Context) ([]Sample, error) {
			r, err := report(ctx)
			if rate := of(r); err == nil && rate != nil {
				return []Sample{{Value: rate.Share}}, nil
			}
			return nil, err
		}
	}
	spread := func(of func(dora.Report) figure.Percentiles) func(context.Context) ([]Sample, error) {
		return func(ctx context.Context) (all []Sample, err error) {
			r, err := report(ctx)
			for _, s := range percentiles("", of(r)) {
				all = append(all, Sample{s.Labels[1:], s.Value})
			}
			return all, err
		}
	}
	return join(
		Gauges("lintel_dora_deployments", helpOf("deployment_frequency"), []string{"source"},
			func(ctx context.Context) ([]Sample, error) {
				r, err := report(ctx)
				if err != nil || r.Source == "" {
					return nil, err
				}
				return []Sample{{[]string{string(r.Source)}, float64(r.Deployments)}}, nil
			}),
		Gauges("lintel_dora_lead_time_seconds", helpOf("lead_time"), []string{"stat"},
			spread(func(r dora.Report) figure.Percentiles { return r.LeadTime })),
		Gauges("lintel_dora_recovery_seconds", helpOf("recovery_time"), []string{"stat"},
			spread(func(r dora.Report) figure.Percentiles { return r.Recovery })),
		Gauges("lintel_dora_change_fail_ratio", helpOf("change_fail_rate"), nil,
			share(func(r dora.Report) *figure.Rate { return r.ChangeFail })),
		Gauges("lintel_dora_rework_ratio", helpOf("rework_rate"), nil,
			share(func(r dora.Report) *figure.Rate { return r.Rework })),
	)
}
