package flow

import "time"

// waits says who can act on an open change, and since when.
func (h *life) waits(f *Fact) {
	if f.Life != LifeOpen {
		return
	}
	since := f.OpenedAt
	if f.Draft {
		f.Waits, f.WaitingSince = OnDraft, pointer(h.drafts[len(h.drafts)-1].from)
		return
	}
	if n := len(h.drafts); n > 0 {
		since = h.drafts[n-1].to
	}
	if n := len(h.closings); n > 0 && h.closings[n-1].to.After(since) {
		since = h.closings[n-1].to
	}
	f.Waits, f.WaitingSince = h.turn(since)
}

// turn follows whose turn it was. A request for a review after words of a reviewer asks the reviewers again.
func (h *life) turn(since time.Time) (Wait, *time.Time) {
	known := h.known()
	wait := OnReview
	to := func(w Wait, at time.Time) {
		if wait != w && !at.Before(since) {
			wait, since = w, at
		}
	}
	for _, e := range h.events {
		switch {
		case e.Kind == Enqueued:
			to(OnQueue, e.At)
		case e.Kind == Dequeued:
			to(OnMerge, e.At)
		case e.Kind == ReviewRequested, e.Kind == ReviewDismissed && (e.Detail.Reviewer == nil || e.Detail.Reviewer.person()), h.reworks(e):
			if h.approvedOr(e.At, OnReview) == OnMerge {
				to(OnMerge, e.At)
			} else {
				to(OnReview, e.At) // who asked for changes looks again
			}
		case h.response(e, known):
			to(h.approvedOr(e.At, OnAuthor), e.At)
		case e.Kind == Commented && e.Actor.mayBe(h.opened.Actor):
			to(h.approvedOr(e.At, OnReview), e.At)
		}
	}
	return wait, &since
}

// approvedOr is OnMerge when, at a time, somebody approved and nobody asks for changes.
func (h *life) approvedOr(at time.Time, otherwise Wait) Wait {
	wait := otherwise
	for _, e := range h.standing(at) {
		if e.Detail.State == ChangesRequested {
			return OnAuthor
		}
		wait = OnMerge
	}
	return wait
}
