package gitlab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// diffNodes are the versions that were made by now, the newest first: that is the order of GitLab's keyset pages.
func (m *request) diffNodes(now time.Time) []graph.Object {
	nodes := []graph.Object{}
	for _, v := range slices.Backward(m.versions) {
		if v.done(now) {
			nodes = append(nodes, fields(map[string]any{"createdAt": stamp(v.created), "updatedAt": stamp(v.ready)}))
		}
	}
	return nodes
}

// byEmail is the user with an address, nil when there is none.
func (l *Lab) byEmail(address string) *user {
	for _, u := range l.users {
		if strings.EqualFold(u.email, address) {
			return u
		}
	}
	return nil
}

// stateEvent is a change of a merge request's state, which GitLab keeps beside its notes.
type stateEvent struct {
	id    int64
	user  *user
	state string // closed, reopened or merged
	at    time.Time
}

// moved remembers a change of the state.
func (l *Lab) moved(m *request, by *user, state string) {
	m.moves = append(m.moves, stateEvent{l.id(), by, state, l.now()})
}

func listStateEvents(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, e := range m.moves {
		out = append(
			out,
			object{"id": e.id, "user": l.basicUser(e.user), "created_at": stamp(e.at), "resource_type": "MergeRequest",
				"resource_id": m.id, "state": e.state},
		)
	}
	return c.page(out), nil
}

// asked is what GitLab writes when other people are asked to review; empty when they are the same.
func asked(before, now []*reviewer) string {
	missing := func(in, notIn []*reviewer) (names []string) {
		for _, r := range in {
			if !slices.ContainsFunc(notIn, func(o *reviewer) bool { return o.user == r.user }) {
				names = append(names, "@"+r.user.username)
			}
		}
		return names
	}
	sentence := func(names []string) string {
		switch n := len(names); n {
		case 1:
			return names[0]
		case 2:
			return names[0] + " and " + names[1]
		default:
			return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
		}
	}
	var parts []string
	if names := missing(now, before); len(names) > 0 {
		parts = append(parts, "requested review from "+sentence(names))
	}
	if names := missing(before, now); len(names) > 0 {
		parts = append(parts, "removed review request for "+sentence(names))
	}
	return strings.Join(parts, " and ")
}

// Repeat copies a merge request that has ended n times, each a while earlier than the one before.
func (l *Lab) Repeat(id, iid int64, n int, every time.Duration) error {
	return l.locked(id, func(p *project) error {
		model := p.requests[iid]
		if model == nil || model.open() {
			return fmt.Errorf("repeat !%d: it is not a merge request that has ended", iid)
		}
		for i := range n {
			m := l.repeated(model, time.Duration(i+1)*every)
			p.nextIID++
			m.iid = p.nextIID
			p.requests[m.iid], l.requests[m.id] = m, m
		}
		return nil
	})
}

// repeated is a copy of a merge request, so much earlier, that shares nothing with it that may change.
func (l *Lab) repeated(model *request, earlier time.Duration) *request {
	m := *model
	m.id = l.id()
	for _, t := range []*time.Time{&m.created, &m.updated, &m.prepared, &m.mergedAt, &m.closedAt} {
		if !t.IsZero() {
			*t = t.Add(-earlier)
		}
	}
	m.notes, m.versions, m.approvals, m.moves = nil, nil, nil, nil
	m.labels, m.reviewers = slices.Clone(model.labels), slices.Clone(model.reviewers)
	for _, x := range model.notes {
		c := *x
		c.id, c.created, c.updated, c.emoji = l.id(), x.created.Add(-earlier), x.updated.Add(-earlier), nil
		m.notes = append(m.notes, &c)
	}
	for _, x := range model.versions {
		c := *x
		c.id, c.created, c.ready = l.id(), x.created.Add(-earlier), x.ready.Add(-earlier)
		m.versions = append(m.versions, &c)
	}
	for _, x := range model.approvals {
		m.approvals = append(m.approvals, &approval{x.user, x.at.Add(-earlier)})
	}
	for _, x := range model.moves {
		m.moves = append(m.moves, stateEvent{l.id(), x.user, x.state, x.at.Add(-earlier)})
	}
	return &m
}
