package advicejobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// RequestStore stores requests for advice.
type RequestStore interface {
	// RequestAdvice stores a request unless accept, given the change's earlier ones, newest first, refuses it.
	RequestAdvice(ctx context.Context, c consult.Consult, delay, longest time.Duration, accept func(past []consult.Consult) bool) (int64,
		error)
}

// Requester requests advice after a verdict was published. It reads nothing and makes no call.
type Requester struct {
	store             RequestStore
	debounce, longest time.Duration
}

// NewRequester makes a Requester that waits debounce for another push; pushes in a row delay a request by longest at most.
func NewRequester(store RequestStore, debounce, longest time.Duration) (*Requester, error) {
	return &Requester{store, debounce, max(longest, debounce)}, check("requester", part{"RequestStore", store != nil})
}

// Request requests advice on a judged change, once for equal patches, settings and measurements: a rebase, an
// approval or an edited title requests none.
func (q *Requester) Request(ctx context.Context, r change.Record, snap *change.Snapshot, findings []finding.Finding,
	set settings.Advise) error {
	if unwanted(snap, set) != "" {
		return nil
	}
	in, err := prepare.Input(snap, findings, set)
	if err != nil {
		return fmt.Errorf("request advice on %s: %w", r.Ref, err)
	}
	asked := r.Forced > r.Evaluated
	c := consult.Consult{Ref: r.Ref, Head: snap.Head.SHA, MergeBase: snap.MergeBase, Scope: scope(in), Asked: asked}
	_, err = q.store.RequestAdvice(ctx, c, q.debounce, q.longest, func(past []consult.Consult) bool { return isNew(past, c) })
	return err
}

// unwanted says why the settings want no advice on a change; empty when they do.
func unwanted(snap *change.Snapshot, set settings.Advise) string {
	switch {
	case !set.Enabled:
		return consult.SwitchedOff
	case snap.Kind == change.MergeGroup || snap.Group != nil:
		return "a merge group gets no advice"
	case snap.State != change.Open:
		return "it is not open any more"
	case snap.Draft && !set.Drafts:
		return "it is a draft"
	case snap.Author != nil && snap.Author.Bot && !set.Bots:
		return "a bot opened it"
	}
	return ""
}

// isNew reports whether a request differs from the earlier ones.
func isNew(past []consult.Consult, c consult.Consult) bool {
	for i, p := range past {
		same := p.Scope == c.Scope
		switch {
		case p.State == consult.Stale:
			// It ended without advice.
		case !p.State.Ended():
			return p.Head != c.Head || !same
		case p.State == consult.Failed:
			if i == 0 && same && p.Head == c.Head {
				return c.Asked
			}
		case same:
			return c.Asked && i == 0
		}
	}
	return true
}

// scope identifies the input of advice: the patches without line numbers, the settings, and the measurements.
// The conversation is no part of it.
func scope(in advise.Input) string {
	digests := diff.Digests(in.Files)
	type part struct{ Path, Digest string }
	var parts []part
	for _, f := range in.Files {
		if _, out := in.Excluded[f.Path]; !out {
			parts = append(parts, part{f.Path, digests[f.Path]})
		}
	}
	facts := slices.DeleteFunc(slices.Clone(in.Facts),
		func(f advice.Fact) bool { return f.Kind != advice.Uncovered && f.Kind != advice.LintSays })
	for i := range facts {
		facts[i].ID = ""
	}
	return text.DigestJSON([]any{parts, in.Options, in.Guidance, in.Measured, facts, in.Gaps})
}
