package flow

import (
	"slices"
	"time"
)

// response reports whether an event is a word of a person who is not the author. A comment on a line of code that is
// part of a review counts when the review is submitted, not when it was drafted.
func (h *life) response(e Event, reviews map[int64]bool) bool {
	if !e.Actor.person() || e.Actor.mayBe(h.opened.Actor) {
		return false
	}
	return e.Kind == Reviewed || e.Kind == Commented && !reviews[e.Detail.Review]
}

// known are the reviews that were submitted.
func (h *life) known() map[int64]bool {
	all := map[int64]bool{}
	for _, e := range h.events {
		if e.Kind == Reviewed && e.Detail.Review != 0 {
			all[e.Detail.Review] = true
		}
	}
	return all
}

// before reports whether an event happened before the life's end, which is after everything while it is open.
func (h *life) before(e Event) bool { return h.end.IsZero() || !e.At.After(h.end) }

// reviews finds the first response and counts what people and programs said.
func (h *life) reviews(f *Fact) {
	known := h.known()
	reviewers := map[int64]bool{}
	f.MergedUnreviewed = h.merged != nil
	for _, e := range h.events {
		if e.Kind == ReviewRequested && f.RequestedAt == nil {
			f.RequestedAt = pointer(e.At)
		}
		if e.Kind == Commented && !e.Actor.mayBe(h.opened.Actor) {
			if e.Actor.person() {
				f.HumanComments++
			} else {
				f.BotComments++
			}
		}
		if !h.response(e, known) || !h.before(e) {
			continue
		}
		late := f.ReadyAt == nil || e.At.Before(*f.ReadyAt)
		if e.Kind == Reviewed || e.Detail.Inline {
			f.Reviews++
			f.MergedUnreviewed = false
			reviewers[e.Actor.ID] = true
			if f.FirstReviewAt == nil && !late {
				f.FirstReviewAt = pointer(e.At)
			}
		}
		if f.FirstResponseAt == nil && !late {
			f.FirstResponseAt = pointer(e.At)
		}
	}
	delete(reviewers, 0)
	f.Reviewers, f.Requested = ids(reviewers), h.requested()
}

func ids(set map[int64]bool) []int64 {
	var all []int64
	for id := range set {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// requested are the people whose review is asked for: a review or a removal ends a request.
func (h *life) requested() []int64 {
	now := map[int64]bool{}
	for _, e := range h.events {
		switch {
		case e.Kind == ReviewRequested && e.Detail.Reviewer != nil:
			now[e.Detail.Reviewer.ID] = true
		case e.Kind == ReviewRequestRemoved && e.Detail.Reviewer != nil:
			delete(now, e.Detail.Reviewer.ID)
		case e.Kind == Reviewed:
			delete(now, e.Actor.ID)
		}
	}
	delete(now, 0)
	return ids(now)
}

// standing is the last word of each reviewer that counts up to a time: a comment takes no approval back, a dismissal
// does.
func (h *life) standing(until time.Time) []Event {
	var dismissals []Event
	for _, e := range h.events {
		if e.Kind == ReviewDismissed && (until.IsZero() || !e.At.After(until)) {
			dismissals = append(dismissals, e)
		}
	}
	var all []Event
	for _, e := range h.events {
		decides := e.Kind == Reviewed && (e.Detail.State == Approved || e.Detail.State == ChangesRequested)
		if !decides || !e.Actor.person() || e.Actor.mayBe(h.opened.Actor) ||
			slices.ContainsFunc(dismissals, func(d Event) bool { return d.dismisses(e) }) ||
			!until.IsZero() && e.At.After(until) {
			continue
		}
		all = slices.DeleteFunc(all, func(old Event) bool { return old.Actor.ID == e.Actor.ID && e.Actor.ID != 0 })
		all = append(all, e)
	}
	return all
}

// dismisses reports whether a dismissal is of a review: of that one, or of all that somebody, or everybody, gave until then.
func (e Event) dismisses(review Event) bool {
	switch d := e.Detail; {
	case d.Review != 0:
		return d.Review == review.Detail.Review
	case d.Reviewer != nil && d.Reviewer.ID != review.Actor.ID:
		return false
	}
	return !review.At.After(e.At)
}

// approve finds the last approval that counted when it landed, or counts now. One of the time before it was ready counts
// from then on.
func (h *life) approve(f *Fact) {
	for _, e := range h.standing(h.end) {
		if e.Detail.State == Approved {
			f.ApprovedAt = pointer(e.At)
		}
	}
	author := h.merged != nil && h.merged.Actor.mayBe(h.opened.Actor)
	f.SelfMerged = author && f.ApprovedAt == nil
	if f.ApprovedAt == nil || f.ReadyAt == nil {
		f.ApprovedAt = nil
		return
	}
	for _, earliest := range []*time.Time{f.ReadyAt, f.FirstResponseAt} {
		if earliest != nil && f.ApprovedAt.Before(*earliest) {
			f.ApprovedAt = earliest
		}
	}
}
