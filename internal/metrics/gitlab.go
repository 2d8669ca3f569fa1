package metrics

import (
	"context"
	"time"
)

// GitLab is the set of the gauge of GitLab's access token. Read says when it ends, zero when it does not.
func GitLab(read func(context.Context) (time.Time, error)) Set {
	return Gauges("lintel_gitlab_token_ends_timestamp_seconds",
		"When the access token of GitLab ends, as Unix time. Absent where it does not, or where GitLab does not say. Rotate it "+
			"before: the read is at most ten minutes old.", nil,
		func(ctx context.Context) ([]Sample, error) {
			at, err := read(ctx)
			if err != nil || at.IsZero() {
				return nil, err
			}
			return []Sample{{Value: float64(at.Unix())}}, nil
		})
}
