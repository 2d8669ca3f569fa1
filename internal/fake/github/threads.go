package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// reaction is a thumb, or another of GitHub's eight.
type reaction struct {
	id      int64
	content string // "+1", "-1", ...
	user    *account
	created time.Time
}

// reactionNames are GitHub's contents in REST, with their names in GraphQL.
var reactionNames = map[string]string{"+1": "THUMBS_UP", "-1": "THUMBS_DOWN", "laugh": "LAUGH", "confused": "CONFUSED",
	"heart": "HEART", "hooray": "HOORAY", "rocket": "ROCKET", "eyes": "EYES"}

// react adds a reaction, or finds the one that is there: nobody reacts twice in one way. Reactions send no webhook.
func (h *Hub) react(to *[]*reaction, content string, by *account) (r *reaction, fresh bool, err error) {
	if reactionNames[content] == "" {
		return nil, false, invalid("Reaction", "content", "invalid", "")
	}
	for _, r := range *to {
		if r.user == by && r.content == content {
			return r, false, nil
		}
	}
	r = &reaction{id: h.id(), content: content, user: by, created: h.now()}
	*to = append(slices.Clone(*to), r)
	return r, true, nil
}

// findReviewComment finds a review comment anywhere in a repository.
func (r *repository) findReviewComment(id int64) (*pull, *reviewComment, error) {
	for _, p := range r.pulls {
		if t := p.thread(id); t != nil {
			return p, t, nil
		}
	}
	return nil, nil, errNotFound
}

func (p *pull) thread(id int64) *reviewComment {
	for _, t := range p.threads {
		if t.id == id {
			return t
		}
	}
	return nil
}

// talk lists the comments of the thread that root began, root first.
func (p *pull) talk(root *reviewComment) []*reviewComment {
	return slices.DeleteFunc(slices.Clone(p.threads), func(t *reviewComment) bool { return t != root && t.inReplyTo != root.id })
}

// roots lists the comments that began threads.
func (p *pull) roots() []*reviewComment {
	return slices.DeleteFunc(slices.Clone(p.threads), func(t *reviewComment) bool { return t.inReplyTo != 0 })
}

// maxReviewComment is the longest body of a review comment, in characters.
const maxReviewComment = 65536

func (h *Hub) editReviewComment(p *pull, t *reviewComment, body string, by *account) error {
	if strings.TrimSpace(body) == "" {
		return invalid("PullRequestReviewComment", "body", "missing_field", "")
	}
	if len([]rune(body)) > maxReviewComment {
		return invalid("PullRequestReviewComment", "body", "unprocessable", "body is too long (maximum is 65536 characters)")
	}
	from := t.body
	t.body, t.updated, p.updated = body, h.now(), h.now()
	h.emit(audience{repo: p.repo}, "pull_request_review_comment", "edited", by,
		object{"comment": h.reviewComment(p, t), "pull_request": h.simplePull(p), "changes": object{"body": object{"from": from}}})
	return nil
}

// deleteReviewComment removes one comment; what answers it stays, as on GitHub.
func (h *Hub) deleteReviewComment(p *pull, t *reviewComment, by *account) {
	p.threads = slices.DeleteFunc(slices.Clone(p.threads), func(o *reviewComment) bool { return o == t })
	p.updated = h.now()
	h.threadEvent(p, t, "deleted", by)
}

// resolveThread resolves or reopens the thread that a comment began.
func (h *Hub) resolveThread(p *pull, root *reviewComment, resolved bool, by *account) {
	if root.resolved == resolved {
		return
	}
	root.resolved, root.resolvedBy, p.updated = resolved, by, h.now()
	action := "resolved"
	if !resolved {
		root.resolvedBy, action = nil, "unresolved"
	}
	comments := list(p.talk(root), func(t *reviewComment) any { return h.reviewComment(p, t) })
	h.emit(audience{repo: p.repo}, "pull_request_review_thread", action, by,
		object{"thread": object{"node_id": nodeID("PRRT", root.id), "comments": comments}, "pull_request": h.simplePull(p)})
}

// mayResolve is GitHub's rule for people: write access, or the pull request's author.
func (h *Hub) mayResolve(p *pull, by *account) bool {
	return by == p.user || h.role(p.repo, by) >= rank("write")
}

func threadRoutes() []*route {
	const one, issue = "/repos/{owner}/{repo}/pulls/comments/{comment_id}", "/repos/{owner}/{repo}/issues/comments/{comment_id}"
	return []*route{
		{method: "GET", pattern: one, need: "pull_requests:read", call: func(h *Hub, c *call) (any, error) {
			p, t, err := c.repo.findReviewComment(c.id("comment_id"))
			if err != nil {
				return nil, err
			}
			return h.reviewComment(p, t), nil
		}},
		{method: "PATCH", pattern: one, need: "pull_requests:write", role: "read", call: func(h *Hub, c *call) (any, error) {
			p, t, err := h.ownReviewComment(c)
			if err != nil {
				return nil, err
			}
			var in struct{ Body string }
			if err := c.decode(&in); err != nil {
				return nil, err
			}
			if err := h.editReviewComment(p, t, in.Body, c.who.account()); err != nil {
				return nil, err
			}
			return h.reviewComment(p, t), nil
		}},
		{method: "DELETE", pattern: one, need: "pull_requests:write", role: "read", call: func(h *Hub, c *call) (any, error) {
			p, t, err := h.ownReviewComment(c)
			if err != nil {
				return nil, err
			}
			h.deleteReviewComment(p, t, c.who.account())
			return noContent(), nil
		}},
		{
			method:  "GET",
			pattern: one + "/reactions",
			need:    "pull_requests:read",
			call:    withReactions(reviewReactions, (*Hub).listReactions),
		},
		{
			method:  "POST",
			pattern: one + "/reactions",
			need:    "pull_requests:write",
			role:    "read",
			call:    withReactions(reviewReactions, (*Hub).postReaction),
		},
		{method: "GET", pattern: issue + "/reactions", need: "issues:read", call: withReactions(issueReactions, (*Hub).listReactions)},
		{
			method:  "POST",
			pattern: issue + "/reactions",
			need:    "issues:write",
			role:    "read",
			call:    withReactions(issueReactions, (*Hub).postReaction),
		},
	}
}

// ownReviewComment finds a comment the caller may change: their own, or any with write access.
func (h *Hub) ownReviewComment(c *call) (*pull, *reviewComment, error) {
	p, t, err := c.repo.findReviewComment(c.id("comment_id"))
	if err != nil {
		return nil, nil, err
	}
	if c.who.user != nil && t.user != c.who.user && h.role(c.repo, c.who.user) < rank("write") {
		return nil, nil, fail(http.StatusForbidden, "Must have write access to the repository.")
	}
	return p, t, nil
}

func reviewReactions(c *call) (*[]*reaction, error) {
	_, t, err := c.repo.findReviewComment(c.id("comment_id"))
	if err != nil {
		return nil, err
	}
	return &t.reactions, nil
}

func issueReactions(c *call) (*[]*reaction, error) {
	_, m, err := c.repo.findComment(c.id("comment_id"))
	if err != nil {
		return nil, err
	}
	return &m.reactions, nil
}

func withReactions(of func(*call) (*[]*reaction, error), f func(*Hub, *call, *[]*reaction) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		list, err := of(c)
		if err != nil {
			return nil, err
		}
		return f(h, c, list)
	}
}

func (h *Hub) listReactions(c *call, of *[]*reaction) (any, error) {
	shown := *of
	if content := c.r.URL.Query().Get("content"); content != "" {
		shown = slices.DeleteFunc(slices.Clone(shown), func(r *reaction) bool { return r.content != content })
	}
	return paged(c, shown, h.reaction), nil
}

func (h *Hub) postReaction(c *call, of *[]*reaction) (any, error) {
	var in struct{ Content string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r, fresh, err := h.react(of, in.Content, c.who.account())
	if err != nil {
		return nil, err
	}
	if !fresh {
		return h.reaction(r), nil
	}
	return created(h.reaction(r)), nil
}

func (h *Hub) reaction(r *reaction) any {
	return object{"id": r.id, "node_id": nodeID("REA", r.id), "user": h.user(r.user), "content": r.content, "created_at": stamp(r.created)}
}

func reactions(url string, of []*reaction) object {
	out := object{"url": url + "/reactions", "total_count": len(of)}
	for content := range reactionNames {
		out[content] = 0
	}
	for _, r := range of {
		out[r.content] = out[r.content].(int) + 1
	}
	return out
}

// ThreadView is a review thread as it stands.
type ThreadView struct {
	CommentView
	Path, Side, Commit string
	Line, StartLine    int
	// Outdated is true when the lines are no longer part of the diff of the head.
	Outdated, Resolved bool
	ResolvedBy         string
	Replies            []CommentView
}

// Threads looks at the review threads of a pull request, oldest first.
func (h *Hub) Threads(repo string, number int) ([]ThreadView, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	r := h.names[lower(repo)]
	if r == nil || r.pulls[number] == nil {
		return nil, fmt.Errorf("pull request %s#%d: %w", repo, number, errNotFound)
	}
	p := r.pulls[number]
	var all []ThreadView
	for _, t := range p.roots() {
		v := ThreadView{CommentView: commentView(t.id, t.user, t.body, t.created, t.updated, t.reactions), Path: t.path, Side: t.side,
			Commit: t.originalCommit, Line: t.line, StartLine: t.startLine,
			Outdated: p.outdated(t), Resolved: t.resolved}
		if t.resolvedBy != nil {
			v.ResolvedBy = t.resolvedBy.login
		}
		for _, reply := range p.talk(t)[1:] {
			v.Replies = append(v.Replies, commentView(reply.id, reply.user, reply.body, reply.created, reply.updated, reply.reactions))
		}
		all = append(all, v)
	}
	return all, nil
}

// outdated reports whether the head no longer has the lines that a comment was made on.
func (p *pull) outdated(t *reviewComment) bool { return t.commit != p.headSHA && t.line > 0 }

// onThread runs f on the comment that began a thread, as somebody; "" acts as the pull request's author.
func (h *Hub) onThread(repo string, number int, comment int64, by string, f func(*pull, *reviewComment, *account) error) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		t := p.thread(comment)
		if t == nil {
			return fmt.Errorf("review comment %d of %s#%d: %w", comment, repo, number, errNotFound)
		}
		return f(p, t, actor)
	})
}

// ResolveThread resolves the thread that a comment began, or with false reopens it. GitHub's rule holds: the author, or
// somebody with write access.
func (h *Hub) ResolveThread(repo string, number int, comment int64, resolved bool, by string) error {
	return h.onThread(repo, number, comment, by, func(p *pull, t *reviewComment, actor *account) error {
		if !h.mayResolve(p, actor) {
			return fmt.Errorf("resolve a thread as %s: %w", actor.login, errNotByIntegration)
		}
		h.resolveThread(p, t, resolved, actor)
		return nil
	})
}

// ReplyTo answers a review comment and returns the answer's id.
func (h *Hub) ReplyTo(repo string, number int, comment int64, by, body string) (id int64, err error) {
	err = h.onThread(repo, number, comment, by, func(p *pull, t *reviewComment, actor *account) error {
		next, err := h.answer(p, t, body, actor)
		if next != nil {
			id = next.id
		}
		return err
	})
	return id, err
}

// DeleteReviewComment removes a review comment.
func (h *Hub) DeleteReviewComment(repo string, number int, comment int64, by string) error {
	return h.onThread(repo, number, comment, by, func(p *pull, t *reviewComment, actor *account) error {
		h.deleteReviewComment(p, t, actor)
		return nil
	})
}

// EditReviewComment changes a review comment's text, as people with write access may with anybody's.
func (h *Hub) EditReviewComment(repo string, number int, comment int64, by, body string) error {
	return h.onThread(repo, number, comment, by, func(p *pull, t *reviewComment, actor *account) error {
		return h.editReviewComment(p, t, body, actor)
	})
}

// React adds a reaction ("+1", "-1", ...) to a review comment.
func (h *Hub) React(repo string, number int, comment int64, by, content string) error {
	return h.onThread(repo, number, comment, by, func(p *pull, t *reviewComment, actor *account) error {
		_, _, err := h.react(&t.reactions, content, actor)
		return err
	})
}

// InlineComment makes a review comment on a line of the head's diff and returns its id.
func (h *Hub) InlineComment(repo string, number int, by, path string, line int, body string) (id int64, err error) {
	err = h.actOn(repo, number, by, func(p *pull, actor *account) error {
		t, err := h.addReviewComment(p, commentInput{Path: path, Line: &line, Body: body, CommitID: p.headSHA}, actor)
		if t != nil {
			id = t.id
		}
		return err
	})
	return id, err
}
