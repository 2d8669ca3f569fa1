//race:unwatched
package metrics

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/figure"
)

func TestFlow(t *testing.T) {
	t.Parallel()
	p50, p90 := int64(3600), int64(7200)
	registry := prometheus.NewRegistry()
	registry.MustRegister(Flow(func(context.Context) (figure.Recent, error) {
		return figure.Recent{
			Scopes: []figure.Scope{
				{Cycle: figure.Percentiles{N: 30, P50: &p50, P75: &p90, P90: &p90}, Pickup: figure.Percentiles{N: 30, P50: &p50},
					Totals: figure.Totals{Merged: 30, Unreviewed: 3}},
				{Team: "web", Totals: figure.Totals{Merged: 2, Unreviewed: 2}},
			},
			Open:   map[string]int64{"review": 4},
			Newest: time.Unix(1000, 0),
		}, nil
	}).collectors...)
	want := `lintel_flow_cycle_seconds{stat="p50",team=""} 3600
lintel_flow_cycle_seconds{stat="p75",team=""} 7200
lintel_flow_cycle_seconds{stat="p90",team=""} 7200
lintel_flow_merged_pull_requests{team=""} 30
lintel_flow_merged_pull_requests{team="web"} 2
lintel_flow_newest_event_timestamp_seconds 1000
lintel_flow_open_pull_requests{waits_for="review"} 4
lintel_flow_pickup_seconds{stat="p50",team=""} 3600
lintel_flow_unreviewed_ratio{team=""} 0.1
`
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
	got := shownGauges(t, registry, "lintel_flow_")
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestDora: what is not known, or of too few deployments, is absent and never 0.
func TestDora(t *testing.T) {
	t.Parallel()
	p50, p90 := int64(3600), int64(7200)
	for name, c := range map[string]struct {
		report dora.Report
		want   string
	}{
		"nothing":   {dora.Report{}, ""},
		"by merges": {dora.Report{Source: dora.ByMerge, Deployments: 7}, `lintel_dora_deployments{source="merge"} 7` + "\n"},
		"everything": {dora.Report{Source: dora.ByStatus, Deployments: 40,
			LeadTime: figure.Percentiles{N: 9, P50: &p50, P75: &p90, P90: &p90},
			Recovery: figure.Percentiles{N: 5, P50: &p50}, ChangeFail: figure.RateOf(4, 40), Rework: figure.RateOf(0, 40)},
			`lintel_dora_change_fail_ratio 0.1
lintel_dora_deployments{source="deployment_status"} 40
lintel_dora_lead_time_seconds{stat="p50"} 3600
lintel_dora_lead_time_seconds{stat="p75"} 7200
lintel_dora_lead_time_seconds{stat="p90"} 7200
lintel_dora_recovery_seconds{stat="p50"} 3600
lintel_dora_rework_ratio 0
`},
	} {
		registry := prometheus.NewRegistry()
		registry.MustRegister(Dora(func(context.Context) (dora.Report, error) { return c.report, nil }).collectors...)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
			t.Errorf("%s: promlint: %v, %v", name, problems, err)
		}
		if got := shownGauges(t, registry, "lintel_dora_"); got != c.want {
			t.Errorf("%s: %s\nwant\n%s", name, got, c.want)
		}
	}
}

// shownGauges are the gauges whose names begin so, one a line.
func shownGauges(t *testing.T, registry *prometheus.Registry, prefix string) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), prefix) {
			for _, s := range f.GetMetric() {
				var labels []string
				for _, l := range s.GetLabel() {
					labels = append(labels, l.GetName()+`="`+l.GetValue()+`"`)
				}
				got.WriteString(f.GetName())
				if len(labels) > 0 {
					got.WriteString("{" + strings.Join(labels, ",") + "}")
				}
				got.WriteString(" " + strconv.FormatFloat(s.GetGauge().GetValue(), 'g', -1, 64) + "\n")
			}
		}
	}
	return got.String()
}
