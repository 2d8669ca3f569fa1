package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
)

// readIssueComment reads a comment in the conversation of a pull request. Without a command nothing follows from it.
func readIssueComment(p payload, ev *change.Event) error {
	if p.Issue == nil || p.Comment == nil || p.Repository == nil || p.Repository.ID <= 0 || p.Issue.Number <= 0 {
		return errors.New("issue, comment or repository is missing")
	}
	ignore(ev, "the comment has no command")
	if p.Issue.Pull == nil {
		ignore(ev, "the comment is on an issue, not on a pull request")
		return nil
	}
	ev.Ref = change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: p.Repository.ID, Number: p.Issue.Number},
		Owner:      ev.Repository.Owner,
		Name:       ev.Repository.Name,
		Connection: ev.Connection,
	}
	return nil
}

// readChat adds the commands of a comment to an event about a pull request that is open. Which programs are heard, the
// settings say; what our own App writes is never a command, and intake drops it. An edit asks for what its text has
// and the earlier text had not, in the name of whoever edited.
func readChat(name string, p payload, ev *change.Event) {
	posted := chat.Posted{}
	body := ""
	switch {
	case name == "issue_comment" && p.Issue != nil && p.Issue.Pull != nil && p.Comment != nil && p.Issue.State == "open":
		posted.Place, posted.ID, posted.At, body = chat.OnIssue, p.Comment.ID, p.Comment.UpdatedAt.Time, p.Comment.Body
	case name == "pull_request_review" && p.Review != nil && p.PullRequest != nil && p.PullRequest.State == "open":
		posted.Place, posted.ID, posted.At, body = chat.OnReview, p.Review.ID, p.Review.SubmittedAt.Time, p.Review.Body
		posted.Head = p.PullRequest.Head.SHA
		// An edited review keeps the time at which it was submitted. The pull request has that of its last change.
		if changed := p.PullRequest.UpdatedAt.Time; p.Action == "edited" && changed.After(posted.At) {
			posted.At = changed
		}
	case name == "pull_request_review_comment" && p.Comment != nil && p.PullRequest != nil && p.PullRequest.State == "open":
		posted.Place, posted.ID, posted.At, body = chat.OnLine, p.Comment.ID, p.Comment.UpdatedAt.Time, p.Comment.Body
		posted.Head = p.PullRequest.Head.SHA
		if p.Comment.InReplyTo != 0 {
			posted.Thread = strconv.FormatInt(p.Comment.InReplyTo, 10)
		}
	}
	if posted.ID <= 0 || ev.Sender == "" {
		return
	}
	posted.Bot = ev.SenderBot
	if p.Comment != nil && p.Comment.App != nil {
		ev.App = p.Comment.App.ID
	}
	switch p.Action {
	case "created", "submitted":
		posted.Reply(body)
	case "edited":
		from, known := earlierBody(p.Changes)
		if !known {
			return // the text did not change
		}
		posted.Edited(body, from)
	}
	if posted.Empty() {
		return
	}
	if ev.Kind == change.Ignored {
		ev.Kind, ev.Reason = change.CommandGiven, ""
	}
	ev.Chat = &posted
}

// earlierBody is the text before an edit; known is false when the edit was of something else.
func earlierBody(raw json.RawMessage) (body string, known bool) {
	var changes struct {
		Body *struct {
			From string `json:"from"`
		} `json:"body"`
	}
	if json.Unmarshal(raw, &changes) != nil || changes.Body == nil {
		return "", false
	}
	return changes.Body.From, true
}

// React puts a reaction ("eyes", "+1", "confused") on a comment. GitHub takes the same one twice as once. A comment that
// is gone needs none, and the body of a review can have none by this interface.
// https://docs.github.com/en/rest/reactions/reactions
func (f *Forge) React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error {
	client := f.installation(ref.Connection).Reactions
	var got *github.Reaction
	var err error
	switch place {
	case chat.OnIssue:
		got, _, err = client.CreateIssueCommentReaction(ctx, ref.Owner, ref.Name, id, reaction)
	case chat.OnLine:
		got, _, err = client.CreatePullRequestCommentReaction(ctx, ref.Owner, ref.Name, id, reaction)
	default:
		return nil
	}
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return f.answer(fmt.Sprintf("react to comment %d", id), err)
	}
	if got.GetID() == 0 {
		return emptyAnswer("react to a comment")
	}
	return nil
}

// Role reads what somebody may do in a repository now: "admin", "maintain", "write", "triage", "read" or "none".
// https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func (f *Forge) Role(ctx context.Context, ref change.Ref, login string) (string, error) {
	level, _, err := f.installation(ref.Connection).Repositories.GetPermissionLevel(ctx, ref.Owner, ref.Name, login)
	if isMissing(err) {
		return "none", nil
	}
	if err != nil {
		return "", f.answer("read permission of "+login, err)
	}
	if level.GetPermission() == "" {
		return "", emptyAnswer("read permission of " + login)
	}
	// "permission" shows maintain as write and triage as read; the account's own list has all five.
	names := [][2]string{{"admin", "admin"}, {"maintain", "maintain"}, {"push", "write"}, {"triage", "triage"}, {"pull", "read"}}
	for _, role := range names {
		if level.GetUser().GetPermissions()[role[0]] {
			return role[1], nil
		}
	}
	return level.GetPermission(), nil
}

// InTeam reads whether somebody is a member of a team of the organisation that owns a repository now.
// https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user
func (f *Forge) InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error) {
	m, _, err := f.installation(ref.Connection).Teams.GetTeamMembershipBySlug(ctx, ref.Owner, team, login)
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, f.answer("read whether "+login+" is in team "+team, err)
	}
	if m.GetState() == "" {
		return false, emptyAnswer("read whether " + login + " is in team " + team)
	}
	return m.GetState() == "active", nil
}

// RequestReviews requests the reviews of people. GitHub takes a request that stands as one, and refuses all when it cannot
// request one of them.
// https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request
func (f *Forge) RequestReviews(ctx context.Context, ref change.Ref, logins []string) error {
	client := f.installation(ref.Connection).PullRequests
	got, _, err := client.RequestReviewers(ctx, ref.Owner, ref.Name, ref.Number, github.ReviewersRequest{Reviewers: logins})
	if err != nil {
		return f.answer("request reviews", err)
	}
	if got.GetNumber() == 0 {
		return emptyAnswer("request reviews")
	}
	return nil
}
