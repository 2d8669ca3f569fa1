package github

import (
	"context"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// thread is a review thread; its id is made of that of the comment that began it.
func (q *asked) thread(p *pull, root *reviewComment) graph.Object {
	return graph.Typed("PullRequestReviewThread", graph.Object{
		"id": graph.Value(nodeID("PRRT", root.id)), "isResolved": graph.Value(root.resolved),
		"isOutdated": graph.Value(p.outdated(root)), "path": graph.Value(root.path),
		"line": field(func() any {
			if p.outdated(root) {
				return nil
			}
			return intOrNull(root.line)
		}),
		"diffSide":   graph.Value(root.side),
		"resolvedBy": field(func() any { return q.actor(root.resolvedBy) }),
		"comments": connection[*reviewComment]{
			name: "comments",
			all:  p.talk(root),
			node: func(t *reviewComment) any { return q.reviewComment(p, t) },
		}.resolver(),
	}, "Node")
}

func (q *asked) reviewComment(p *pull, t *reviewComment) graph.Object {
	return graph.Typed("PullRequestReviewComment", graph.Object{
		"id": graph.Value(nodeID("PRRC", t.id)), "databaseId": graph.Value(t.id),
		"fullDatabaseId": graph.Value(strconv.FormatInt(t.id, 10)), "body": graph.Value(t.body),
		"path": graph.Value(t.path), "createdAt": graph.Value(t.created), "updatedAt": graph.Value(t.updated),
		"url":    graph.Value(p.webURL(q.h) + "#discussion_r" + strconv.FormatInt(t.id, 10)),
		"author": field(func() any { return q.actor(t.user) }),
		"pullRequestReview": field(func() any {
			if v, err := p.review(t.review); err == nil {
				return q.review(p, v)
			}
			return nil
		}),
		"reactions": connection[*reaction]{name: "reactions", all: t.reactions, node: func(r *reaction) any {
			return graph.Typed("Reaction",
				graph.Object{"id": graph.Value(nodeID("REA", r.id)), "databaseId": graph.Value(r.id),
					"content":   graph.Value(reactionNames[r.content]),
					"createdAt": graph.Value(r.created), "user": field(func() any { return q.actor(r.user) })}, "Node")
		}}.resolver(),
	}, "Node", "Comment")
}

// node finds a review thread by its id, in what the caller may see. Other nodes are not offered.
func (q *asked) node(_ context.Context, args map[string]any) (any, error) {
	id, _ := graph.Text(args, "id")
	for _, r := range q.h.repos {
		if !strings.HasPrefix(id, "PRRT_") || !q.h.sees(q.c.who, r) {
			continue
		}
		for _, p := range r.pulls {
			for _, t := range p.threads {
				if t.inReplyTo == 0 && nodeID("PRRT", t.id) == id {
					return q.thread(p, t), q.may(r, "pull_requests:read")
				}
			}
		}
	}
	return nil, notFound("Could not resolve to a node with the global id of '%s'", id)
}

// mutations are the few that an App which comments sends.
func (q *asked) mutations() graph.Object {
	return graph.Object{
		"resolveReviewThread":   q.resolve(true),
		"unresolveReviewThread": q.resolve(false),
	}
}

func (q *asked) resolve(resolved bool) graph.Resolver {
	return func(_ context.Context, args map[string]any) (any, error) {
		input, _ := args["input"].(map[string]any)
		id, _ := input["threadId"].(string)
		for _, r := range q.h.repos {
			for _, p := range r.pulls {
				for _, root := range p.roots() {
					if nodeID("PRRT", root.id) != id || !q.h.sees(q.c.who, r) {
						continue
					}
					if err := q.mayResolve(p); err != nil {
						return nil, err
					}
					q.h.resolveThread(p, root, resolved, q.c.who.account())
					return graph.Object{"thread": field(func() any { return q.thread(p, root) }),
						"clientMutationId": graph.Value(input["clientMutationId"])}, nil
				}
			}
		}
		return nil, notFound("Could not resolve to a node with the global id of '%s'", id)
	}
}

// mayResolve: an App needs to write to the repository's contents, which is what it takes on GitHub although no page of its manual says so.
func (q *asked) mayResolve(p *pull) error {
	if q.c.who.inst != nil {
		if q.h.may(q.c.who, p.repo, "contents:write", "") != nil || q.h.may(q.c.who, p.repo, "pull_requests:write", "") != nil {
			return errForbidden
		}
		return nil
	}
	if !q.h.mayResolve(p, q.c.who.account()) {
		return errForbidden
	}
	return nil
}
