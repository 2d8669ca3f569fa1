package flow

import (
	"cmp"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Clock is the business clock.
type Clock interface {
	Between(a, b time.Time) time.Duration
}

// Given is what a fact depends on beside the events of its change.
type Given struct {
	// Clock is the business clock; nil for none.
	Clock Clock
	// DeployedAt is the end of the first successful deployment to production with its merge commit; zero when none is known.
	DeployedAt time.Time
	// Undone are the changes, by number, that were taken back themselves: what they took back stands again.
	Undone map[int]bool
	// UndoneCommits are the commits that took something back and were taken back themselves.
	UndoneCommits map[string]bool
	// AILabels are the labels by which people say that a program wrote a change.
	AILabels []string
}

// Derive tells from the events of one change, in any order, what is known of it. It is false when no event tells
// of an opening.
func Derive(events []Event, given Given) (Fact, bool) {
	h := newLife(events)
	if h.opened == nil {
		return Fact{}, false
	}
	f := Fact{Pull: h.opened.Pull}
	h.outline(&f)
	h.authorship(&f, given.AILabels)
	h.reviews(&f)
	h.approve(&f)
	h.rework(&f)
	h.reverts(&f, given)
	if !given.DeployedAt.IsZero() && f.MergedAt != nil && !given.DeployedAt.Before(*f.MergedAt) {
		f.DeployedAt = pointer(given.DeployedAt.UTC().Truncate(time.Second))
	}
	f.Stages = h.stages(f, calendar{})
	if given.Clock != nil {
		f.Business = h.stages(f, given.Clock)
	}
	h.waits(&f)
	return f, true
}

// calendar is the plain clock.
type calendar struct{}

func (calendar) Between(a, b time.Time) time.Duration { return b.Sub(a) }

// life is the events of one change in order, with what can be read off them at once.
type life struct {
	events                []Event
	opened, merged, state *Event
	whole                 bool
	// end is when it was merged, or closed for good; zero while it is open.
	end time.Time
	// drafts and closings are the spans in which it was a draft, or closed. An open span ends at the life's end, or is
	// open: its end is zero.
	drafts, closings []span
	reopens          int64
}

type span struct{ from, to time.Time }

// rank orders what happens within one second, so that the order of arrival plays no part.
var rank = map[Kind]int{
	Opened: 0, Drafted: 1, Commit: 2, Pushed: 3, BranchPushed: 3, Ready: 4, ReviewRequested: 5, Reviewed: 6, Commented: 6,
	ReviewDismissed: 7, Enqueued: 8, Dequeued: 9, Merged: 10, Closed: 11, Reopened: 12,
}

// newLife brings events into their one order. Repeated ones fall out.
func newLife(events []Event) *life {
	h := &life{events: slices.Clone(events)}
	for i := range h.events {
		h.events[i].At = h.events[i].At.UTC().Truncate(time.Second)
	}
	sorting.By(h.events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Key, b.Key), content(a, b))
	})
	seen := map[string]bool{}
	h.events = slices.DeleteFunc(h.events, func(e Event) bool {
		twice := seen[e.Key] && e.Kind != State
		seen[e.Key] = true
		return twice
	})
	for i := range h.events {
		switch e := &h.events[i]; e.Kind {
		case Opened:
			h.opened = cmp.Or(h.opened, e)
		case Merged:
			h.merged = cmp.Or(h.merged, e)
		case State:
			h.state = e
		case Whole:
			h.whole = true
		}
	}
	if h.opened != nil {
		h.spans()
	}
	return h
}

// content orders two tellings of one state that differ.
func content(a, b Event) int {
	if a.Kind != State || a.Key != b.Key {
		return 0
	}
	return cmp.Or(cmp.Compare(a.SHA, b.SHA), cmp.Compare(a.Detail.Encode(), b.Detail.Encode()))
}

// spans finds when it was closed and when it was a draft. What says again what is so already changes nothing.
func (h *life) spans() {
	var closedAt, draftAt time.Time
	if h.openedAsDraft() {
		draftAt = h.opened.At
	}
	for _, e := range h.events {
		if h.merged != nil && e.At.After(h.merged.At) {
			break
		}
		switch e.Kind {
		case Closed:
			if h.merged != nil && e.At.Equal(h.merged.At) {
				continue // the forge says so of a merge, too
			}
			if closedAt.IsZero() {
				closedAt = e.At
			}
		case Reopened:
			if !closedAt.IsZero() {
				h.closings, closedAt = append(h.closings, span{closedAt, e.At}), time.Time{}
				h.reopens++
			}
		case Drafted:
			if draftAt.IsZero() {
				draftAt = e.At
			}
		case Ready:
			if !draftAt.IsZero() {
				h.drafts, draftAt = append(h.drafts, span{draftAt, e.At}), time.Time{}
			}
		}
	}
	switch {
	case h.merged != nil:
		h.end = h.merged.At
	case !closedAt.IsZero():
		h.end = closedAt
	}
	if !closedAt.IsZero() && h.merged != nil && closedAt.Before(h.merged.At) {
		h.closings = append(h.closings, span{closedAt, h.merged.At}) // its reopening was lost
	}
	if !draftAt.IsZero() {
		h.drafts = append(h.drafts, span{draftAt, h.end})
	}
}

// openedAsDraft reads it off the first change of the draft mark; when nothing changed it, off the newest state.
func (h *life) openedAsDraft() bool {
	for _, e := range h.events {
		switch e.Kind {
		case Ready:
			return true
		case Drafted:
			return e.At.Equal(h.opened.At)
		}
	}
	return h.state != nil && h.state.Detail.Draft
}

// outline is what it is: its branches, its life and its size.
func (h *life) outline(f *Fact) {
	f.OpenedAt, f.LastEventAt = h.opened.At, h.opened.At
	f.Branch, f.Fork = h.opened.Detail.Branch, h.opened.Detail.Fork
	f.Life, f.Complete, f.Reopens = LifeOpen, h.whole, h.reopens
	first, branch := "", ""
	for _, e := range h.events {
		if e.Kind != State && e.Kind != Whole && e.Kind != Measured && e.At.After(f.LastEventAt) {
			f.LastEventAt = e.At
		}
		switch e.Kind {
		case ReviewRequested:
			f.Team = cmp.Or(f.Team, e.Detail.Team)
		case Retargeted:
			first = cmp.Or(first, e.Detail.From)
			f.Base = e.Detail.Base
		case State:
			f.Base, f.Head, f.Labels, f.Draft = e.Detail.Base, e.SHA, e.Detail.Labels, e.Detail.Draft
			branch = e.Detail.Default
			f.Additions, f.Deletions = number(e.Detail.Additions), number(e.Detail.Deletions)
			f.Files = number(e.Detail.Files)
		case Pushed:
			f.Head = e.SHA
		case Merged:
			f.MergeSHA = e.SHA
			f.Base, branch = cmp.Or(e.Detail.Base, f.Base), cmp.Or(e.Detail.Default, branch)
		}
	}
	for _, e := range h.events {
		if e.Kind == Measured && e.SHA == f.Head {
			f.Effective = number(e.Detail.Additions + e.Detail.Deletions)
		}
	}
	f.BaseIsDefault = f.Base != "" && f.Base == branch
	f.Stacked = branch != "" && cmp.Or(first, f.Base) != branch
	f.Draft = len(h.drafts) > 0 && h.merged == nil && h.drafts[len(h.drafts)-1].to.Equal(h.end)
	switch {
	case h.merged != nil:
		f.Life, f.MergedAt = LifeMerged, pointer(h.merged.At)
	case !h.end.IsZero():
		f.Life, f.ClosedAt = LifeClosed, pointer(h.end)
	}
	f.ReadyAt = h.ready()
}

// ready is when it first was no draft; nil when it never was.
func (h *life) ready() *time.Time {
	if len(h.drafts) == 0 || h.drafts[0].from.After(h.opened.At) {
		return pointer(h.opened.At)
	}
	if to := h.drafts[0].to; !to.IsZero() && !to.Equal(h.end) {
		return pointer(to)
	}
	// It is a draft still, or ended as one. A merged one was made ready at the latest when it was merged; nobody said when.
	for _, e := range h.events {
		if e.Kind == Ready && e.At.Equal(h.end) {
			return pointer(e.At)
		}
	}
	return nil
}

func (h *life) authorship(f *Fact, labels []string) {
	f.Author, f.AuthorKind = h.opened.Actor, h.opened.Actor.Kind
	ai := slices.ContainsFunc(f.Labels, func(label string) bool { return slices.Contains(labels, label) })
	if ai && f.Author.person() {
		f.AuthorKind = AI
	}
	if first := h.firstCommit(); !first.IsZero() {
		f.FirstCommitAt = pointer(first)
	}
}

// firstCommit is the time of the first commit as of the opening. Commits that were made later, by a rebase or by taking
// an old one over, do not move it. They tell it only when no other is known: a rebase keeps the authors' times.
func (h *life) firstCommit() (first time.Time) {
	for _, e := range h.events { // ordered by the authors' times
		if e.Kind != Commit || e.Detail.Merge {
			continue
		}
		if !committed(e).After(h.opened.At) {
			return e.At
		}
		if first.IsZero() {
			first = e.At
		}
	}
	return first
}

// reverts says what took it back. A change can be taken back only after it landed, where it landed, and not by one
// that was taken back itself.
func (h *life) reverts(f *Fact, given Given) {
	for _, e := range h.events {
		switch {
		case e.Kind == Reverts && e.Detail.Other > 0 && f.Reverts == 0:
			f.Reverts = e.Detail.Other
		case e.Kind == Reverted && h.merged != nil && !e.At.Before(h.merged.At) &&
			!given.Undone[e.Detail.Other] && !given.UndoneCommits[e.Detail.Before] &&
			(e.Detail.Base == "" || f.Base == "" || e.Detail.Base == f.Base):
			f.Reverted, f.RevertedBy = true, cmp.Or(f.RevertedBy, e.Detail.Other)
		}
	}
}

func pointer(t time.Time) *time.Time { return &t }

func number(n int) *int64 { i := int64(n); return &i }
