package github

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
)

func reviewRoutes() []*route {
	const r, p = "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/pulls/{pull_number}"
	return []*route{
		{method: "GET", pattern: p + "/reviews", need: "pull_requests:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			shown := slices.DeleteFunc(slices.Clone(p.reviews),
				func(v *review) bool { return v.state == "PENDING" && v.user != c.who.account() })
			return paged(c, shown, func(v *review) any { return h.review(p, v) }), nil
		}},
		{method: "POST", pattern: p + "/reviews", need: "pull_requests:write", role: "read", creates: true, call: (*Hub).postReview},
		{method: "GET", pattern: p + "/reviews/{review_id}", need: "pull_requests:read",
			call: withReview(func(h *Hub, c *call, p *pull, v *review) (any, error) {
				return h.review(p, v), nil
			})},
		{method: "PUT", pattern: p + "/reviews/{review_id}", need: "pull_requests:write", role: "read",
			call: withReview(func(h *Hub, c *call, p *pull, v *review) (any, error) {
				var in struct{ Body string }
				if err := c.decode(&in); err != nil {
					return nil, err
				}
				h.editReview(p, v, in.Body, c.who.account())
				return h.review(p, v), nil
			})},
		{method: "PUT", pattern: p + "/reviews/{review_id}/dismissals", need: "pull_requests:write",
			call: withReview(func(h *Hub, c *call, p *pull, v *review) (any, error) {
				var in struct{ Message string }
				if err := c.decode(&in); err != nil {
					return nil, err
				}
				if err := h.dismissReview(p, v, in.Message, c.who.account()); err != nil {
					return nil, err
				}
				return h.review(p, v), nil
			})},
		{method: "GET", pattern: p + "/reviews/{review_id}/comments", need: "pull_requests:read",
			call: withReview(func(h *Hub, c *call, p *pull, v *review) (any, error) {
				mine := slices.DeleteFunc(slices.Clone(p.threads), func(t *reviewComment) bool { return t.review != v.id })
				return paged(c, mine, func(t *reviewComment) any { return h.reviewComment(p, t) }), nil
			})},
		{method: "GET", pattern: p + "/requested_reviewers", need: "pull_requests:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			return object{"users": list(p.reviewers, h.userAny),
				"teams": list(p.teams, func(t *team) any { return h.team(p.repo.owner, t) })}, nil
		}},
		{
			method:  "POST",
			pattern: p + "/requested_reviewers",
			need:    "pull_requests:write",
			role:    "triage",
			call:    (*Hub).postRequestedReviewers,
		},
		{method: "GET", pattern: p + "/comments", need: "pull_requests:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			return paged(c, p.threads, func(t *reviewComment) any { return h.reviewComment(p, t) }), nil
		}},
		{
			method:  "POST",
			pattern: p + "/comments",
			need:    "pull_requests:write",
			role:    "read",
			creates: true,
			call:    (*Hub).postReviewComment,
		},
		{
			method:  "POST",
			pattern: p + "/comments/{comment_id}/replies",
			need:    "pull_requests:write",
			role:    "read",
			creates: true,
			call:    (*Hub).postReply,
		},
		{method: "GET", pattern: r + "/issues/{issue_number}/comments", need: "issues:read", call: func(h *Hub, c *call) (any, error) {
			p, err := c.pull()
			if err != nil {
				return nil, err
			}
			since := c.since()
			shown := slices.DeleteFunc(slices.Clone(p.comments), func(m *issueComment) bool { return m.updated.Before(since) })
			return paged(c, shown, func(m *issueComment) any { return h.issueComment(p, m) }), nil
		}},
		{
			method:  "POST",
			pattern: r + "/issues/{issue_number}/comments",
			need:    "issues:write",
			role:    "read",
			creates: true,
			call:    (*Hub).postIssueComment,
		},
		{method: "GET", pattern: r + "/issues/comments/{comment_id}", need: "issues:read", call: func(h *Hub, c *call) (any, error) {
			p, m, err := c.repo.findComment(c.id("comment_id"))
			if err != nil {
				return nil, err
			}
			return h.issueComment(p, m), nil
		}},
		{method: "PATCH", pattern: r + "/issues/comments/{comment_id}", need: "issues:write", role: "read", call: (*Hub).patchIssueComment},
		{method: "DELETE", pattern: r + "/issues/comments/{comment_id}", need: "issues:write", role: "read",
			call: func(h *Hub, c *call) (any, error) {
				p, m, err := h.ownComment(c)
				if err != nil {
					return nil, err
				}
				h.deleteComment(p, m, c.who.account())
				return noContent(), nil
			}},
	}
}

func withReview(f func(*Hub, *call, *pull, *review) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		p, err := c.pull()
		if err != nil {
			return nil, err
		}
		v, err := p.review(c.id("review_id"))
		if err != nil {
			return nil, errNotFound
		}
		return f(h, c, p, v)
	}
}

func (h *Hub) postReview(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in reviewInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	v, err := h.addReview(p, in, c.who.account())
	if err != nil {
		return nil, err
	}
	return h.review(p, v), nil
}

func (h *Hub) postRequestedReviewers(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in struct {
		Reviewers []string `json:"reviewers"`
		Teams     []string `json:"team_reviewers"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.requestReview(p, in.Reviewers, in.Teams, c.who.account()); err != nil {
		return nil, err
	}
	return created(h.simplePull(p)), nil
}

func (h *Hub) requestReview(p *pull, logins, slugs []string, by *account) error {
	for _, login := range logins {
		u := h.accounts[lower(login)]
		switch {
		case u == nil || h.role(p.repo, u) == 0 ||
			(h.association(p.repo, u) == "NONE" && p.repo.collaborators[lower(login)] == "" && h.role(p.repo, u) < rank("triage")):
			return fail(http.StatusUnprocessableEntity,
				"Reviews may only be requested from collaborators. One or more of the users or teams you specified is "+
					"not a collaborator of the %s repository.", p.repo.fullName())
		case u == p.user:
			return fail(http.StatusUnprocessableEntity, "Review cannot be requested from pull request author.")
		case slices.Contains(p.reviewers, u):
			continue
		}
		p.reviewers, p.updated = append(slices.Clone(p.reviewers), u), h.now()
		what := moment{kind: "ReviewRequestedEvent", asked: u}
		if err := h.pullMoment(p, "review_requested", by, object{"requested_reviewer": h.user(u)}, what); err != nil {
			return err
		}
	}
	for _, slug := range slugs {
		if p.repo.owner.org == nil || p.repo.owner.org.teams[lower(slug)] == nil {
			return fail(http.StatusUnprocessableEntity, "Could not resolve to a node with the global id of '%s'.", slug)
		}
		t := p.repo.owner.org.teams[lower(slug)]
		if slices.Contains(p.teams, t) {
			continue
		}
		p.teams, p.updated = append(slices.Clone(p.teams), t), h.now()
		what := moment{kind: "ReviewRequestedEvent", team: t}
		if err := h.pullMoment(p, "review_requested", by, object{"requested_team": h.team(p.repo.owner, t)}, what); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) postReviewComment(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in commentInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.InReplyTo != 0 {
		return h.reply(c, p, in.InReplyTo, in.Body)
	}
	if in.CommitID == "" {
		return nil, invalid("PullRequestReviewComment", "commit_id", "missing_field", "")
	}
	t, err := h.addReviewComment(p, in, c.who.account())
	if err != nil {
		return nil, err
	}
	return created(h.reviewComment(p, t)), nil
}

// singly says of a comment on its own what place says of one in a review: there GitHub's errors are texts, here they are objects.
func singly(err error) error {
	var refused *apiError
	if !errors.As(err, &refused) || len(refused.Errors) != 1 {
		return err
	}
	text, ok := refused.Errors[0].(string)
	if !ok {
		return err
	}
	field := "pull_request_review_thread.line"
	switch {
	case strings.HasPrefix(text, "Path"):
		field = "pull_request_review_thread.path"
	case strings.HasPrefix(text, "Start line"):
		field = "pull_request_review_thread.start_line"
	}
	return invalid("PullRequestReviewComment", field, "custom", field+" must be part of the diff")
}

// addReviewComment makes a comment on its own, which GitHub wraps into a review of one comment.
func (h *Hub) addReviewComment(p *pull, in commentInput, by *account) (*reviewComment, error) {
	t, err := h.place(p, in, in.CommitID)
	if err != nil {
		return nil, singly(err)
	}
	t.user = by
	v := &review{
		id:          h.id(),
		user:        t.user,
		state:       "COMMENTED",
		commit:      in.CommitID,
		submittedAt: h.now(),
		canPush:     h.role(p.repo, t.user) >= rank("write"),
	}
	t.review = v.id
	p.reviews, p.threads, p.updated = append(p.reviews, v), append(p.threads, t), h.now()
	h.reviewEvent(p, v, "submitted", t.user, nil)
	h.threadEvent(p, t, "created", t.user)
	return t, nil
}

func (h *Hub) postReply(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in struct{ Body string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.reply(c, p, c.id("comment_id"), in.Body)
}

func (h *Hub) reply(c *call, p *pull, to int64, body string) (any, error) {
	t := p.thread(to)
	if t == nil {
		return nil, errNotFound
	}
	next, err := h.answer(p, t, body, c.who.account())
	if err != nil {
		return nil, err
	}
	return created(h.reviewComment(p, next)), nil
}

// answer adds a comment to the thread of another.
func (h *Hub) answer(p *pull, t *reviewComment, body string, by *account) (*reviewComment, error) {
	if strings.TrimSpace(body) == "" {
		return nil, invalid("PullRequestReviewComment", "body", "missing_field", "")
	}
	next := *t
	next.id, next.inReplyTo, next.body, next.user = h.id(), cmp.Or(t.inReplyTo, t.id), body, by
	next.created, next.updated, p.updated = h.now(), h.now(), h.now()
	next.reactions, next.resolved, next.resolvedBy = nil, false, nil
	p.threads = append(p.threads, &next)
	h.threadEvent(p, &next, "created", by)
	return &next, nil
}

func (h *Hub) postIssueComment(c *call) (any, error) {
	p, err := c.pull()
	if err != nil {
		return nil, err
	}
	var in struct{ Body string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var through *app
	if c.who.inst != nil {
		through = c.who.inst.app
	}
	m, err := h.comment(p, in.Body, c.who.account(), through)
	if err != nil {
		return nil, err
	}
	return created(h.issueComment(p, m)), nil
}

// ownComment finds a comment the caller may change: their own, or any with write access.
func (h *Hub) ownComment(c *call) (*pull, *issueComment, error) {
	p, m, err := c.repo.findComment(c.id("comment_id"))
	if err != nil {
		return nil, nil, err
	}
	if c.who.user != nil && m.user != c.who.user && h.role(c.repo, c.who.user) < rank("write") {
		return nil, nil, fail(http.StatusForbidden, "Must have write access to the repository.")
	}
	return p, m, nil
}

func (h *Hub) patchIssueComment(c *call) (any, error) {
	p, m, err := h.ownComment(c)
	if err != nil {
		return nil, err
	}
	var in struct{ Body string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.editComment(p, m, in.Body, c.who.account()); err != nil {
		return nil, err
	}
	return h.issueComment(p, m), nil
}
