package recovery

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

const (
	// strandedAfter is how long a check stands in progress on a commit of no open change before it is concluded.
	strandedAfter = time.Minute
	// strandedFor is how far back such checks are looked for.
	strandedFor = 7 * 24 * time.Hour
)

// ConcludeStranded ends the checks that stand in progress on commits of no open change. When the forge does not take
// one, the commit or the whole repository is gone, and the intent is dropped.
func (rc *Recovery) ConcludeStranded(ctx context.Context) error {
	now := rc.now()
	all, err := rc.store.Stranded(ctx, now.Add(-strandedFor), now.Add(-strandedAfter), 100)
	if err != nil {
		return err
	}
	var failed error
	for _, e := range all {
		err := rc.checks.Conclude(ctx, e)
		var limited *change.Limited
		var refused *change.Refused
		var unread *change.Unread
		var gone *change.Gone
		switch {
		case errors.As(err, &limited):
			return nil // the next sweep goes on
		case errors.As(err, &refused), errors.As(err, &unread), errors.As(err, &gone):
			pending, err := rc.store.Pending(ctx, e.Ref.Key, effect.KindCheck)
			for _, p := range pending {
				if p.Effect.Check.SHA == e.Check.SHA {
					err = errors.Join(err, rc.store.Drop(ctx, p.Effect, "the forge did not take it, and the change is over"))
				}
			}
			failed = errors.Join(failed, err)
		default:
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
