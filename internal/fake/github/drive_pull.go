package github

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// OpenPull opens a pull request and returns its number.
func (h *Hub) OpenPull(repo string, p Pull) (number int, err error) {
	n := newPull{Title: p.Title, Head: p.Head, Base: p.Base, Draft: p.Draft, Body: &p.Body}
	h.warmOpen(repo, n)
	err = h.locked(repo, func(r *repository) error {
		if n.Base == "" {
			n.Base = r.defaultBranch
		}
		u, err := h.person(p.Author)
		if err != nil || u == nil {
			return errors.Join(err, errors.New("a pull request needs an author"))
		}
		opened, err := h.openPull(r, n, u)
		if opened != nil {
			number = opened.number
		}
		return err
	})
	return number, err
}

// warmOpen lets git compare the two branches outside the lock.
func (h *Hub) warmOpen(repo string, n newPull) {
	h.mu.RLock()
	r := h.names[lower(repo)]
	if r == nil {
		h.mu.RUnlock()
		return
	}
	from, branch, err := h.source(r, n)
	h.mu.RUnlock()
	if err != nil {
		return
	}
	head, _ := from.git.Ref("refs/heads/" + branch)
	base, ok := r.git.Ref("refs/heads/" + cmp.Or(n.Base, r.defaultBranch))
	if head != "" && ok {
		h.warmCompareOf(r, base, head)
	}
}

// EditPull changes title, body or base.
func (h *Hub) EditPull(repo string, number int, e Edit, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		return h.editPull(p, pullEdit{Title: e.Title, Body: e.Body, Base: e.Base}, actor)
	})
}

// actOn runs f on a pull request as somebody; "" acts as its author.
func (h *Hub) actOn(repo string, number int, by string, f func(*pull, *account) error) error {
	return h.lockedPull(repo, number, func(p *pull) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		if actor == nil {
			actor = p.user
		}
		return f(p, actor)
	})
}

// ClosePull closes a pull request without merging it.
func (h *Hub) ClosePull(repo string, number int, by string) error {
	return h.actOn(repo, number, by, h.closePull)
}

// ReopenPull opens a closed pull request again.
func (h *Hub) ReopenPull(repo string, number int, by string) error {
	return h.actOn(repo, number, by, h.reopenPull)
}

// SetDraft makes a pull request a draft or ready for review.
func (h *Hub) SetDraft(repo string, number int, draft bool, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.setDraft(p, draft, actor) })
}

// Label adds labels, making those the repository lacks; Unlabel removes one.
func (h *Hub) Label(repo string, number int, by string, names ...string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.addLabels(p, names, actor) })
}

// Unlabel removes a label.
func (h *Hub) Unlabel(repo string, number int, by, name string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.removeLabel(p, name, actor) })
}

// MergePull merges by merge, squash or rebase, and refuses what branch protection refuses.
func (h *Hub) MergePull(repo string, number int, method, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.mergePull(p, method, "", "", "", actor) })
}

// RequestReview asks people and teams (slugs) for a review.
func (h *Hub) RequestReview(repo string, number int, by string, logins, teams []string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error { return h.requestReview(p, logins, teams, actor) })
}

// Review submits a review and returns its id.
func (h *Hub) Review(repo string, number int, v Review) (id int64, err error) {
	err = h.actOn(repo, number, v.Author, func(p *pull, actor *account) error {
		out, err := h.addReview(p, reviewInput{CommitID: v.Commit, Body: v.Body, Event: v.State}, actor)
		if out != nil {
			id = out.id
		}
		return err
	})
	return id, err
}

// DismissReview dismisses a review with a reason.
func (h *Hub) DismissReview(repo string, number int, review int64, reason, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		v, err := p.review(review)
		if err != nil {
			return err
		}
		return h.dismissReview(p, v, reason, actor)
	})
}

// EditReview changes a review's text.
func (h *Hub) EditReview(repo string, number int, review int64, body, by string) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		v, err := p.review(review)
		if err == nil {
			h.editReview(p, v, body, actor)
		}
		return err
	})
}

// Comment adds a comment to the conversation and returns its id.
func (h *Hub) Comment(repo string, number int, by, body string) (id int64, err error) {
	err = h.actOn(repo, number, by, func(p *pull, actor *account) error {
		c, err := h.comment(p, body, actor, nil)
		if c != nil {
			id = c.id
		}
		return err
	})
	return id, err
}

// EditComment changes the text of a comment in the conversation.
func (h *Hub) EditComment(repo string, number int, id int64, by, body string) error {
	return h.onComment(repo, number, id, by, func(p *pull, c *issueComment, actor *account) error {
		return h.editComment(p, c, body, actor)
	})
}

// DeleteComment takes a comment out of the conversation.
func (h *Hub) DeleteComment(repo string, number int, id int64, by string) error {
	return h.onComment(repo, number, id, by, func(p *pull, c *issueComment, actor *account) error {
		h.deleteComment(p, c, actor)
		return nil
	})
}

func (h *Hub) onComment(repo string, number int, id int64, by string, f func(*pull, *issueComment, *account) error) error {
	return h.actOn(repo, number, by, func(p *pull, actor *account) error {
		_, c, err := p.repo.findComment(id)
		if err != nil {
			return err
		}
		return f(p, c, actor)
	})
}

// Enqueue adds a pull request to its base's merge queue: the group branch is made and its checks are asked for. It
// returns the group's full reference name and head.
func (h *Hub) Enqueue(repo string, number int, method, by string) (ref, sha string, err error) {
	err = h.actOn(repo, number, by, func(p *pull, actor *account) error {
		g, err := h.enqueue(p, method, actor)
		if g != nil {
			ref, sha = g.ref, g.head
		}
		return err
	})
	return ref, sha, err
}

// Dequeue ends a merge group. Reason is merged, which moves the base to it, or invalidated or dequeued.
func (h *Hub) Dequeue(repo, ref, reason, by string) error {
	return h.locked(repo, func(r *repository) error {
		actor, err := h.person(by)
		if err != nil {
			return err
		}
		g := r.groups[ref]
		if g == nil || !slices.Contains([]string{"merged", "invalidated", "dequeued"}, reason) {
			return fmt.Errorf("merge group %s of %s, reason %q: %w", ref, repo, reason, errNotFound)
		}
		return h.dequeue(g, reason, actor)
	})
}
