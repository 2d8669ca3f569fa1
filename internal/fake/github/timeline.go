package github

import (
	"context"
	"slices"
	"time"
)

// moment is one item of a pull request's timeline, under GitHub's name for its type. Comments, reviews and commits have
// connections of their own and are not kept twice.
type moment struct {
	id    int64
	kind  string // such as ReadyForReviewEvent
	actor *account
	at    time.Time
	// from and to are commits of a push or branches of a changed base; to is the merge commit of a merge.
	from, to string
	asked    *account // whose review was asked for
	team     *team    // or that of a team
	label    *label
	review   *review // that was dismissed
	state    string  // which it had
	text     string
}

// moments are the actions of pull_request events that become items of their own.
var moments = map[string]string{
	"ready_for_review": "ReadyForReviewEvent", "converted_to_draft": "ConvertToDraftEvent", "closed": "ClosedEvent",
	"reopened": "ReopenedEvent", "enqueued": "AddedToMergeQueueEvent", "dequeued": "RemovedFromMergeQueueEvent",
}

// note adds to the timeline what one pull_request event tells.
func (h *Hub) note(p *pull, action string, by *account, what moment) {
	what.id, what.actor, what.at = p.nextMoment(), by, p.updated
	switch action {
	case "closed":
		what.at = p.closedAt
		if p.merged {
			p.timeline = append(p.timeline, &moment{
				id:    what.id,
				kind:  "MergedEvent",
				actor: by,
				at:    p.mergedAt,
				to:    p.mergeSHA,
				from:  p.baseRef,
			})
			what.id = p.nextMoment()
		}
	case "synchronize":
		kept, err := p.repo.git.IsAncestor(context.Background(), what.from, what.to)
		if err != nil || kept {
			return // its commits are on the list
		}
		what.kind = "HeadRefForcePushedEvent"
	}
	if what.kind == "" {
		what.kind = moments[action]
	}
	if what.kind != "" {
		p.timeline = append(p.timeline, &what)
	}
}

// nextMoment is the id of the next item. Items have ids of their own, so that they move those of nothing else.
func (p *pull) nextMoment() int64 { return p.id*1000 + int64(len(p.timeline)) }

// timelineTypes are GitHub's names of the types in the argument itemTypes.
var timelineTypes = map[string]string{
	"READY_FOR_REVIEW_EVENT": "ReadyForReviewEvent", "CONVERT_TO_DRAFT_EVENT": "ConvertToDraftEvent", "CLOSED_EVENT": "ClosedEvent",
	"REOPENED_EVENT": "ReopenedEvent", "MERGED_EVENT": "MergedEvent", "HEAD_REF_FORCE_PUSHED_EVENT": "HeadRefForcePushedEvent",
	"BASE_REF_CHANGED_EVENT": "BaseRefChangedEvent", "REVIEW_REQUESTED_EVENT": "ReviewRequestedEvent",
	"REVIEW_DISMISSED_EVENT": "ReviewDismissedEvent", "ADDED_TO_MERGE_QUEUE_EVENT": "AddedToMergeQueueEvent",
	"REMOVED_FROM_MERGE_QUEUE_EVENT": "RemovedFromMergeQueueEvent", "LABELED_EVENT": "LabeledEvent",
	"UNLABELED_EVENT": "UnlabeledEvent",
}

// timelineOf are the items of the types asked for, in the order in which they happened.
func (p *pull) timelineOf(types []string) []*moment {
	if types == nil {
		return p.timeline
	}
	return slices.DeleteFunc(slices.Clone(p.timeline), func(m *moment) bool {
		return !slices.ContainsFunc(types, func(name string) bool { return timelineTypes[name] == m.kind })
	})
}
