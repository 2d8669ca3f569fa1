package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
)

// emojis are GitLab's names of the reactions that Lintel gives.
var emojis = map[string]string{"eyes": "eyes", "+1": "thumbsup", "confused": "confused"}

// React puts a reaction on a note. GitLab answers that one which stands is missing or taken, and a note that is gone needs
// none.
// https://docs.gitlab.com/api/emoji_reactions/
func (f *Forge) React(ctx context.Context, ref change.Ref, place chat.Place, id int64, reaction string) error {
	name := emojis[reaction]
	if place == chat.OnCheck || name == "" {
		return nil
	}
	_, _, err := f.client.AwardEmoji.CreateMergeRequestAwardEmojiOnNote(ref.RepoID, int64(ref.Number), id,
		&gitlab.CreateAwardEmojiOptions{Name: name}, within(ctx))
	if isMissing(err) || saying(err, http.StatusBadRequest, "taken") {
		return nil
	}
	return f.answer(fmt.Sprintf("react to note %d", id), err)
}

// userNamed finds a user by name; 0 when there is none, or none that may act.
func (f *Forge) userNamed(ctx context.Context, login string) (int64, error) {
	list, _, err := f.client.Users.ListUsers(&gitlab.ListUsersOptions{Username: &login}, within(ctx))
	if err != nil {
		return 0, f.answer("read account "+login, err)
	}
	for _, u := range list {
		if strings.EqualFold(u.Username, login) && u.State == "active" {
			return u.ID, nil
		}
	}
	return 0, nil
}

func (f *Forge) levelOf(ctx context.Context, ref change.Ref, login string) (gitlab.AccessLevelValue, error) {
	id, err := f.userNamed(ctx, login)
	if err != nil || id == 0 {
		return 0, err
	}
	return f.levelIn(ctx, ref.RepoID, id)
}

// Role reads what somebody may do in a project now, in the words of every forge: "admin" for an Owner, "maintain",
// "write" for a Developer, "triage" for a Reporter, "read" or "none".
func (f *Forge) Role(ctx context.Context, ref change.Ref, login string) (string, error) {
	level, err := f.levelOf(ctx, ref, login)
	switch {
	case err != nil:
		return "", err
	case level >= gitlab.OwnerPermissions:
		return "admin", nil
	case level >= gitlab.MaintainerPermissions:
		return "maintain", nil
	case level >= gitlab.DeveloperPermissions:
		return "write", nil
	case level >= gitlab.ReporterPermissions:
		return "triage", nil
	case level >= gitlab.GuestPermissions:
		return "read", nil
	}
	return "none", nil
}

// Permission reads whether somebody may push to a project now.
func (f *Forge) Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error) {
	level, err := f.levelOf(ctx, ref, login)
	return level >= gitlab.DeveloperPermissions, err
}

// InTeam reads whether somebody is a member of a group now, directly or by a group above it. A name without a slash is
// that of a group in the one that the project stands in.
func (f *Forge) InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error) {
	id, err := f.userNamed(ctx, login)
	if err != nil || id == 0 {
		return false, err
	}
	if !strings.Contains(team, "/") {
		team = ref.Owner + "/" + team
	}
	m, _, err := f.client.GroupMembers.GetInheritedGroupMember(team, id, within(ctx))
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, f.answer("read whether "+login+" is in group "+team, err)
	}
	return m.ID == id && m.State == "active", nil
}

// RequestReviews adds reviewers to those that stand. GitLab takes the whole list, and below Premium keeps one of it.
func (f *Forge) RequestReviews(ctx context.Context, ref change.Ref, logins []string) error {
	m, _, err := f.client.MergeRequests.GetMergeRequest(ref.RepoID, int64(ref.Number), nil, within(ctx))
	if err != nil {
		return f.answer("read the reviewers of "+ref.String(), err)
	}
	var ids []int64
	for _, u := range m.Reviewers {
		ids = append(ids, u.ID)
	}
	stood := len(ids)
	for _, login := range logins {
		id, err := f.userNamed(ctx, login)
		if err != nil {
			return err
		}
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == stood {
		return nil
	}
	_, _, err = f.client.MergeRequests.UpdateMergeRequest(ref.RepoID, int64(ref.Number),
		&gitlab.UpdateMergeRequestOptions{ReviewerIDs: &ids}, within(ctx))
	return f.answer("request reviews of "+ref.String(), err)
}
