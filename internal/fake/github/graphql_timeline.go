package github

import (
	"context"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// timelineItems is a pull request's own connection of what happened to it.
func (q *asked) timelineItems(p *pull) graph.Resolver {
	return func(_ context.Context, args map[string]any) (any, error) {
		return connection[*moment]{
			name: "timelineItems",
			all:  p.timelineOf(texts(args, "itemTypes")),
			node: func(m *moment) any { return q.moment(p, m) },
		}.resolve(args)
	}
}

// moment is one item, with the fields that its type has.
// https://docs.github.com/en/graphql/reference/unions#pullrequesttimelineitems
func (q *asked) moment(p *pull, m *moment) graph.Object {
	o := graph.Object{
		"id":        graph.Value(nodeID("EV", m.id)),
		"createdAt": graph.Value(m.at),
		"actor":     field(func() any { return q.actor(m.actor) }),
	}
	commit := func(sha string) graph.Resolver {
		return field(func() any {
			if out, err := q.object(p.repo, sha); err == nil {
				return out
			}
			return nil
		})
	}
	switch m.kind {
	case "MergedEvent":
		o["commit"] = commit(m.to)
		o["mergeRefName"] = graph.Value(m.from)
	case "HeadRefForcePushedEvent":
		o["beforeCommit"] = commit(m.from)
		o["afterCommit"] = commit(m.to)
	case "BaseRefChangedEvent":
		o["databaseId"] = graph.Value(m.id)
		o["previousRefName"] = graph.Value(m.from)
		o["currentRefName"] = graph.Value(m.to)
	case "ReviewRequestedEvent":
		o["requestedReviewer"] = field(func() any {
			if m.team != nil {
				t := q.team(p.repo.owner, m.team)
				return graph.Typed("Team", t, "Node", "RequestedReviewer")
			}
			return q.actor(m.asked)
		})
	case "ReviewDismissedEvent":
		o["databaseId"] = graph.Value(m.id)
		o["review"] = field(func() any { return q.review(p, m.review) })
		o["previousReviewState"] = graph.Value(m.state)
		o["dismissalMessage"] = graph.Value(m.text)
	case "AddedToMergeQueueEvent":
		o["enqueuer"] = field(func() any { return q.actor(m.actor) })
	case "RemovedFromMergeQueueEvent":
		o["enqueuer"] = field(func() any { return q.actor(m.actor) })
		o["reason"] = graph.Value(m.text)
	case "LabeledEvent", "UnlabeledEvent":
		o["label"] = field(func() any { return q.label(m.label) })
	}
	return graph.Typed(m.kind, o, "Node", "PullRequestTimelineItems")
}

func (q *asked) label(l *label) graph.Object {
	return graph.Typed("Label", graph.Object{
		"name": graph.Value(l.name), "color": graph.Value(l.color), "id": graph.Value(nodeID("LA", l.id)),
		"description": graph.Value(orNull(l.about)),
	}, "Node")
}
