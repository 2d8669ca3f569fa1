package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
)

// limitedFor is how long a look waits for rate limits before a failing check says so. A primary limit lasts an hour at most.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations
const limitedFor = 65 * time.Minute

// Look reads a change, judges it and publishes the verdict. An error means that there is no verdict, or that it could
// not be published, and that the look must be retried. What happens until then depends on the kind of the error and
// never on its text:
//
//   - a rate limit is waited for;
//   - a failing check explains a refusal at once, because a retry will not help;
//   - a failing check explains what a forge does not show from the UnreadFrom-th attempt, any other fault from the
//     ExplainFrom-th, and each at the last;
//   - a history without a common ancestor is a verdict of its own;
//   - a change that UnreadFrom attempts found gone is over. A merge group's check fails first: no list shows groups.
func (v *Reviewer) Look(ctx context.Context, r change.Record, attempt int, last bool) error {
	accepted := v.accept(ctx, r)
	snap, err := v.read(ctx, r)
	<-accepted
	if err == nil && snap.State == change.Open {
		err = v.options.Reports.Join(ctx, &snap)
	}
	if err == nil && attempt < v.options.UnreadFrom && !last && snap.State == change.Open {
		err = retryableGap(snap)
	}
	if err == nil {
		// Failures from here on are reported on the commit that was read, not on the one that an event named.
		r = applySnapshot(r, snap)
		err = v.judge(ctx, r, snap)
	}
	if failure, ok := errors.AsType[*nonGateError](err); ok {
		return v.retryLater(ctx, r, failure, last)
	}
	if err == nil {
		return nil
	}
	if snap.State == change.Open && snap.Head.SHA != "" {
		// The head was read before the failure; the one that an event named may be outdated by now.
		r = applySnapshot(r, snap)
	}
	return v.fail(context.WithoutCancel(ctx), r, err, attempt, last)
}

// accept shows beside the reading that commands were read. Whether it could does not matter to the look.
func (v *Reviewer) accept(ctx context.Context, r change.Record) <-chan struct{} {
	done := make(chan struct{})
	if r.Unasked {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				v.options.Log.ErrorContext(ctx, "accepting commands panicked", "change", r.Ref.String(), "panic",
					fmt.Sprint(p))
			}
		}()
		if err := v.options.Control.Accept(ctx, r.Ref); err != nil {
			v.options.Log.DebugContext(ctx, "could not show that commands were read", "change", r.Ref.String(),
				"error", err.Error())
		}
	}()
	return done
}

// retryableGap is the first gap of a snapshot that a retry may fill, as an error; nil when there is none.
func retryableGap(snap change.Snapshot) error {
	for _, g := range snap.Gaps {
		if g.Passing {
			return &change.Unread{
				What:   fmt.Sprintf("%s %s is not known: %s", g.Fact, g.Path, g.Reason),
				Remedy: "if it stays so, run \"lintel doctor github\"",
			}
		}
	}
	return nil
}

// retryLater returns a failure that does not touch the verdict, so that the look is retried. After the last attempt the next
// look retries it: the verdict stands, so this look is done.
func (v *Reviewer) retryLater(ctx context.Context, r change.Record, failure *nonGateError, last bool) error {
	if !last {
		return failure
	}
	v.options.Log.WarnContext(ctx,
		"the verdict stands, and something beside it could not be done; the next look tries again", "change", r.Ref.String(),
		"error", failure.Error())
	return v.saveSilently(ctx, plan.Look{Record: r, KeepRecord: true, Unsure: true})
}

// fail ends a look that came to no verdict.
func (v *Reviewer) fail(ctx context.Context, r change.Record, err error, attempt int, last bool) error {
	var limited *change.Limited
	var refused *change.Refused
	var unread *change.Unread
	var unrelated *change.Unrelated
	var gone *change.Gone
	from := v.options.ExplainFrom
	switch {
	case errors.As(err, &limited):
		if !v.groupOverdue(r) && (r.WaitingSince.IsZero() || v.options.Now().Sub(r.WaitingSince).Abs() < limitedFor) {
			return err
		}
		from = 0
	case errors.As(err, &gone):
		if attempt < v.options.UnreadFrom && !last {
			return err
		}
		if r.Group != nil {
			// No sweep finds a group again, and its queue waits for a check. It is over when the check said so before, or
			// when nothing can be published.
			if published, failed := v.explain(ctx, r, err, true); published && failed == nil {
				return nil
			}
		}
		return v.recordGone(ctx, r, gone)
	case errors.As(err, &unrelated):
		_, failed := v.explain(ctx, r, err, true)
		return failed
	case errors.As(err, &refused):
		from = 0
	case errors.As(err, &unread):
		from = v.options.UnreadFrom
	}
	if attempt < from && !last && !v.groupOverdue(r) {
		return err
	}
	if _, failed := v.explain(ctx, r, err, false); failed != nil {
		// The explanation was not published either, and that must be retried: the kind of the first error no longer matters.
		return fmt.Errorf("say that there is no verdict (%s): %w", err.Error(), failed)
	}
	return err
}

// groupOverdue reports whether a merge group has waited for as long as it may.
func (v *Reviewer) groupOverdue(r change.Record) bool {
	return r.Group != nil && v.options.Now().Sub(r.RaisedAt).Abs() >= v.options.GroupDeadline
}

// recordGone records that the forge shows a change no more. Nothing is published: there is nothing to merge. If the forge
// shows it again, a sweep or an event finds it.
func (v *Reviewer) recordGone(ctx context.Context, r change.Record, gone *change.Gone) error {
	if r.State != change.Open {
		return nil
	}
	at := r.Target()
	r.State = change.Closed
	v.options.Log.InfoContext(ctx, "the change is gone; nothing is published", "change", r.Ref.String(), "reason",
		gone.What)
	look := plan.Look{
		Record: r,
		Lines:  []history.Line{{Key: r.Key, At: v.options.Now(), Kind: history.Ended, Detail: "gone: " + gone.What, SHA: at}},
	}
	return v.saveSilently(ctx, look)
}

// Conclude fails a check that is still in progress on a commit which is no open change's head any more. Nobody judged
// the commit; if a change has it again, a look replaces the check. Conclude does nothing when the check was replaced.
func (v *Reviewer) Conclude(ctx context.Context, e effect.Effect) error {
	r := change.Record{Ref: e.Ref, State: change.Open, Head: change.Rev{SHA: e.Check.SHA}}
	_, err := v.options.Store.SavePlan(ctx, plan.Look{Record: r, KeepRecord: true}, func(st plan.Standing) ([]effect.Effect, error) {
		stands, there := st.Checks[e.Check.Name]
		if !there || stands.Effect.Key != e.Key || stands.Effect.Check.Status != effect.InProgress || len(st.Peers) > 0 {
			return nil, nil
		}
		return publish.LeftBehind(r, st, e.Check.Name, v.options.Now()), nil
	})
	if err != nil {
		return err
	}
	return v.options.Outbox.Run(ctx, e.Ref.Key, e.Check.SHA)
}

// explain publishes a failing check that says why there is no verdict; published is false when the same check stands
// already. It replaces an older verdict, which may not hold any more. With unsure the look is done, and a sweep looks again.
func (v *Reviewer) explain(ctx context.Context, r change.Record, cause error, unsure bool) (published bool, err error) {
	if r.Target() == "" || r.State != change.Open {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	look := plan.Look{
		Record:     r,
		KeepRecord: true,
		Unsure:     unsure,
		Lines:      []history.Line{{Key: r.Key, At: v.options.Now(), Kind: history.Failed, Detail: cause.Error(), SHA: r.Target()}},
	}
	gate, err := v.gateSwitch(ctx, r.Ref)
	if err != nil {
		return false, err
	}
	if gate != nil && gate.State == gateswitch.Open {
		look.Turned = &gateswitch.Turned{Switch: gate.ID, Ref: r.Ref, SHA: r.Target(), Passed: true, At: v.options.Now()}
	}
	effects, err := v.options.Store.SavePlan(ctx, look, func(st plan.Standing) ([]effect.Effect, error) {
		return publish.Trouble(r, st, cause, v.options.Page(r.Ref), v.options.Now(), gate), nil
	})
	if err != nil {
		return false, err
	}
	// Run also sends effects that were saved before and never reached the forge.
	return len(effects) > 0, v.options.Outbox.Run(ctx, r.Key, r.Target())
}
