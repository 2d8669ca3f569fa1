package metrics

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

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
	var got strings.Builder
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "lintel_flow_") {
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
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got.String(), want)
	}
}
