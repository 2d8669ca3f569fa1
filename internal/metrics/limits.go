package metrics

import (
	"context"

	"github.com/lintel-review/lintel/internal/change"
)

// Limits is the set of the gauges of what forges leave of their limits on requests, as all processes know it together. Read
// gives by forge the smallest share that is left to a connection, and how many connections send no request now.
func Limits(read func(context.Context) (left map[change.Forge]float64, paused map[change.Forge]int, err error)) Set {
	left := Gauges("lintel_forge_limit_left_ratio",
		"The share of a forge's limit on requests that is left until it is reset, of the connection with the least. Below 0.2 the "+
			"processes lease requests, and work that nobody waits for stops. Absent where the forge told of no limit.",
		[]string{"forge"}, func(ctx context.Context) (all []Sample, err error) {
			left, _, err := read(ctx)
			for forge, share := range left {
				all = append(all, Sample{Labels: []string{string(forge)}, Value: share})
			}
			return all, err
		})
	paused := Gauges("lintel_forge_paused_connections",
		"Connections of which no process sends a request now, because the forge refused one until a time.", []string{"forge"},
		func(ctx context.Context) (all []Sample, err error) {
			_, paused, err := read(ctx)
			for forge, n := range paused {
				all = append(all, Sample{Labels: []string{string(forge)}, Value: float64(n)})
			}
			return all, err
		})
	return Set{append(left.collectors, paused.collectors...)}
}
