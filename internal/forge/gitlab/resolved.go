package gitlab

import (
	"context"
	"slices"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// maxThreads bounds how many pages of threads, a hundred each, are looked through for ours.
const maxThreads = 10

// readThreads reads which of our comments on lines stand resolved, where the record knows of such comments. No webhook
// tells of it. Only the author of the merge request and Developers can resolve a thread. What cannot be read stays as the
// record has it: a verdict does not wait for it, and the next look asks again.
// https://docs.gitlab.com/api/discussions/#list-project-merge-request-discussion-items
func (rd *reading) readThreads(ctx context.Context) error {
	if !rd.r.HasInlineComments {
		return nil
	}
	self, err := rd.Self(ctx)
	if err != nil {
		return err
	}
	for page := int64(1); page > 0 && page <= maxThreads; {
		list, resp, err := rd.client.Discussions.ListMergeRequestDiscussions(rd.r.RepoID, int64(rd.r.Number),
			&gitlab.ListMergeRequestDiscussionsOptions{ListOptions: gitlab.ListOptions{PerPage: 100, Page: page}}, within(ctx))
		if err != nil {
			return ctx.Err()
		}
		for _, d := range list {
			rd.addThread(d, self)
		}
		page = resp.NextPage
	}
	return nil
}

// addThread takes over how a thread of ours stands. One that we resolved ourselves says nothing of people.
func (rd *reading) addThread(d *gitlab.Discussion, self int64) {
	if d == nil || len(d.Notes) == 0 {
		return
	}
	first := d.Notes[0]
	if first.Author.ID != self || !first.Resolvable || !strings.Contains(first.Body, pointMark) ||
		first.Resolved && first.ResolvedBy.ID == self {
		return
	}
	seen := change.Feedback{Comment: first.ID, Kind: change.FeedbackUnresolved, Role: change.RoleUnknown, At: rd.s.TakenAt}
	if first.Resolved {
		seen.Kind, seen.Actor = change.FeedbackResolved, first.ResolvedBy.Username
		switch {
		case first.ResolvedBy.ID == 0 || botName.MatchString(seen.Actor):
			seen.Role = change.RoleBot
		case rd.byPush(when(first.ResolvedAt)):
			seen.Role = change.RoleUnknown // it decides nothing
		case rd.s.Author != nil && strings.EqualFold(seen.Actor, rd.s.Author.Login):
			seen.Role = change.RoleAuthor
		default:
			seen.Role = change.RoleWriter
		}
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Feedback = append(rd.s.Feedback, seen)
}

// afterPush is how long after a push GitLab may be at resolving threads by itself.
const afterPush = time.Minute

// byPush reports whether a push may have resolved a thread: projects can have those resolved that become outdated, in the name
// of whoever pushed, and the API does not tell it from a click.
func (rd *reading) byPush(at time.Time) bool {
	var made []time.Time
	if g := rd.graphed; g != nil && g.MergeRequest != nil && g.MergeRequest.MergeRequestDiffs != nil {
		for _, v := range g.MergeRequest.MergeRequestDiffs.Nodes {
			made = append(made, v.CreatedAt)
		}
	}
	for _, v := range rd.versions {
		made = append(made, when(v.CreatedAt))
	}
	return slices.ContainsFunc(made, func(version time.Time) bool {
		after := at.Sub(version.Truncate(time.Second))
		return !version.IsZero() && after >= 0 && after < afterPush
	})
}
