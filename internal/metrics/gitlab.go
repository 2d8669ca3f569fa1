package metrics

import (
	"context"
	"time"
)

// Projects counts projects by the state of their webhook, and by the gate that holds merges.
type Projects interface {
	Webhooks() map[string]int
	Gates() map[string]int
}

// GitLab is the set of the gauges of GitLab's access token, webhooks and gates. Ends says when the token ends, zero when it
// does not; projects is read from the record, so that all processes say the same.
func GitLab(ends func(context.Context) (time.Time, error), projects func(context.Context) (Projects, error)) Set {
	token := Gauges(
		"lintel_gitlab_token_ends_timestamp_seconds",
		"When the access token of GitLab ends, as Unix time. Absent where it does not, or where GitLab does not say. Rotate it "+
			"before: the read is at most ten minutes old.",
		nil,
		func(ctx context.Context) ([]Sample, error) {
			at, err := ends(ctx)
			if err != nil || at.IsZero() {
				return nil, err
			}
			return []Sample{{Value: float64(at.Unix())}}, nil
		},
	)
	states := Gauges(
		"lintel_gitlab_webhooks",
		"Projects by the state of the webhook that sends to Lintel, in GitLab's words: `executable`, `temporarily_disabled`, "+
			"`disabled`, or `missing`. Absent where neither Lintel's user nor `gitlab.maintainer_token_file` may see webhooks. The "+
			"read is up to fifteen minutes old, with over 200 projects up to three hours.",
		[]string{"state"},
		counted(projects, Projects.Webhooks),
	)
	gates := Gauges(
		"lintel_gitlab_gates",
		"Projects by the gate that holds merges there: `external` (status check), `approval` (rule), `job` (`lintel await`), "+
			"`status` (commit status in a pipeline that must succeed), `auto_approved` (the "+
			"rule has no approver any more), or `none` (information only). As old as `lintel_gitlab_webhooks`.",
		[]string{"gate"},
		counted(projects, Projects.Gates),
	)
	return Set{append(append(token.collectors, states.collectors...), gates.collectors...)}
}

func counted(
	read func(context.Context) (Projects, error),
	by func(Projects) map[string]int,
) func(context.Context) ([]Sample, error) {
	return func(ctx context.Context) (all []Sample, err error) {
		projects, err := read(ctx)
		if err != nil {
			return nil, err
		}
		for name, n := range by(projects) {
			all = append(all, Sample{Labels: []string{name}, Value: float64(n)})
		}
		return all, nil
	}
}
