package flow

import (
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// stages cuts the time of a change into stages. Spans in which it was closed, or a draft again, are taken out of
// the stage that they fall in and kept apart, so that a merged one's stages add up.
func (h *life) stages(f Fact, clock Clock) Stages {
	var s Stages
	if f.FirstCommitAt != nil && !f.FirstCommitAt.After(f.OpenedAt) {
		s.Coding = seconds(clock, *f.FirstCommitAt, f.OpenedAt)
	}
	s.Draft = h.draft(f, clock)
	if f.ReadyAt == nil {
		return s
	}
	if f.MergedAt == nil {
		if f.FirstResponseAt != nil {
			s.Pickup = h.working(clock, *f.ReadyAt, *f.FirstResponseAt)
		}
		return s
	}
	ready, merged := *f.ReadyAt, *f.MergedAt
	if merged.Before(ready) {
		return s
	}
	s.Cycle = seconds(clock, ready, merged)
	// The unreviewed time runs until something is reviewed: from ready when nobody answered, else from the answer.
	switch {
	case f.FirstResponseAt == nil && f.ApprovedAt == nil:
		s.Unreviewed = h.working(clock, ready, merged)
	case f.ApprovedAt == nil:
		s.Pickup = h.working(clock, ready, *f.FirstResponseAt)
		s.Unreviewed = h.working(clock, *f.FirstResponseAt, merged)
	default:
		if f.FirstResponseAt != nil {
			s.Pickup = h.working(clock, ready, *f.FirstResponseAt)
			s.Review = h.working(clock, *f.FirstResponseAt, *f.ApprovedAt)
		}
		s.MergeWait = h.working(clock, *f.ApprovedAt, merged)
		s.Queue = h.queue(clock, *f.ApprovedAt, merged)
	}
	closed, redraft := h.closings, h.redrafts(ready)
	s.ClosedTime = within(clock, closed, ready, merged)
	s.Redraft = add(within(clock, append(slices.Clone(closed), redraft...), ready, merged), -*s.ClosedTime)
	if f.DeployedAt != nil {
		s.Deploy = seconds(clock, merged, *f.DeployedAt)
		if s.Coding != nil {
			s.Lead = seconds(clock, *f.FirstCommitAt, *f.DeployedAt)
		}
	}
	return s
}

// draft is the whole time as a draft until it ended; nil while it is a draft.
func (h *life) draft(f Fact, clock Clock) *int64 {
	total := int64(0)
	for _, d := range h.drafts {
		if d.to.IsZero() {
			return nil
		}
		total += *within(clock, []span{d}, f.OpenedAt, d.to)
	}
	return &total
}

// redrafts are the spans as a draft after it was ready first.
func (h *life) redrafts(ready time.Time) []span {
	return slices.DeleteFunc(slices.Clone(h.drafts), func(d span) bool { return d.from.Before(ready) })
}

// working is the time from a to b without the spans that are kept apart.
func (h *life) working(clock Clock, a, b time.Time) *int64 {
	apart := append(slices.Clone(h.closings), h.redrafts(h.readyOr(a))...)
	return add(seconds(clock, a, b), -*within(clock, apart, a, b))
}

func (h *life) readyOr(a time.Time) time.Time {
	if ready := h.ready(); ready != nil {
		return *ready
	}
	return a
}

// queue is the time in the merge queue between a and b.
func (h *life) queue(clock Clock, a, b time.Time) *int64 {
	var spans []span
	var since time.Time
	for _, e := range h.events {
		switch {
		case e.Kind == Enqueued && since.IsZero():
			since = e.At
		case e.Kind == Dequeued && !since.IsZero():
			spans, since = append(spans, span{since, e.At}), time.Time{}
		}
	}
	if !since.IsZero() {
		spans = append(spans, span{since, b})
	}
	if len(spans) == 0 {
		return nil
	}
	return within(clock, spans, a, b)
}

// within is how much of the time from a to b lies in any of the spans.
func within(clock Clock, spans []span, a, b time.Time) *int64 {
	total := int64(0)
	sorting.By(spans, func(x, y span) int { return x.from.Compare(y.from) })
	for _, s := range spans {
		from, to := s.from, s.to
		if to.IsZero() || to.After(b) {
			to = b
		}
		if from.Before(a) {
			from = a
		}
		if to.After(from) {
			total += *seconds(clock, from, to)
			a = to // what overlaps is counted once
		}
	}
	return &total
}

// seconds is a span by a clock. Points are whole seconds, so nothing is rounded.
func seconds(clock Clock, a, b time.Time) *int64 {
	n := int64(clock.Between(a, b) / time.Second)
	return &n
}

func add(n *int64, more int64) *int64 { sum := *n + more; return &sum }
