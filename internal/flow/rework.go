package flow

import (
	"slices"
	"time"
)

// rework counts what happened to the code after people looked at it.
func (h *life) rework(f *Fact) {
	f.Rounds = h.rounds(f)
	heads, forced := map[string]bool{}, map[string]bool{}
	for _, e := range h.events {
		if e.Kind == Pushed && h.before(e) {
			heads[e.SHA] = true
		}
	}
	for _, e := range h.events {
		// A push to a branch is told by the time of its commit: that it was a push to this one is known from its head.
		if (e.Kind == Pushed || e.Kind == BranchPushed) && e.Detail.Forced && heads[e.SHA] {
			forced[e.SHA] = true
		}
	}
	f.ForcePushes = int64(len(forced))
	if f.FirstResponseAt != nil {
		f.CommitsAfterReview, f.LinesAfterReview = h.after(*f.FirstResponseAt)
	}
}

// after counts the commits, and their lines, that were made after a time. Merges of the base and commits that were only
// rebased are none: a rebase keeps the author's time, or else the patch.
func (h *life) after(since time.Time) (commits, lines *int64) {
	patches := map[string]bool{}
	for _, e := range h.events {
		if e.Kind == Commit && e.Detail.PatchID != "" && !committed(e).After(since) {
			patches[e.Detail.PatchID] = true
		}
	}
	n, sum := int64(0), int64(0)
	some, measured := false, true
	for _, e := range h.events {
		if e.Kind != Commit {
			continue
		}
		some = true
		made := e.At.After(since)
		if e.Detail.PatchID != "" {
			made = committed(e).After(since) && !patches[e.Detail.PatchID]
			patches[e.Detail.PatchID] = patches[e.Detail.PatchID] || made
		}
		if e.Detail.Merge || !made || !h.end.IsZero() && e.At.After(h.end) {
			continue
		}
		n++
		sum += int64(e.Detail.Lines)
		measured = measured && e.Detail.Lines > 0
	}
	if !some {
		return nil, nil
	}
	if !measured {
		return &n, nil
	}
	return &n, &sum
}

func committed(e Event) time.Time {
	if e.Detail.CommittedAt != nil {
		return e.Detail.CommittedAt.UTC().Truncate(time.Second)
	}
	return e.At
}

// rounds counts how often words of reviewers were followed by a push, up to the approval.
func (h *life) rounds(f *Fact) int64 {
	known := h.known()
	rounds, commented := int64(0), time.Time{}
	pushed := func(at time.Time) {
		if !commented.IsZero() && at.After(commented) {
			rounds, commented = rounds+1, time.Time{}
		}
	}
	for _, e := range h.events {
		if f.ReadyAt == nil || e.At.Before(*f.ReadyAt) || f.ApprovedAt != nil && e.At.After(*f.ApprovedAt) || !h.before(e) {
			continue
		}
		switch {
		case h.response(e, known) && e.Detail.State != Approved:
			if commented.IsZero() {
				commented = e.At
			}
		case h.reworks(e):
			pushed(e.At)
		}
	}
	return rounds
}

// reworks reports whether an event brings new work of the author. A forced push may be a rebase that changes nothing:
// when the commits are known, they decide. When nobody said who pushed, it was the author.
func (h *life) reworks(e Event) bool {
	switch e.Kind {
	case Commit:
		return !e.Detail.Merge
	case Pushed:
		anothers := e.Actor.ID != 0 && !e.Actor.mayBe(h.opened.Actor)
		return !anothers && !e.Detail.Rebase && !(e.Detail.Forced && h.commits())
	}
	return false
}

// commits reports whether any commit is known.
func (h *life) commits() bool {
	return slices.ContainsFunc(h.events, func(e Event) bool { return e.Kind == Commit })
}
