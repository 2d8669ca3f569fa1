package metrics

import (
	"context"

	"github.com/lintel-review/lintel/internal/past"
)

// Backfill is the set of the gauge of how much of the past was read.
func Backfill(read func(context.Context) (past.Progress, error)) Set {
	return Gauges("lintel_backfill_complete_ratio",
		"How much of the past of the repositories that was asked for has been read, from 0 to 1; 1 when none was.", nil,
		func(ctx context.Context) ([]Sample, error) {
			p, err := read(ctx)
			return []Sample{{Value: p.Ratio}}, err
		})
}
