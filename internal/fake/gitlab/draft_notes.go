package gitlab

import (
	"net/http"
	"slices"
)

// draftNote is a note that only its author sees until it is published.
type draftNote struct {
	id         int64
	author     *user
	body       string
	discussion string
	resolve    bool
	position   *position
}

func draftShape(m *request, d *draftNote) object {
	out := object{"id": d.id, "author_id": d.author.id, "merge_request_id": m.id, "resolve_discussion": d.resolve,
		"discussion_id": orNull(d.discussion), "note": d.body, "commit_id": nil, "line_code": nil, "position": nil}
	if d.position != nil {
		out["line_code"], out["position"] = orNull(d.position.lineCode), d.position
	}
	return out
}

func listDrafts(_ *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, d := range m.drafts {
		if d.author == c.who.user {
			out = append(out, draftShape(m, d))
		}
	}
	return c.page(out), nil
}

func createDraft(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	d := &draftNote{author: c.who.user, resolve: c.flag("resolve_discussion")}
	if d.body, _ = c.text("note"); d.body == "" {
		return nil, failure{http.StatusBadRequest, object{"error": "note is missing"}}
	}
	if id, ok := c.text("in_reply_to_discussion_id"); ok {
		if _, threads := m.threads(); threads[id] == nil {
			return nil, missing("Discussion")
		}
		d.discussion = id
	}
	if raw, ok := c.values["position"].(map[string]any); ok {
		if d.position, err = l.position(m, raw); err != nil {
			return nil, err
		}
	}
	d.id = l.id()
	m.drafts = append(m.drafts, d)
	return draftShape(m, d), nil
}

// draft is the merge request and the asker's own draft that the path names.
func (c *call) draft() (*request, *draftNote, error) {
	m, err := c.request()
	if err != nil {
		return nil, nil, err
	}
	for _, d := range m.drafts {
		if d.id == c.number("draft_note_id") && d.author == c.who.user {
			return m, d, nil
		}
	}
	return nil, nil, missing("")
}

func deleteDraft(_ *Lab, c *call) (any, error) {
	m, d, err := c.draft()
	if err != nil {
		return nil, err
	}
	m.drafts = slices.DeleteFunc(m.drafts, func(other *draftNote) bool { return other == d })
	return answer{status: http.StatusNoContent}, nil
}

func publishDraft(l *Lab, c *call) (any, error) {
	m, d, err := c.draft()
	if err != nil {
		return nil, err
	}
	l.publish(m, d)
	return answer{status: http.StatusNoContent}, nil
}

// publishDrafts makes notes of all drafts of the asker, for which GitLab sends one mail.
func publishDrafts(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Clone(m.drafts) {
		if d.author == c.who.user {
			l.publish(m, d)
		}
	}
	return answer{status: http.StatusNoContent}, nil
}

func (l *Lab) publish(m *request, d *draftNote) {
	m.drafts = slices.DeleteFunc(m.drafts, func(other *draftNote) bool { return other == d })
	n := l.addNote(m, d.author, noteInput{body: d.body, discussion: d.discussion, position: d.position,
		thread: d.position == nil && d.discussion != ""})
	if !d.resolve {
		return
	}
	for _, x := range m.notes {
		if x.discussion == n.discussion && x.resolvable {
			x.resolved, x.resolvedBy, x.resolvedAt = true, d.author, l.now()
		}
	}
}
