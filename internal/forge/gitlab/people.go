package gitlab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/sorting"
)

func fileAt(commit string) *gitlab.GetFileMetaDataOptions {
	return &gitlab.GetFileMetaDataOptions{Ref: &commit}
}

// Ancestors returns a commit and its ancestors by first parents, nearest first, at most limit.
func (f *Forge) Ancestors(ctx context.Context, ref change.Ref, sha string, limit int) ([]string, error) {
	first := true
	list, _, err := f.client.Commits.ListCommits(ref.RepoID, &gitlab.ListCommitsOptions{RefName: &sha, FirstParent: &first,
		ListOptions: gitlab.ListOptions{PerPage: int64(min(limit, 100))}}, within(ctx))
	if err != nil {
		return nil, f.answer("read the history of "+change.Short(sha), err)
	}
	var line []string
	for _, c := range list[:min(len(list), limit)] {
		line = append(line, c.ID)
	}
	return line, nil
}

func (rd *reading) readApprovals(ctx context.Context) (err error) {
	rd.approvals, _, err = rd.client.MergeRequests.GetMergeRequestApprovals(rd.r.RepoID, int64(rd.r.Number), within(ctx))
	return rd.answer("read the approvals of "+rd.r.Ref.String(), err)
}

func (rd *reading) readReviewers(ctx context.Context) (err error) {
	rd.reviewers, _, err = rd.client.MergeRequests.GetMergeRequestReviewers(rd.r.RepoID, int64(rd.r.Number), within(ctx))
	return rd.answer("read the reviewers of "+rd.r.Ref.String(), err)
}

// addReviews makes reviews of approvals and of what reviewers ask for. What Lintel itself approved says nothing.
func (rd *reading) addReviews(ctx context.Context) error {
	self, err := rd.Self(ctx)
	if err != nil {
		return err
	}
	var all []change.Review
	for _, a := range rd.approvals.ApprovedBy {
		if a.User == nil || a.User.ID == self {
			continue
		}
		v := change.Review{ID: a.User.ID, Author: account(a.User), State: change.Approved}
		if known, ok := rd.told[a.User.ID]; ok {
			v.SubmittedAt, v.Commit = known.SubmittedAt, known.Commit
		} else {
			v.SubmittedAt = when(a.ApprovedAt)
			v.Commit = rd.headAt(v.SubmittedAt)
		}
		all = append(all, v)
	}
	for _, r := range rd.reviewers {
		if r.User != nil && r.User.ID != self && r.State == "requested_changes" {
			all = append(all, change.Review{ID: r.User.ID, Author: account(r.User), State: change.ChangesRequested,
				SubmittedAt: when(r.CreatedAt)})
		}
	}
	sorting.StableBy(all, func(a, b change.Review) int { return a.SubmittedAt.Compare(b.SubmittedAt) })
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for i := range all {
		g.Go(func() error {
			level, err := rd.level(gctx, all[i].Author.ID)
			write := level >= gitlab.DeveloperPermissions
			all[i].CanWrite = &write
			return err
		})
	}
	err = g.Wait()
	rd.s.Reviews = append(rd.s.Reviews, all...)
	return err
}

// headAt is the head that somebody approved. GitLab says only when, so it is the newest version before; when a version was
// made in the same second nobody knows which one they saw, and an approval must not count for this head by accident.
func (rd *reading) headAt(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	var newest *gitlab.MergeRequestDiffVersion
	second := at.Truncate(time.Second)
	for _, v := range rd.versions {
		made := when(v.CreatedAt).Truncate(time.Second)
		if made.Equal(second) {
			return ""
		}
		if made.Before(second) && (newest == nil || v.CreatedAt.After(*newest.CreatedAt)) {
			newest = v
		}
	}
	if newest == nil {
		return ""
	}
	return newest.HeadCommitSHA
}

// level is what somebody may do in the project now, by any way; 0 for nothing. Who is blocked or was not let in yet may
// do nothing.
func (f *Forge) levelIn(ctx context.Context, repo, user int64) (gitlab.AccessLevelValue, error) {
	m, _, err := f.client.ProjectMembers.GetInheritedProjectMember(repo, user, within(ctx))
	switch {
	case isMissing(err):
		return 0, nil
	case err != nil:
		return 0, f.answer(fmt.Sprintf("read the role of user %d", user), err)
	case m.ID != user:
		return 0, emptyAnswer(fmt.Sprintf("read the role of user %d", user))
	case m.State != "active":
		return 0, nil
	}
	return m.AccessLevel, nil
}

func (rd *reading) level(ctx context.Context, user int64) (gitlab.AccessLevelValue, error) {
	return rd.levels.keep(fmt.Sprintf("%d %d", rd.r.RepoID, user), rd.o.Now(), func() (gitlab.AccessLevelValue, error) {
		return rd.levelIn(ctx, rd.r.RepoID, user)
	})
}

// people reads the groups and accounts that the code owners' rules need.
func (rd *reading) people(ctx context.Context) error {
	if rd.o.Owners == nil {
		return nil
	}
	var groups, users, emails []string
	for _, place := range controls.GitLabOwners() {
		if f, ok := rd.s.Controls.Files[place.Path]; ok {
			if f.Content != nil {
				groups, users, emails = rd.o.Owners(f.Content, changedPaths(rd.s.Files))
			}
			break
		}
	}
	if o := rd.s.ProposedOwners; o != nil && o.Content != nil {
		g, u, _ := rd.o.Owners(o.Content, nil)
		groups, users = append(groups, g...), append(users, u...)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnceCalls)
	for _, name := range lower(groups) {
		g.Go(func() error { return rd.readGroup(gctx, name) })
	}
	for _, name := range lower(users) {
		g.Go(func() error { return rd.readAccount(gctx, name) })
	}
	if len(emails) > 0 {
		g.Go(func() error { return rd.readEmails(gctx, emails) })
	}
	return g.Wait()
}

// maxOwners bounds how many owners of one kind are looked up for a change.
const maxOwners = 200

func lower(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxOwners)]
}

func (rd *reading) readAccount(ctx context.Context, login string) error {
	u, err := rd.accounts.keep(login, rd.o.Now(), func() (*gitlab.User, error) {
		list, _, err := rd.client.Users.ListUsers(&gitlab.ListUsersOptions{Username: &login}, within(ctx))
		if err != nil || len(list) != 1 || !strings.EqualFold(list[0].Username, login) {
			return nil, rd.answer("read account "+login, err)
		}
		return list[0], nil
	})
	if err != nil {
		return err
	}
	a := change.OwnerAccount{}
	if u != nil {
		level, err := rd.level(ctx, u.ID)
		if err != nil {
			return err
		}
		write := level >= gitlab.DeveloperPermissions && u.State == "active"
		a = change.OwnerAccount{Exists: true, CanWrite: &write}
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Owners[login] = a
	return nil
}

// roles are the owners that name everybody with just one role in the project.
var roles = map[string]gitlab.AccessLevelValue{
	"@developer": gitlab.DeveloperPermissions, "@maintainer": gitlab.MaintainerPermissions, "@owner": gitlab.OwnerPermissions,
}

// readGroup reads the direct members of a group who may approve, or those with a role. A group counts when the project is
// in it or below it, or it was invited.
func (rd *reading) readGroup(ctx context.Context, name string) error {
	key := fmt.Sprintf("%d %s %s", rd.r.RepoID, rd.project.PathWithNamespace, name)
	t, err := rd.teams.keep(key, rd.o.Now(), func() (t change.Team, err error) {
		if role, ok := roles[name]; ok {
			t.Exists = true
			t.Members, err = rd.withRole(ctx, role)
		} else {
			t, err = rd.group(ctx, name)
		}
		slices.Sort(t.Members)
		return t, err
	})
	if err != nil {
		return err
	}
	t.Members = slices.Clone(t.Members)
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Teams[name] = t
	return nil
}

func (rd *reading) withRole(ctx context.Context, role gitlab.AccessLevelValue) (names []string, err error) {
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.ProjectMember, *gitlab.Response, error) {
		return rd.client.ProjectMembers.ListProjectMembers(rd.r.RepoID,
			&gitlab.ListProjectMembersOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, append(next, within(ctx))...)
	})
	for _, m := range list {
		if m.AccessLevel == role && m.State == "active" {
			names = append(names, m.Username)
		}
	}
	return names, rd.answer("list the members of "+rd.r.Ref.String(), err)
}

func (rd *reading) group(ctx context.Context, name string) (change.Team, error) {
	t := change.Team{Members: []string{}}
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.GroupMember, *gitlab.Response, error) {
		return rd.client.Groups.ListGroupMembers(
			name,
			&gitlab.ListGroupMembersOptions{ListOptions: gitlab.ListOptions{PerPage: 100}},
			append(next, within(ctx))...)
	})
	if isMissing(err) {
		return t, nil
	}
	if err != nil {
		return t, rd.answer("list the members of group "+name, err)
	}
	reach := gitlab.NoPermissions
	if strings.HasPrefix(strings.ToLower(rd.project.PathWithNamespace), name+"/") {
		reach = gitlab.OwnerPermissions
	}
	for _, shared := range rd.project.SharedWithGroups {
		if strings.EqualFold(shared.GroupFullPath, name) {
			reach = max(reach, gitlab.AccessLevelValue(shared.GroupAccessLevel))
		}
	}
	write := reach >= gitlab.DeveloperPermissions
	t.Exists, t.CanWrite = true, &write
	for _, m := range list {
		if m.State == "active" && min(reach, m.AccessLevel) >= gitlab.DeveloperPermissions {
			t.Members = append(t.Members, m.Username)
		}
	}
	return t, nil
}

// readEmails finds the people behind owners named by address: approvers whose public address it is.
func (rd *reading) readEmails(ctx context.Context, emails []string) error {
	for _, r := range rd.s.Reviews {
		if r.State != change.Approved {
			continue
		}
		u, _, err := rd.client.Users.GetUser(r.Author.ID, nil, within(ctx))
		if err != nil {
			return rd.answer("read account "+r.Author.Login, err)
		}
		for _, e := range emails {
			if u.PublicEmail != "" && strings.EqualFold(u.PublicEmail, e) {
				rd.s.Emails[strings.ToLower(e)] = append(rd.s.Emails[strings.ToLower(e)], r.Author.Login)
			}
		}
	}
	return nil
}
