package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
)

// limitedFor is how long a look waits for rate limits before a failing check says so. A primary limit lasts an hour at most.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations
const limitedFor = 65 * time.Minute

// Look reads a change, judges it and publishes the verdict. Its error says that there is no verdict, or that it could
// not be published, and that the look is to be tried again. What happens meanwhile is decided by the kind of the error
// and never by its text:
//
//   - a rate limit is waited for;
//   - a refusal is explained by a failing check at once, as trying again will not help;
//   - what a forge does not show is explained from the UnreadFrom-th attempt, any other fault from the ExplainFrom-th,
//     and each at the last;
//   - a history without a common ancestor is a verdict of its own;
//   - a change that is gone, said so UnreadFrom times, is over; a merge group, of which no list tells, is refused first.
func (v *Reviewer) Look(ctx context.Context, r change.Record, attempt int, last bool) error {
	snap, err := v.read(ctx, r)
	if err == nil && v.Reports != nil && snap.State == change.Open {
		err = v.Reports.Join(ctx, &snap)
	}
	if err == nil && attempt < v.UnreadFrom && !last && snap.State == change.Open {
		err = passing(snap)
	}
	if err == nil {
		// What goes wrong from here on is told on the commit that was read, not on the one that an event named.
		r = renew(r, snap)
		err = v.judge(ctx, r, snap)
	}
	var beside *aside
	if errors.As(err, &beside) {
		return v.put(ctx, r, beside, last)
	}
	if err == nil {
		return nil
	}
	if snap.State == change.Open && snap.Head.SHA != "" {
		// The reading came far enough to see the head that the change has: the one that an event named may be another's by now.
		r = renew(r, snap)
	}
	return v.fail(context.WithoutCancel(ctx), r, err, attempt, last)
}

// passing is the first gap of a snapshot that another try may fill, as an error; nil when there is none.
func passing(snap change.Snapshot) error {
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

// put leaves what went wrong beside a verdict to the next look, once the tries of this one are over: the verdict
// stands, so the look is done.
func (v *Reviewer) put(ctx context.Context, r change.Record, beside *aside, last bool) error {
	if !last {
		return beside
	}
	v.Log.Warn("the verdict stands, and something beside it could not be done; the next look tries again", "change", r.Ref.String(),
		"error", beside.Error())
	_, err := v.Store.SavePlan(ctx, plan.Look{Record: r, KeepRecord: true, Unsure: true},
		func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	return err
}

// fail ends a look that came to no verdict.
func (v *Reviewer) fail(ctx context.Context, r change.Record, err error, attempt int, last bool) error {
	var limited *change.Limited
	var refused *change.Refused
	var unread *change.Unread
	var unrelated *change.Unrelated
	var gone *change.Gone
	from := v.ExplainFrom
	switch {
	case errors.As(err, &limited):
		if !v.late(r) && (r.WaitingSince.IsZero() || v.Now().Sub(r.WaitingSince) < limitedFor) {
			return err
		}
		from = 0
	case errors.As(err, &gone):
		if attempt < v.UnreadFrom && !last {
			return err
		}
		if r.Group != nil {
			// Nothing finds a group again, and its queue waits for a word. Where the same was said before, or nothing
			// can be said, it is over.
			if said, told := v.explain(ctx, r, err, true); said && told == nil {
				return nil
			}
		}
		return v.over(ctx, r, gone)
	case errors.As(err, &unrelated):
		_, told := v.explain(ctx, r, err, true)
		return told
	case errors.As(err, &refused):
		from = 0
	case errors.As(err, &unread):
		from = v.UnreadFrom
	}
	if attempt < from && !last && !v.late(r) {
		return err
	}
	if _, told := v.explain(ctx, r, err, false); told != nil {
		// That there is no verdict was not said either, and that is what must be tried again: the kind of the first error has no say in it.
		return fmt.Errorf("say that there is no verdict (%s): %w", err.Error(), told)
	}
	return err
}

// late reports whether a merge group has waited for as long as it may.
func (v *Reviewer) late(r change.Record) bool {
	return r.Group != nil && v.GroupDeadline > 0 && v.Now().Sub(r.RaisedAt) >= v.GroupDeadline
}

// over records that a change is not there any more. Nothing is published: there is nothing to merge. Should the forge
// show it again, a sweep or event finds it.
func (v *Reviewer) over(ctx context.Context, r change.Record, gone *change.Gone) error {
	if r.State != change.Open {
		return nil
	}
	at := r.Target()
	r.State = change.Closed
	v.Log.Info("the change is gone; nothing is published", "change", r.Ref.String(), "reason", gone.What)
	look := plan.Look{
		Record: r,
		Lines:  []history.Line{{Key: r.Key, At: v.Now(), Kind: history.Ended, Detail: "gone: " + gone.What, SHA: at}},
	}
	_, err := v.Store.SavePlan(ctx, look, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	return err
}

// Conclude ends a check that is shown in progress on a commit which no open change has any more: the change moved on,
// or is over. It fails: nobody judged the commit, and should a change have it again, a look takes its place. It does
// nothing when something else stands there by now.
func (v *Reviewer) Conclude(ctx context.Context, e effect.Effect) error {
	r := change.Record{Ref: e.Ref, State: change.Open, Head: change.Rev{SHA: e.Check.SHA}}
	_, err := v.Store.SavePlan(ctx, plan.Look{Record: r, KeepRecord: true}, func(st plan.Standing) ([]effect.Effect, error) {
		stands, there := st.Checks[e.Check.Name]
		if !there || stands.Effect.Key != e.Key || stands.Effect.Check.Status != effect.InProgress || len(st.Peers) > 0 {
			return nil, nil
		}
		return publish.LeftBehind(r, st, e.Check.Name, v.Now()), nil
	})
	if err != nil {
		return err
	}
	return v.Outbox.Run(ctx, e.Ref.Key, e.Check.SHA)
}

// explain publishes a failing check that says why there is no verdict, once; said is false when that stands already. It
// takes the place of an older verdict: nobody knows whether that still holds. With unsure the look is done by it, and a
// sweep looks again.
func (v *Reviewer) explain(ctx context.Context, r change.Record, cause error, unsure bool) (said bool, err error) {
	if r.Target() == "" || r.State != change.Open {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	look := plan.Look{
		Record:     r,
		KeepRecord: true,
		Unsure:     unsure,
		Lines:      []history.Line{{Key: r.Key, At: v.Now(), Kind: history.Failed, Detail: cause.Error(), SHA: r.Target()}},
	}
	effects, err := v.Store.SavePlan(ctx, look, func(st plan.Standing) ([]effect.Effect, error) {
		return publish.Trouble(r, st, cause, v.page(r.Ref), v.Now()), nil
	})
	if err != nil {
		return false, err
	}
	// Also what was intended before and did not arrive: it stands in our record alone.
	return len(effects) > 0, v.Outbox.Run(ctx, r.Key, r.Target())
}
