package github

import (
	"fmt"
	"slices"
	"time"
)

// Repeat makes n more pull requests of the past like an ended one, with new ids and numbers. The i-th happened i times
// every earlier. No webhook tells of them: they stand for what was there before the App.
func (h *Hub) Repeat(repo string, number, n int, every time.Duration) error {
	return h.locked(repo, func(r *repository) error {
		model := r.pulls[number]
		if model == nil || model.state == "open" {
			return fmt.Errorf("repeat %s#%d: not a pull request that has ended: %w", repo, number, errNotFound)
		}
		for i := range n {
			r.nextNumber++
			p := h.repeated(model, time.Duration(i+1)*every)
			p.number = r.nextNumber
			r.pulls[p.number] = p
			r.byHead[p.headSHA] = append(r.byHead[p.headSHA], p)
			h.id() // its issue's id
		}
		return nil
	})
}

// repeated is a copy of a pull request, so much earlier, that shares nothing with it that may change.
func (h *Hub) repeated(model *pull, earlier time.Duration) *pull {
	p := *model
	p.id = h.id()
	for _, t := range []*time.Time{&p.created, &p.updated, &p.mergedAt, &p.closedAt} {
		*t = before(*t, earlier)
	}
	p.reviews, p.threads, p.comments, p.timeline = nil, nil, nil, nil
	reviews, threads := map[int64]int64{}, map[int64]int64{}
	byID := map[int64]*review{}
	for _, v := range model.reviews {
		c := *v
		c.id, c.submittedAt = h.id(), before(v.submittedAt, earlier)
		reviews[v.id], byID[v.id] = c.id, &c
		p.reviews = append(p.reviews, &c)
	}
	for _, t := range model.threads {
		c := *t
		c.id, c.created, c.updated = h.id(), before(t.created, earlier), before(t.updated, earlier)
		threads[t.id] = c.id
		c.review, c.inReplyTo, c.reactions = reviews[t.review], threads[t.inReplyTo], slices.Clone(t.reactions)
		p.threads = append(p.threads, &c)
	}
	for _, t := range model.comments {
		c := *t
		c.id, c.created, c.updated = h.id(), before(t.created, earlier), before(t.updated, earlier)
		p.comments = append(p.comments, &c)
	}
	for _, m := range model.timeline {
		c := *m
		c.id, c.at = p.nextMoment(), before(m.at, earlier)
		if m.review != nil {
			c.review = byID[m.review.id]
		}
		p.timeline = append(p.timeline, &c)
	}
	return &p
}

// before is a time moved back; no time stays none.
func before(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-by)
}
