package metrics

import (
	"context"
	"time"
)

// GitLab is the set of the gauges of GitLab's access token and webhooks. Ends says when the token ends, zero when it does
// not; hooks how many projects have a webhook in each state, nil where nobody shows it.
func GitLab(ends func(context.Context) (time.Time, error), hooks func() map[string]int) Set {
	token := Gauges("lintel_gitlab_token_ends_timestamp_seconds",
		"When the access token of GitLab ends, as Unix time. Absent where it does not, or where GitLab does not say. Rotate it "+
			"before: the read is at most ten minutes old.", nil,
		func(ctx context.Context) ([]Sample, error) {
			at, err := ends(ctx)
			if err != nil || at.IsZero() {
				return nil, err
			}
			return []Sample{{Value: float64(at.Unix())}}, nil
		})
	states := Gauges("lintel_gitlab_webhooks",
		"Projects by the state of the webhook that sends to Lintel, in GitLab's words: `executable`, `temporarily_disabled`, "+
			"`disabled`, or `missing`. Absent where neither Lintel's user nor `gitlab.maintainer_token_file` may see webhooks. The "+
			"read is at most fifteen minutes old.", []string{"state"},
		func(context.Context) (all []Sample, err error) {
			for state, n := range hooks() {
				all = append(all, Sample{Labels: []string{state}, Value: float64(n)})
			}
			return all, nil
		})
	return Set{append(token.collectors, states.collectors...)}
}
