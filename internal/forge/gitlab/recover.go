package gitlab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/drift"
)

// overlap is how far a sweep reaches back beyond the one before: a time of GitLab's is stamped before others can read it.
const overlap = 2 * time.Minute

// Missed finds nothing: GitLab keeps a log of deliveries for each hook, shows it to maintainers alone, and has none of a
// hook that it disabled. What was lost is found by OpenPulls.
func (f *Forge) Missed(context.Context, time.Time) ([]drift.Missed, error) { return nil, nil }

// Redeliver is never asked for, since nothing is Missed.
func (f *Forge) Redeliver(_ context.Context, id int64) error {
	return fmt.Errorf("send delivery %d again: GitLab's deliveries are not listed", id)
}

// Repositories lists the projects in which Lintel's user is at least a Developer, but for archived ones and those without
// merge requests. There is one connection.
func (f *Forge) Repositories(ctx context.Context, _ int64) ([]change.Repository, error) {
	member, archived, level := true, false, gitlab.DeveloperPermissions
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.Project, *gitlab.Response, error) {
		return f.client.Projects.ListProjects(&gitlab.ListProjectsOptions{Membership: &member, Archived: &archived, MinAccessLevel: &level,
			ListOptions: gitlab.ListOptions{PerPage: 100}}, append(next, within(ctx))...)
	})
	if err != nil {
		return nil, f.answer("list projects", err)
	}
	all := []change.Repository{}
	for _, p := range list {
		if p.MergeRequestsAccessLevel == gitlab.DisabledAccessControl {
			continue // GitLab refuses to list what is in it
		}
		r, ok := repository(p)
		if !ok {
			return nil, emptyAnswer("list projects")
		}
		all = append(all, r)
	}
	return all, nil
}

// repository takes over what a project says of itself; not ok for an answer that names none.
func repository(p *gitlab.Project) (change.Repository, bool) {
	at := strings.LastIndexByte(p.PathWithNamespace, '/')
	if p.ID == 0 || at < 0 {
		return change.Repository{}, false
	}
	r := change.Repository{ID: p.ID, Owner: p.PathWithNamespace[:at], Name: p.PathWithNamespace[at+1:],
		Private: p.Visibility != gitlab.PublicVisibility, DefaultBranch: p.DefaultBranch,
		Traits: &change.Traits{Name: p.PathWithNamespace, Visibility: string(p.Visibility), Topics: p.Topics}}
	if p.Namespace != nil {
		r.OwnerID = p.Namespace.ID
	}
	return r, true
}

// OpenPulls lists the open merge requests of a project, most recently updated first, up to since (zero: all). base limits
// them to a target branch. A pipeline does not move the time of an update, an approval does. Numbers are all that may
// follow from it: a path may belong to another project by now, and a look reads by the project's own number.
// https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests
func (f *Forge) OpenPulls(ctx context.Context, _ int64, owner, name, base string, since time.Time) ([]drift.Listed, error) {
	opened, by, down := "opened", "updated_at", "desc"
	opts := &gitlab.ListProjectMergeRequestsOptions{State: &opened, OrderBy: &by, Sort: &down,
		ListOptions: gitlab.ListOptions{PerPage: 100}}
	if base != "" {
		opts.TargetBranch = &base
	}
	if !since.IsZero() {
		since = since.Add(-overlap)
		opts.UpdatedAfter = &since
	}
	doing := fmt.Sprintf("list open merge requests of %s/%s", owner, name)
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.BasicMergeRequest, *gitlab.Response, error) {
		return f.client.MergeRequests.ListProjectMergeRequests(owner+"/"+name, opts, append(next, within(ctx))...)
	})
	if err != nil {
		return nil, f.answer(doing, err)
	}
	var all []drift.Listed
	for _, m := range list {
		if m.IID == 0 {
			return nil, emptyAnswer(doing)
		}
		// Whole seconds, as a snapshot has them.
		all = append(all, drift.Listed{Number: int(m.IID), Draft: m.Draft, UpdatedAt: when(m.UpdatedAt).Truncate(time.Second),
			Head: change.Rev{Ref: m.SourceBranch, SHA: m.SHA}, Base: change.Rev{Ref: m.TargetBranch}})
	}
	return all, nil
}

// RuledAt reads what rules the changes into a branch. It chooses the branch of the controls as Snapshot does.
func (f *Forge) RuledAt(ctx context.Context, connection int64, owner, name, branch string) (drift.Branch, error) {
	found := drift.Branch{Files: map[string]string{}, Merges: change.MergeSettings{PerChange: true}}
	doing := fmt.Sprintf("read what rules %s of %s/%s", branch, owner, name)
	p, _, err := f.client.Projects.GetProject(owner+"/"+name, nil, within(ctx))
	if err != nil {
		return found, f.answer(doing, err)
	}
	r, ok := repository(p)
	if !ok {
		return found, emptyAnswer(doing)
	}
	found.Default = r.DefaultBranch
	at, err := f.tip(ctx, p.ID, branch)
	if err != nil {
		return found, f.answer(doing, err)
	}
	if at != nil {
		found.Tip = at.Commit.ID
	}
	if at == nil || branch != r.DefaultBranch && !at.Protected && !slices.Contains(f.o.TrustedBranches, branch) {
		if at, err = f.tip(ctx, p.ID, r.DefaultBranch); err != nil || at == nil {
			return found, f.answer(doing, err)
		}
	}
	found.Ref = at.Name
	rd := f.begin(change.Record{Ref: change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: p.ID}, Connection: connection,
		Owner: r.Owner, Name: r.Name}})
	for _, place := range slices.Concat(controls.GitLabSettings(), controls.GitLabOwners(), []controls.Place{controls.RootAttributes()}) {
		st, err := rd.stat(ctx, at.Commit.ID, place.Path)
		if err != nil {
			return found, err
		}
		if st == nil {
			continue
		}
		if place.Fact == controls.Settings().Fact {
			place.Path = controls.SettingsPath // a snapshot keeps the settings by this name, wherever they stand
		}
		if found.Files[place.Path] == "" {
			found.Files[place.Path] = st.id
		}
	}
	return found, nil
}

// tip reads a branch; nil when there is none.
func (f *Forge) tip(ctx context.Context, project int64, branch string) (*gitlab.Branch, error) {
	b, _, err := f.client.Branches.GetBranch(project, branch, within(ctx))
	if isMissing(err) {
		return nil, nil
	}
	if err == nil && (b.Commit == nil || b.Commit.ID == "") {
		err = errEmptyAnswer
	}
	return b, err
}

// tokenStays is how long is kept when our token ends: whoever watches asks often.
const tokenStays = 10 * time.Minute

// TokenEnds is when our access token ends; zero when it does not, or when GitLab does not say. A token that is made anew
// is another user, whose approval no rule asks for: it must be rotated. The answer may be ten minutes old.
func (f *Forge) TokenEnds(ctx context.Context) (time.Time, error) {
	f.mu.Lock()
	ends, asked := f.tokenEnds, f.tokenAsked
	f.mu.Unlock()
	if !asked.IsZero() && f.o.Now().Sub(asked) < tokenStays {
		return ends, nil
	}
	t, _, err := f.client.PersonalAccessTokens.GetSinglePersonalAccessToken(within(ctx))
	if err != nil {
		return time.Time{}, f.answer("read our access token", err)
	}
	if ends = (time.Time{}); t.ExpiresAt != nil {
		ends = time.Time(*t.ExpiresAt)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokenEnds, f.tokenAsked = ends, f.o.Now()
	return ends, nil
}

// Head reads a merge request's head and state.
func (f *Forge) Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error) {
	rd := f.begin(change.Record{Ref: ref})
	if err := rd.readRequest(ctx); err != nil {
		return change.Rev{}, "", err
	}
	return change.Rev{Ref: rd.request.SourceBranch, SHA: rd.request.SHA}, state(rd.request.State), nil
}
