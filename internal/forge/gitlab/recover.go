package gitlab

import (
	"context"
	"fmt"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
)

// overlap is how far a sweep reaches back beyond the one before: a time of GitLab's is stamped before others can read it.
const overlap = 2 * time.Minute

// Repositories lists the projects that Lintel's user is a member of, but for archived ones.
func (f *Forge) Repositories(ctx context.Context, _ int64) ([]change.Repository, error) {
	member, archived, level := true, false, gitlab.DeveloperPermissions
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.Project, *gitlab.Response, error) {
		return f.client.Projects.ListProjects(
			&gitlab.ListProjectsOptions{Membership: &member, Archived: &archived, MinAccessLevel: &level,
				ListOptions: gitlab.ListOptions{PerPage: 100}},
			append(next, within(ctx))...)
	})
	if err != nil {
		return nil, f.answer("list the projects of Lintel's user", err)
	}
	var all []change.Repository
	for _, p := range list {
		at := strings.LastIndexByte(p.PathWithNamespace, '/')
		if p.ID == 0 || at <= 0 {
			return nil, emptyAnswer("list the projects of Lintel's user")
		}
		r := change.Repository{ID: p.ID, Owner: p.PathWithNamespace[:at], Name: p.PathWithNamespace[at+1:],
			Private: p.Visibility != gitlab.PublicVisibility, DefaultBranch: p.DefaultBranch}
		if p.Namespace != nil {
			r.OwnerID = p.Namespace.ID
		}
		all = append(all, r)
	}
	return all, nil
}

// OpenPulls lists the open merge requests of a project, most recently updated first, that changed since a time, and a
// little before it (zero: all). base limits them to a target branch. Numbers are all that may follow from it: a path may
// belong to another project by now, and a look reads by the project's own number.
func (f *Forge) OpenPulls(ctx context.Context, _ int64, owner, name, base string, since time.Time) ([]drift.Listed, error) {
	opened, by, sort := "opened", "updated_at", "desc"
	opt := &gitlab.ListProjectMergeRequestsOptions{
		State:       &opened,
		OrderBy:     &by,
		Sort:        &sort,
		ListOptions: gitlab.ListOptions{PerPage: 100},
	}
	if base != "" {
		opt.TargetBranch = &base
	}
	if !since.IsZero() {
		since = since.Add(-overlap)
		opt.UpdatedAfter = &since
	}
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.BasicMergeRequest, *gitlab.Response, error) {
		return f.client.MergeRequests.ListProjectMergeRequests(owner+"/"+name, opt, append(next, within(ctx))...)
	})
	if err != nil {
		return nil, f.answer(fmt.Sprintf("list open merge requests of %s/%s", owner, name), err)
	}
	var all []drift.Listed
	for _, m := range list {
		all = append(all, drift.Listed{Number: int(m.IID), Draft: m.Draft, UpdatedAt: when(m.UpdatedAt),
			Head: change.Rev{Ref: m.SourceBranch, SHA: m.SHA}, Base: change.Rev{Ref: m.TargetBranch}})
	}
	return all, nil
}

// TokenEnds is when our access token ends; zero when it does not, or when GitLab does not say. A token that is made anew
// is another user, whose approval no rule asks for: it must be rotated.
func (f *Forge) TokenEnds(ctx context.Context) (time.Time, error) {
	t, _, err := f.client.PersonalAccessTokens.GetSinglePersonalAccessToken(within(ctx))
	if err != nil {
		return time.Time{}, f.answer("read our access token", err)
	}
	if t.ExpiresAt == nil {
		return time.Time{}, nil
	}
	return time.Time(*t.ExpiresAt), nil
}
