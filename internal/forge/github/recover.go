package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/drift"
)

// maxLogPages bounds how much of the delivery log one sweep reads.
const maxLogPages = 50

// Missed walks the App's delivery log back to a time and returns each delivery of which no attempt succeeded, oldest first.
// GitHub never sends such a delivery again by itself. https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
func (f *Forge) Missed(ctx context.Context, since time.Time) ([]drift.Missed, error) {
	good := map[string]bool{}
	var failed []drift.Missed
	cursor := ""
	for range maxLogPages {
		// The client's own method makes an empty list of an answer without a body.
		var deliveries []*github.HookDelivery
		resp, err := f.getJSON(ctx, f.app, fmt.Sprintf("app/hook/deliveries?per_page=%d&cursor=%s", page, url.QueryEscape(cursor)),
			&deliveries)
		if err != nil {
			return nil, f.answer("read the delivery log", err)
		}
		if deliveries == nil {
			return nil, emptyAnswer("read the delivery log")
		}
		old := false
		for _, d := range deliveries {
			at := d.GetDeliveredAt().Time
			if at.Before(since) {
				old = true
				continue
			}
			if status := d.GetStatusCode(); status >= 200 && status < 300 {
				good[d.GetGUID()] = true
				continue
			}
			failed = append(failed,
				drift.Missed{
					ID:         d.GetID(),
					GUID:       d.GetGUID(),
					Event:      d.GetEvent(),
					Status:     d.GetStatusCode(),
					At:         at,
					Redelivery: d.GetRedelivery(),
					Connection: d.GetInstallationID(),
					Repo:       d.GetRepositoryID(),
				})
		}
		if old || resp.Cursor == "" || len(deliveries) == 0 {
			break
		}
		cursor = resp.Cursor
	}
	asked := map[string]bool{}
	var missed []drift.Missed
	for i := len(failed) - 1; i >= 0; i-- {
		m := failed[i]
		if good[m.GUID] || asked[m.GUID] {
			continue
		}
		asked[m.GUID] = true
		missed = append(missed, m)
	}
	return missed, nil
}

// Redeliver asks GitHub to send a delivery again. It will come with the same GUID.
func (f *Forge) Redeliver(ctx context.Context, id int64) error {
	_, _, err := f.app.Apps.RedeliverHookDelivery(ctx, id)
	var accepted *github.AcceptedError // the call is answered 202, which go-github reports as an error
	if errors.As(err, &accepted) {
		return nil
	}
	doing := fmt.Sprintf("ask for delivery %d again", id)
	if err == nil { // some other success: GitHub did not say that it will send
		return emptyAnswer(doing)
	}
	return f.answer(doing, err)
}

// OpenPulls lists the open pull requests of a repository, most recently updated first, up to since (zero: all). base
// limits them to a branch.
func (f *Forge) OpenPulls(ctx context.Context, installation int64, owner, name, base string, since time.Time) ([]drift.Listed, error) {
	opts := &github.PullRequestListOptions{
		State:       "open",
		Sort:        "updated",
		Direction:   "desc",
		Base:        base,
		ListOptions: github.ListOptions{PerPage: page},
	}
	var all []drift.Listed
	for {
		pulls, resp, err := f.installation(installation).PullRequests.List(ctx, owner, name, opts)
		if err != nil {
			return nil, f.answer(fmt.Sprintf("list open pull requests of %s/%s", owner, name), err)
		}
		if pulls == nil {
			return nil, emptyAnswer(fmt.Sprintf("list open pull requests of %s/%s", owner, name))
		}
		for _, p := range pulls {
			updated := p.GetUpdatedAt().Time
			if !since.IsZero() && updated.Before(since) {
				return all, nil
			}
			all = append(all, drift.Listed{Number: p.GetNumber(), Draft: p.GetDraft(), UpdatedAt: updated,
				Head: change.Rev{Ref: p.GetHead().GetRef(), SHA: p.GetHead().GetSHA()},
				Base: change.Rev{Ref: p.GetBase().GetRef(), SHA: p.GetBase().GetSHA()}})
		}
		if resp.NextPage == 0 {
			return all, nil
		}
		opts.Page = resp.NextPage
	}
}

// Pull reads one pull request as a list would show it, and the repository it is in.
func (f *Forge) Pull(ctx context.Context, installation int64, owner, name string, number int) (drift.Listed, change.Repository, error) {
	p, _, err := f.installation(installation).PullRequests.Get(ctx, owner, name, number)
	if err != nil {
		return drift.Listed{}, change.Repository{}, f.goneIfMissing(fmt.Sprintf("read %s/%s#%d", owner, name, number), err)
	}
	if p.GetNumber() != number {
		return drift.Listed{}, change.Repository{}, emptyAnswer(fmt.Sprintf("read %s/%s#%d", owner, name, number))
	}
	return drift.Listed{Number: p.GetNumber(), Draft: p.GetDraft(), UpdatedAt: p.GetUpdatedAt().Time,
		Head: change.Rev{Ref: p.GetHead().GetRef(), SHA: p.GetHead().GetSHA()},
		Base: change.Rev{Ref: p.GetBase().GetRef(), SHA: p.GetBase().GetSHA()}}, toRepository(p.GetBase().GetRepo()), nil
}

func toRepository(r *github.Repository) change.Repository {
	return change.Repository{
		ID:            r.GetID(),
		Owner:         r.GetOwner().GetLogin(),
		OwnerID:       r.GetOwner().GetID(),
		Name:          r.GetName(),
		Private:       r.GetPrivate(),
		DefaultBranch: r.GetDefaultBranch(),
		Traits:        traits(r.GetVisibility(), r.Topics, r.CustomProperties),
	}
}

// Installation is one place where the App is installed.
type Installation struct {
	ID        int64
	Account   string
	Suspended bool
	// Permissions and Events are what it was granted.
	Permissions map[string]string
	Events      []string
}

// Installations lists where the App is installed.
func (f *Forge) Installations(ctx context.Context) ([]Installation, error) {
	var all []Installation
	for next := 1; ; {
		var list []struct {
			ID      int64 `json:"id"`
			Account struct {
				Login string `json:"login"`
			} `json:"account"`
			SuspendedAt *time.Time `json:"suspended_at"`
			grants
		}
		resp, err := f.getJSON(ctx, f.app, fmt.Sprintf("app/installations?per_page=%d&page=%d", page, next), &list)
		if err != nil {
			return nil, f.answer("list installations", err)
		}
		if list == nil {
			return nil, emptyAnswer("list installations")
		}
		for _, i := range list {
			all = append(all,
				Installation{
					ID:          i.ID,
					Account:     i.Account.Login,
					Suspended:   i.SuspendedAt != nil,
					Permissions: i.Permissions,
					Events:      i.Events,
				})
		}
		if resp.NextPage == 0 {
			return all, nil
		}
		next = resp.NextPage
	}
}

// Repositories lists what an installation can see.
func (f *Forge) Repositories(ctx context.Context, installation int64) ([]change.Repository, error) {
	opts := &github.ListOptions{PerPage: page}
	var all []change.Repository
	for {
		list, resp, err := f.installation(installation).Apps.ListRepos(ctx, opts)
		if err != nil {
			return nil, f.answer("list repositories of the installation", err)
		}
		if list == nil || list.TotalCount == nil {
			return nil, emptyAnswer("list repositories of the installation")
		}
		for _, r := range list.Repositories {
			if !r.GetArchived() {
				all = append(all, toRepository(r))
			}
		}
		if resp.NextPage == 0 {
			return all, nil
		}
		opts.Page = resp.NextPage
	}
}

// RuledAt reads what rules the changes into a branch, in one small call. It chooses the branch of the controls as Snapshot does.
func (f *Forge) RuledAt(ctx context.Context, installation int64, owner, name, branch string) (drift.Branch, error) {
	repo, err := f.ruled(ctx, installation, owner, name, branch)
	if err != nil {
		return drift.Branch{}, err
	}
	found := drift.Branch{Files: map[string]string{}}
	if repo == nil {
		return found, emptyAnswer(fmt.Sprintf("read what rules %s of %s/%s", branch, owner, name))
	}
	found.Merges = repo.merges()
	if repo.DefaultBranchRef != nil {
		found.Default = repo.DefaultBranchRef.Name
	}
	from, byDefault := repo.Ref, repo.DefaultBranchRef
	if from != nil && from.Target != nil {
		found.Tip = from.Target.OID
	}
	if (byDefault == nil || byDefault.Name != branch) && !f.trusts(branch, from) {
		from = byDefault
	}
	if from == nil || from.Target == nil {
		return found, nil
	}
	found.Ref = from.Name
	t := from.Target
	for i, place := range controls.Fixed() {
		if e := *t.fixed()[i]; e != nil {
			found.Files[place.Path] = e.OID
		}
	}
	return found, nil
}

// ruledRepository is a repository with one of its branches.
type ruledRepository struct {
	graphRepository
	Ref *graphRef `json:"ref"`
}

func (f *Forge) ruled(ctx context.Context, installation int64, owner, name, branch string) (*ruledRepository, error) {
	if f.REST {
		return f.restRuled(ctx, installation, owner, name, branch)
	}
	var data struct {
		Repository *ruledRepository `json:"repository"`
	}
	err := f.query(ctx, installation, ruledQuery, map[string]any{"owner": owner, "name": name, "ref": "refs/heads/" + branch}, &data,
		"refUpdateRule", "rules")
	return data.Repository, err
}

var ruledQuery = `query LintelRuled($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    squashMergeAllowed
    mergeCommitAllowed
    rebaseMergeAllowed
    squashMergeCommitTitle
    squashMergeCommitMessage
    defaultBranchRef { name target { ...controls } }
    ref(qualifiedName: $ref) { name target { ...controls } refUpdateRule { pattern } rules(first: 50) { nodes { type } } }
  }
}
` + controlsFragment

// Ready proves that GitHub knows the App by its key.
func (f *Forge) Ready(ctx context.Context) error {
	req, err := f.app.NewRequest(http.MethodGet, "app", nil)
	if err != nil {
		return fmt.Errorf("read the App: %w", err)
	}
	_, err = f.app.Do(ctx, req, nil)
	return f.answer("read the App", err)
}

// InstallationOf finds the App's installation that can see a repository.
func (f *Forge) InstallationOf(ctx context.Context, owner, name string) (int64, error) {
	i, _, err := f.app.Apps.FindRepositoryInstallation(ctx, owner, name)
	if err != nil {
		return 0, f.answer(fmt.Sprintf("find the App's installation on %s/%s", owner, name), err)
	}
	return i.GetID(), nil
}
