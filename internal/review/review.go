// Package review looks at a change once: snapshot, facts, decision, plan, and the plan's effects. It reads first,
// decides without I/O, saves what it intends, and acts last. Its size: what is said about a verdict, in the check, the
// comment and at lines, is composed in one place, so that the three never disagree.
package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Source reads changes from a forge.
type Source interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
}

// Store keeps the outcome of a look.
type Store interface {
	// SavePlan stores a look and the effects that compose makes of what stands on the commit, in one transaction.
	SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect, error)
	// Admit asks for further looks.
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
	// Decided returns the decision of a change's newest verdict on a commit; nil when there is none.
	Decided(ctx context.Context, key change.Key, target string) ([]byte, error)
}

// Outbox carries out what was saved.
type Outbox interface {
	Run(ctx context.Context, key change.Key, commit string) error
	// Remarks carries out the inline remarks of a change, apart from the verdict.
	Remarks(ctx context.Context, key change.Key) error
}

// Reports knows what CI handed in.
type Reports interface {
	// Join adds to a snapshot the reports of its head, those to compare them with, and when they came.
	Join(ctx context.Context, snap *change.Snapshot) error
}

// Counsel is told of each verdict on an open change after it was published, and may ask for advice in a job of its own.
type Counsel interface {
	Judged(ctx context.Context, r change.Record, snap *change.Snapshot, findings []finding.Finding, set settings.Advise) error
}

// Reviewer looks at changes. It is safe for concurrent use once its fields are set.
type Reviewer struct {
	Source Source
	Store  Store
	Outbox Outbox
	Engine *policy.Engine
	// Reports adds what CI handed in (nil: nothing).
	Reports Reports
	// Waits remembers since when heads wait for reports (nil: every look is the first).
	Waits Waits
	// Drafts and People let drafts of remarks be released (nil: nothing is).
	Drafts Drafts
	People People
	Log    *slog.Logger
	Now    func() time.Time
	// Gate is the operator's switch for bad days: warn lets everything pass, visibly; enforce changes nothing.
	Gate finding.Mode
	// Page gives the address of the page that explains the verdict on a change; empty without a public address.
	Page func(r change.Ref) string
	// Slow is how long a first verdict may take before the check is shown in progress.
	Slow time.Duration
	// ExplainFrom is the attempt from which a look that fails is explained by a failing check instead of silence.
	// UnreadFrom is the same for a forge that does not show one thing: its copies agree again in a second or two, or
	// not soon. Until then such a look, and one with gaps that may be filled, is tried again.
	ExplainFrom, UnreadFrom int
	// GroupDeadline is how long after its last event a merge group may stay without a verdict: then its check fails
	// with the reason, whatever the attempt. It must be shorter than the merge queue's own, whose end says nothing. 0
	// means none.
	GroupDeadline time.Duration
	// Counsel is told of every verdict that was published (nil: nobody). What it does wrong delays and changes nothing here.
	Counsel Counsel
	// Judged is told of every verdict (nil: nobody).
	Judged func(r change.Ref, d policy.Decision)
}

// ValidSettings reports whether a settings file can be used with an engine's rules.
func ValidSettings(e *policy.Engine) func([]byte) bool {
	known := e.Configurable()
	return func(b []byte) bool {
		_, problems := settings.Parse(settings.Path, b, known)
		return len(problems) == 0
	}
}

// read takes the snapshot, and shows the check in progress when that takes long and nothing stands on the commit.
func (v *Reviewer) read(ctx context.Context, r change.Record) (change.Snapshot, error) {
	type result struct {
		snap change.Snapshot
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var got result
		defer func() {
			if p := recover(); p != nil {
				got.err = fmt.Errorf("read %s: panic: %v", r.Ref, p)
			}
			done <- got
		}()
		got.snap, got.err = v.Source.Snapshot(ctx, r)
	}()
	slow := time.NewTimer(v.Slow)
	defer slow.Stop()
	select {
	case got := <-done:
		return got.snap, got.err
	case <-slow.C:
	}
	if err := v.announce(ctx, r); err != nil {
		v.Log.Warn("could not show the check in progress", "change", r.Ref.String(), "error", err.Error())
	}
	got := <-done
	return got.snap, got.err
}

// announce shows the check in progress on the commit that the record names, unless something stands there already.
func (v *Reviewer) announce(ctx context.Context, r change.Record) error {
	if r.Target() == "" || r.State != change.Open {
		return nil
	}
	effects, err := v.Store.SavePlan(ctx, plan.Look{Record: r, KeepRecord: true}, func(st plan.Standing) ([]effect.Effect, error) {
		if _, stands := st.Checks[publish.CheckName]; stands {
			return nil, nil
		}
		return []effect.Effect{publish.Progress(r, st, v.page(r.Ref), v.Now())}, nil
	})
	if err != nil || len(effects) == 0 {
		return err
	}
	return v.Outbox.Run(ctx, r.Key, r.Target())
}

func (v *Reviewer) page(r change.Ref) string {
	if v.Page == nil {
		return ""
	}
	return v.Page(r)
}

// judge decides about a snapshot, saves the plan and carries it out.
func (v *Reviewer) judge(ctx context.Context, r change.Record, snap change.Snapshot) error {
	look := plan.Look{Record: r, Draft: snap.Draft, Said: snap.Feedback, Unsure: passing(snap) != nil}
	if snap.State != change.Open {
		look.Lines = append(look.Lines,
			history.Line{Key: r.Key, At: v.Now(), Kind: history.Ended, Detail: string(snap.State), SHA: r.Target()})
		_, err := v.Store.SavePlan(ctx, look, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
		return err
	}
	resolution := settings.Resolve(snap.Controls, snap.Gaps, v.Engine.Configurable())
	wait, waiting, err := v.wait(ctx, r, &snap, resolution.Settings.Reports)
	if err != nil {
		return err
	}
	look.Wait = wait
	f, d, err := v.decide(ctx, snap, resolution)
	if err != nil {
		return err
	}
	for _, x := range f.Failed {
		v.Log.Error("an analysis panicked; its family could not judge", "change", r.Ref.String(), "head", snap.Head.SHA, "family", x.Family,
			"what", x.What, "name", x.Name, "reason", x.Reason, "stack", x.Stack)
	}
	if v.Judged != nil {
		v.Judged(r.Ref, d)
	}
	look.Teams = teamNames(snap)
	if look.Verdict, look.Evidence, err = v.evidence(r, snap, resolution.Settings, f, d); err != nil {
		return err
	}
	look.Lines = append(look.Lines,
		history.Line{Key: r.Key, At: v.Now(), Kind: history.Evaluated, Detail: string(d.Conclusion), SHA: r.Target()})
	if snap.Group == nil {
		look.Found, look.Unjudged = publish.Found(d)
		if waiting != nil {
			look.Unjudged = []string{"*"} // reports that have yet to arrive may say it again
		}
	}
	// What becomes of drafts has no part in the verdict: it neither waits for them nor fails with them.
	released := v.release(ctx, r)
	unposted := false
	var unjudged []change.Sibling
	planned, err := v.Store.SavePlan(ctx, look, func(st plan.Standing) ([]effect.Effect, error) {
		in := publish.Input{
			Record:   r,
			Snapshot: &snap,
			Decision: d,
			Facts:    &f,
			Report:   f.Settings.Report,
			Standing: st,
			Page:     v.page(r.Ref),
			Gate:     v.Gate,
			Now:      v.Now(),
			Rules:    v.Engine.Rules(),
			Waiting:  waiting,
		}
		unjudged, unposted = missing(snap, st), publish.Unposted(st)
		return publish.Compose(in), nil
	})
	if err != nil {
		return err
	}
	if err := v.askFor(ctx, r, unjudged); err != nil {
		return err
	}
	var unsaid *effect.CommentError
	if err := v.Outbox.Run(ctx, r.Key, r.Target()); errors.As(err, &unsaid) {
		released = errors.Join(released, err)
	} else if err != nil {
		return err
	}
	// The gate is done.
	v.counsel(ctx, r, &snap, d, resolution.Settings.Advise)
	if unposted {
		// Also what a crash left behind.
		released = errors.Join(released, v.Outbox.Remarks(ctx, r.Key))
	}
	if released != nil {
		return &aside{released}
	}
	if look.Unsure && r.Group != nil && len(planned) == 0 {
		return v.over(ctx, r, &change.Gone{What: "the group is not shown whole, as before, and its check says so"})
	}
	return nil
}

// aside is what went wrong beside a verdict that stands: the look is tried again, and no check is failed for it.
type aside struct{ error }

func (a *aside) Unwrap() error { return a.error }

// counsel tells of a verdict. A look that dies here is looked again, so that no wish is lost.
func (v *Reviewer) counsel(ctx context.Context, r change.Record, snap *change.Snapshot, d policy.Decision, set settings.Advise) {
	if v.Counsel == nil {
		return
	}
	if err := v.Counsel.Judged(ctx, r, snap, d.Visible(), set); err != nil {
		v.Log.Error("no advice was asked for", "change", r.Ref.String(), "error", err.Error())
	}
}

// renew takes over what was read; the hints of events are forgotten.
func renew(r change.Record, s change.Snapshot) change.Record {
	r.State, r.Group = s.State, s.Group
	if s.Head.SHA != "" {
		r.Head, r.Base = s.Head, s.Base
	}
	r.Owner, r.Name = s.Ref.Owner, s.Ref.Name
	return r
}

func (v *Reviewer) decide(ctx context.Context, snap change.Snapshot, resolution settings.Resolution) (facts.Facts, policy.Decision, error) {
	options := policy.Options{Cap: v.Gate}
	if snap.Group != nil {
		carried, err := v.carried(ctx, snap)
		if err != nil {
			return facts.Facts{}, policy.Decision{}, err
		}
		options.Carried = carried
	}
	return v.Engine.Judge(ctx, &snap, resolution, options)
}

// carried finds the decision on the pull request's own head, whose rules a merge group may carry over.
func (v *Reviewer) carried(ctx context.Context, snap change.Snapshot) (*policy.Decision, error) {
	key := change.Key{Forge: snap.Ref.Forge, RepoID: snap.Ref.RepoID, Number: snap.Group.Number}
	raw, err := v.Store.Decided(ctx, key, snap.Head.SHA)
	if err != nil || raw == nil {
		return nil, err
	}
	var d policy.Decision
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("read decision on %s: %w", key, err)
	}
	return &d, nil
}

func teamNames(s change.Snapshot) []string {
	var names []string
	for name := range s.Teams {
		names = append(names, name)
	}
	for login := range s.Owners {
		names = append(names, "@"+login)
	}
	slices.Sort(names)
	return names
}

// evidence makes the verdict's record and the documents from which it can be derived again.
func (v *Reviewer) evidence(r change.Record, snap change.Snapshot, set settings.Settings, f facts.Facts,
	d policy.Decision) (*verdict.Verdict, []verdict.Evidence, error) {
	body, err := f.JSON()
	if err != nil {
		return nil, nil, err
	}
	decision, err := json.Marshal(d)
	if err != nil {
		return nil, nil, fmt.Errorf("encode decision: %w", err)
	}
	canonical := settings.Canonical(set)
	title := ""
	if snap.Title != nil {
		title = *snap.Title
	}
	made := &verdict.Verdict{Ref: r.Ref, Generation: r.Generation, Target: r.Target(), Head: snap.Head.SHA, Base: snap.Base,
		MergeBase:  snap.MergeBase,
		Conclusion: string(d.Conclusion), Digest: d.Digest(), Facts: d.Facts, Policy: d.Policy, Settings: d.Settings,
		Decision: text.Digest(decision), Engine: d.Engine,
		Controls: snap.Controls.SHA, ControlFiles: controlFiles(snap), Title: title, UpdatedAt: snap.UpdatedAt, TakenAt: snap.TakenAt,
		DecidedAt: v.Now()}
	return made, []verdict.Evidence{
		{Digest: made.Facts, Kind: "facts", Body: body},
		{Digest: made.Decision, Kind: "decision", Body: decision},
		{Digest: made.Settings, Kind: "settings", Body: canonical},
		{Digest: made.Policy, Kind: "policies", Body: v.Engine.Archive()},
	}, nil
}

func controlFiles(snap change.Snapshot) string {
	ids := map[string]string{}
	for p, f := range snap.Controls.Files {
		ids[p] = f.Blob
	}
	return controls.Digest(snap.Controls.Ref, snap.Repository.Merges.String(), ids)
}

// missing lists the open pull requests with the same commit that have no verdict on it in our record.
func missing(snap change.Snapshot, st plan.Standing) []change.Sibling {
	judged := map[int]bool{}
	for _, p := range st.Peers {
		judged[p.Record.Number] = p.Verdict != nil
	}
	var out []change.Sibling
	for _, s := range snap.Siblings {
		if !judged[s.Number] {
			out = append(out, s)
		}
	}
	return out
}

// askFor asks for looks at pull requests that share the commit and were not judged yet.
func (v *Reviewer) askFor(ctx context.Context, r change.Record, siblings []change.Sibling) error {
	if len(siblings) == 0 {
		return nil
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: r.Forge, ReceivedAt: v.Now()}, Outcome: delivery.Accepted}
	for _, s := range siblings {
		ref := change.Ref{
			Key:          change.Key{Forge: r.Forge, RepoID: r.RepoID, Number: s.Number},
			Owner:        r.Owner,
			Name:         r.Name,
			Installation: r.Installation,
		}
		a.Requests = append(a.Requests,
			delivery.ReviewRequest{
				Ref:  &ref,
				Head: change.Rev{SHA: r.Head.SHA},
				Base: s.Base,
				Lane: delivery.Interactive,
				Why:  fmt.Sprintf("shares its commit with #%d", r.Number),
			})
	}
	_, err := v.Store.Admit(ctx, a)
	return err
}
