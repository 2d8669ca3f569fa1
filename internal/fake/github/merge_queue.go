package github

import (
	"fmt"
	"net/http"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// enqueue builds the group branch of a merge queue and asks for its checks.
func (h *Hub) enqueue(p *pull, method string, by *account) (*mergeGroup, error) {
	if p.state != "open" || p.draft {
		return nil, fail(http.StatusUnprocessableEntity, "Pull request is not in a state to be queued")
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok {
		return nil, fail(http.StatusUnprocessableEntity, "Base branch does not exist")
	}
	for _, g := range p.repo.groups { // the next group builds on the last one queued for the same branch
		if g.baseRef == p.baseRef && g.base == tip {
			tip = g.head
		}
	}
	head, err := h.landing(p, tip, method, "", "", by)
	if err != nil {
		return nil, err
	}
	g := &mergeGroup{ref: fmt.Sprintf("refs/heads/gh-readonly-queue/%s/pr-%d-%s", p.baseRef, p.number, tip), head: head, base: tip,
		baseRef: p.baseRef, pull: p}
	if err := p.repo.git.SetRef(g.ref, head); err != nil {
		return nil, err
	}
	p.repo.groups[g.ref] = g
	change := githost.RefChange{Name: g.ref, New: head}
	if err := h.pushEvent(p.repo, change, by); err != nil {
		return nil, err
	}
	p.updated = h.now()
	if err := h.pullEvent(p, "enqueued", by, nil); err != nil {
		return nil, err
	}
	h.requestSuites(p.repo, g.ref[len("refs/heads/"):], tip, head, by)
	return g, h.groupEvent(g, "checks_requested", "", by)
}

func (h *Hub) groupEvent(g *mergeGroup, action, reason string, by *account) error {
	c, err := g.pull.repo.git.Commit(g.head)
	if err != nil {
		return err
	}
	payload := object{"merge_group": object{"head_sha": g.head, "head_ref": g.ref, "base_sha": g.base,
		"base_ref": "refs/heads/" + g.baseRef, "head_commit": simpleCommit(c)}}
	if reason != "" {
		payload["reason"] = reason
	}
	h.emit(audience{repo: g.pull.repo}, "merge_group", action, by, payload)
	return nil
}

// dequeue ends a group: merged puts it on its base, invalidated and dequeued drop it.
func (h *Hub) dequeue(g *mergeGroup, reason string, by *account) error {
	r := g.pull.repo
	delete(r.groups, g.ref)
	g.pull.updated = h.now()
	why := map[string]string{"merged": "MERGE", "invalidated": "CI_FAILURE", "dequeued": "MANUAL"}[reason]
	if err := h.pullMoment(g.pull, "dequeued", by, object{"reason": why}, moment{text: why}); err != nil {
		return err
	}
	if err := h.groupEvent(g, "destroyed", reason, by); err != nil {
		return err
	}
	if reason == "merged" {
		base := "refs/heads/" + g.baseRef
		old, _ := r.git.Ref(base)
		if err := r.git.SetRef(base, g.head); err != nil {
			return err
		}
		if err := h.merged(g.pull, g.head, by); err != nil {
			return err
		}
		if err := h.pushed(r, githost.RefChange{Name: base, Old: old, New: g.head}, by); err != nil {
			return err
		}
	}
	return h.deleteRef(r, g.ref, by)
}
