package github

import (
	"slices"
	"strings"
)

func (h *Hub) comment(p *pull, body string, by *account, through *app) (*issueComment, error) {
	if strings.TrimSpace(body) == "" {
		return nil, invalid("IssueComment", "body", "missing_field", "")
	}
	if len([]rune(body)) > 65536 {
		return nil, invalid("IssueComment", "body", "unprocessable", "body is too long (maximum is 65536 characters)")
	}
	c := &issueComment{id: h.id(), user: by, app: through, body: body, created: h.now(), updated: h.now()}
	p.comments = append(p.comments, c)
	p.updated = h.now()
	h.commentEvent(p, c, "created", by, nil)
	return c, nil
}

func (h *Hub) editComment(p *pull, c *issueComment, body string, by *account) error {
	if strings.TrimSpace(body) == "" {
		return invalid("IssueComment", "body", "missing_field", "")
	}
	from := c.body
	c.body, c.updated, p.updated = body, h.now(), h.now()
	h.commentEvent(p, c, "edited", by, object{"changes": object{"body": object{"from": from}}})
	return nil
}

func (h *Hub) deleteComment(p *pull, c *issueComment, by *account) {
	p.comments = slices.DeleteFunc(slices.Clone(p.comments), func(o *issueComment) bool { return o == c })
	p.updated = h.now()
	h.commentEvent(p, c, "deleted", by, nil)
}

// findComment finds an issue comment anywhere in a repository.
func (r *repository) findComment(id int64) (*pull, *issueComment, error) {
	for _, p := range r.pulls {
		for _, c := range p.comments {
			if c.id == id {
				return p, c, nil
			}
		}
	}
	return nil, nil, errNotFound
}
