package gitlab

import (
	"cmp"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// unresolved counts the threads that are not resolved.
func (m *request) unresolved() int {
	open := map[string]bool{}
	for _, n := range m.notes {
		if n.resolvable && !n.resolved {
			open[n.discussion] = true
		}
	}
	return len(open)
}

func (l *Lab) noteShape(m *request, n *note) object {
	out := object{
		"id":         n.id,
		"type":       orNull(n.kind),
		"body":       n.body,
		"author":     l.basicUser(n.author),
		"created_at": stamp(n.created),
		"updated_at": stamp(
			n.updated,
		),
		"system":        n.system,
		"noteable_id":   m.id,
		"noteable_type": "MergeRequest",
		"project_id":    m.target.id,
		"resolvable":    n.resolvable,
		"confidential":  false,
		"internal":      false,
		"noteable_iid":  m.iid,
	}
	if n.position != nil {
		out["position"], out["commit_id"] = n.position, nil
	}
	if n.resolvable {
		out["resolved"], out["resolved_by"], out["resolved_at"] = n.resolved, l.basicUser(n.resolvedBy), stamp(n.resolvedAt)
	}
	return out
}

// filterNotes orders notes as asked, newest first unless sort is asc, and leaves system notes out on demand.
func (c *call) filterNotes(list []*note) []*note {
	filter, _ := c.text("activity_filter")
	out := slices.DeleteFunc(slices.Clone(list), func(n *note) bool {
		return (filter == "only_comments" && n.system) || (filter == "only_activity" && !n.system)
	})
	by, _ := c.text("order_by")
	sorting.StableBy(out, func(a, b *note) int {
		if by == "updated_at" {
			return cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.id, b.id))
		}
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id))
	})
	if sort, _ := c.text("sort"); sort != "asc" {
		slices.Reverse(out)
	}
	return out
}

func listNotes(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, n := range c.filterNotes(m.notes) {
		out = append(out, l.noteShape(m, n))
	}
	return c.page(out), nil
}

// note is the merge request and the note that the path names.
func (c *call) note() (*request, *note, error) {
	m, err := c.request()
	if err != nil {
		return nil, nil, err
	}
	for _, n := range m.notes {
		if n.id == c.number("note_id") {
			return m, n, nil
		}
	}
	return nil, nil, missing("Note")
}

func getNote(l *Lab, c *call) (any, error) {
	m, n, err := c.note()
	if err != nil {
		return nil, err
	}
	return l.noteShape(m, n), nil
}

// threads are the discussions of a merge request in the order they began.
func (m *request) threads() (order []string, notes map[string][]*note) {
	notes = map[string][]*note{}
	for _, n := range m.notes {
		if notes[n.discussion] == nil {
			order = append(order, n.discussion)
		}
		notes[n.discussion] = append(notes[n.discussion], n)
	}
	return order, notes
}

func (l *Lab) discussionShape(m *request, id string, list []*note) object {
	notes := []any{}
	for _, n := range list {
		notes = append(notes, l.noteShape(m, n))
	}
	return object{"id": id, "individual_note": list[0].individual, "notes": notes}
}

func listDiscussions(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	order, notes := m.threads()
	for _, id := range order {
		out = append(out, l.discussionShape(m, id, notes[id]))
	}
	return c.page(out), nil
}

func getDiscussion(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	id := c.params["discussion_id"]
	if _, notes := m.threads(); notes[id] != nil {
		return l.discussionShape(m, id, notes[id]), nil
	}
	return nil, missing("Discussion")
}
