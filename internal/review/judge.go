package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/trace"
)

// evaluation is one verdict on the way from a snapshot to what is published.
type evaluation struct {
	record   change.Record
	snap     change.Snapshot
	settings settings.Resolution
	waiting  *publish.Waiting // nil when no report is awaited
	facts    facts.Facts
	decision policy.Decision
	replies  string
	look     plan.Look
}

// judge decides about a snapshot, saves the plan and publishes it.
func (v *Reviewer) judge(ctx context.Context, r change.Record, snap change.Snapshot) error {
	if snap.State != change.Open {
		return v.recordEnd(ctx, r, snap)
	}
	e, err := v.evaluate(ctx, r, snap)
	if err != nil {
		return err
	}
	// Drafts have no part in the verdict: it neither waits for them nor fails with them.
	draftErr := v.releaseDrafts(ctx, r)
	s, err := v.save(ctx, e)
	if err != nil {
		return err
	}
	if err := v.requestLooks(ctx, r, s.unjudged); err != nil {
		return err
	}
	commentErr, err := v.publish(ctx, r)
	if err != nil {
		return err
	}
	// The gate is done.
	voteErr := v.weighVotes(ctx, r)
	v.requestAdvice(ctx, e)
	inlineErr := v.postInline(ctx, r, s)
	var reactErr error
	if !r.Unasked {
		reactErr = v.options.Control.React(ctx, r.Ref)
	}
	if err := errors.Join(draftErr, commentErr, voteErr, inlineErr, reactErr); err != nil {
		return &nonGateError{err}
	}
	if e.look.Unsure && r.Group != nil && len(s.effects) == 0 {
		return v.recordGone(ctx, r, &change.Gone{What: "the group is not shown whole, as before, and its check says so"})
	}
	return nil
}

// recordEnd records that a change was merged or closed. Nothing is published.
func (v *Reviewer) recordEnd(ctx context.Context, r change.Record, snap change.Snapshot) error {
	look := newLook(r, snap)
	look.Lines = append(look.Lines,
		history.Line{Key: r.Key, At: v.options.Now(), Kind: history.Ended, Detail: string(snap.State), SHA: r.Target()})
	return v.saveSilently(ctx, look)
}

// newLook is what every look at a snapshot records.
func newLook(r change.Record, snap change.Snapshot) plan.Look {
	return plan.Look{Record: r, Draft: snap.Draft, Feedback: snap.Feedback, Unsure: retryableGap(snap) != nil}
}

// saveSilently saves a look that publishes nothing.
func (v *Reviewer) saveSilently(ctx context.Context, look plan.Look) error {
	_, err := v.options.Store.SavePlan(ctx, look, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	return err
}

// evaluate derives the verdict and everything that is recorded with it. It publishes nothing.
func (v *Reviewer) evaluate(ctx context.Context, r change.Record, snap change.Snapshot) (*evaluation, error) {
	e := &evaluation{record: r, snap: snap, look: newLook(r, snap)}
	var err error
	if v.options.Noisy != nil {
		if e.snap.Controls.Noisy, err = v.options.Noisy(ctx, r.Forge, r.RepoID); err != nil {
			return nil, err
		}
	}
	e.settings = settings.Resolve(e.snap.Controls, snap.Gaps, v.options.Engine.Configurable())
	var granted override.Granted
	if !r.Unasked || snap.Group != nil { // a merge group has what its change has
		if granted, err = v.options.Control.Grant(ctx, &e.snap, e.settings.Settings); err != nil {
			return nil, err
		}
	}
	if v.options.Checks != nil {
		if e.look.Checks, err = v.options.Checks.Add(ctx, r, &e.snap, e.settings.Settings, granted.ForkChecks()); err != nil {
			return nil, err
		}
	}
	if e.look.Wait, e.waiting, err = v.waitForReports(ctx, r, &e.snap, e.settings.Settings.Awaited()); err != nil {
		return nil, err
	}
	if v.options.Advisories != nil {
		v.options.Advisories(&e.snap)
	}
	if v.options.Churn != nil {
		if err = v.options.Churn(ctx, &e.snap); err != nil {
			return nil, err
		}
	}
	if v.options.Preview != nil {
		if err = v.options.Preview(ctx, &e.snap); err != nil {
			return nil, err
		}
	}
	if e.facts, e.decision, err = v.decide(ctx, e.snap, e.settings, granted); err != nil {
		return nil, err
	}
	v.observe(ctx, e)
	if e.snap.Group == nil && !r.Unasked {
		words := comment.Verdict{Snapshot: &e.snap, Decision: e.decision, Facts: &e.facts, Rules: v.options.Engine.Rules(),
			Page: v.options.Page(r.Ref), Waiting: e.waiting}
		if e.replies, err = v.options.Control.Answer(ctx, r.Key, words, e.settings.Settings); err != nil {
			return nil, err
		}
	}
	e.look.Turned = turned(r, e.decision, v.options.Now())
	e.look.Teams = teamNames(e.snap)
	if e.look.Verdict, e.look.Evidence, err = v.verdictRecord(r, e.snap, e.facts.Change.Title, e.decision); err != nil {
		return nil, err
	}
	e.look.Lines = append(e.look.Lines, history.Line{
		Key:    r.Key,
		At:     v.options.Now(),
		Kind:   history.Evaluated,
		Detail: string(e.decision.Conclusion),
		SHA:    r.Target(),
	})
	if e.snap.Group == nil {
		e.look.Found, e.look.Unjudged = publish.Found(e.decision)
		if e.waiting != nil {
			e.look.Unjudged = []string{"*"} // a report that has yet to arrive may bring any finding back
		}
		e.look.Happened = publish.Happened(&e.snap, &e.facts)
		e.look.Seen = publish.Seen(e.decision, &e.snap, v.options.Engine.Rules(), e.look.Unjudged, demoted(e.settings))
	}
	return e, nil
}

// observe logs the analyses that panicked and reports the decision.
func (v *Reviewer) observe(ctx context.Context, e *evaluation) {
	for _, x := range e.facts.Failed {
		v.options.Log.ErrorContext(ctx, "an analysis panicked; its family could not judge", "change", e.record.Ref.String(),
			"head", e.snap.Head.SHA, "family", x.Family, "what", x.What, "name", x.Name, "reason", x.Reason, "stack", x.Stack)
	}
	if v.options.Observe != nil {
		v.options.Observe(e.record.Ref, e.decision)
	}
}

// saved is what became of a plan, and what the store knew that the look must act on.
type saved struct {
	effects  []effect.Effect
	unjudged []change.Sibling // share the commit and have no verdict on it
	unposted bool             // inline comments wait to be posted, also those that a crash left behind
}

// save composes what to publish from what stands on the commit, and saves it with the verdict in one transaction.
func (v *Reviewer) save(ctx context.Context, e *evaluation) (s saved, err error) {
	ctx, end := trace.Start(ctx, "save")
	defer func() { end(err) }()
	s.effects, err = v.options.Store.SavePlan(ctx, e.look, func(st plan.Standing) ([]effect.Effect, error) {
		s.unjudged, s.unposted = unjudgedSiblings(e.snap, st), publish.Unposted(st)
		return publish.Compose(publish.Input{
			Record:   e.record,
			Snapshot: &e.snap,
			Decision: e.decision,
			Facts:    &e.facts,
			Report:   e.facts.Settings.Report,
			Standing: st,
			Page:     v.options.Page(e.record.Ref),
			Gate:     v.options.Gate,
			Now:      v.options.Now(),
			Rules:    v.options.Engine.Rules(),
			Waiting:  e.waiting,
			Replies:  e.replies,
		}), nil
	})
	s.unposted = s.unposted || slices.ContainsFunc(s.effects, func(e effect.Effect) bool { return e.Inline != nil })
	return s, err
}

// publish posts the checks and the comment. A comment that fails alone is commentErr: the checks stand.
func (v *Reviewer) publish(ctx context.Context, r change.Record) (commentErr, err error) {
	err = v.options.Outbox.Run(ctx, r.Key, r.Target())
	if _, ok := errors.AsType[*effect.CommentError](err); ok {
		return err, nil
	}
	return nil, err
}

// postInline posts the inline comments that wait.
func (v *Reviewer) postInline(ctx context.Context, r change.Record, s saved) error {
	if !s.unposted {
		return nil
	}
	return v.options.Outbox.PostInlineComments(ctx, r.Key)
}

// nonGateError is a failure that must not change the verdict: the look is retried, and no check fails for it.
type nonGateError struct{ error }

func (e *nonGateError) Unwrap() error { return e.error }

// requestAdvice requests advice on a published verdict. A look that is interrupted here runs again, so that no request is lost.
func (v *Reviewer) requestAdvice(ctx context.Context, e *evaluation) {
	if v.options.Advice == nil {
		return
	}
	if err := v.options.Advice.Request(ctx, e.record, &e.snap, e.decision.Visible(), e.settings.Settings.Advise); err != nil {
		v.options.Log.ErrorContext(ctx, "no advice was asked for", "change", e.record.Ref.String(), "error", err.Error())
	}
}

// decide evaluates the rules; a merge group may carry over the verdict on its change.
func (v *Reviewer) decide(ctx context.Context, snap change.Snapshot, resolution settings.Resolution, granted override.Granted) (
	facts.Facts, policy.Decision, error) {
	gate, err := v.gateSwitch(ctx, snap.Ref)
	if err != nil {
		return facts.Facts{}, policy.Decision{}, err
	}
	options := policy.Options{Cap: v.options.Gate, Overrides: granted.Overrides, Mutes: granted.Mutes, Switch: gate,
		Evidence: v.options.Evidence}
	if snap.Group != nil {
		carried, err := v.carriedDecision(ctx, snap)
		if err != nil {
			return facts.Facts{}, policy.Decision{}, err
		}
		options.Carried = carried
	}
	ctx, end := trace.Start(ctx, "judge")
	f, d, err := v.options.Engine.Judge(ctx, &snap, resolution, options)
	trace.Note(ctx, trace.Word(trace.Outcome, d.Conclusion), trace.Int(trace.Found, len(d.Visible())))
	end(err)
	return f, d, err
}

// carriedDecision finds the decision on the change's own head, whose rules a merge group may carry over.
func (v *Reviewer) carriedDecision(ctx context.Context, snap change.Snapshot) (*policy.Decision, error) {
	key := change.Key{Forge: snap.Ref.Forge, RepoID: snap.Ref.RepoID, Number: snap.Group.Number}
	raw, err := v.options.Store.Decided(ctx, key, snap.Head.SHA)
	if err != nil || raw == nil {
		return nil, err
	}
	var d policy.Decision
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("read decision on %s: %w", key, err)
	}
	return &d, nil
}

// demoted are the rules that the settings in force demote; nil when none could be established.
func demoted(r settings.Resolution) []string {
	if !r.Decided() {
		return nil
	}
	return append([]string{}, r.Settings.Demoted...)
}
