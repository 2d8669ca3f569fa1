package metrics

import "context"

// Backfill is the set of the gauge of how much of the past was read.
func Backfill(read func(context.Context) (float64, error)) Set {
	return Gauges("lintel_backfill_complete_ratio",
		"How much of the past of the repositories that was asked for has been read, from 0 to 1; 1 when none was.", nil,
		func(ctx context.Context) ([]Sample, error) {
			ratio, err := read(ctx)
			return []Sample{{Value: ratio}}, err
		})
}
