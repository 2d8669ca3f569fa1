package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
)

// restCommit reads what is associated with the head, as commitQuery does.
func (rd *reading) restCommit(ctx context.Context) (*graphObject, error) {
	sha := rd.s.Head.SHA
	pulls, err := rd.commitPulls(ctx, sha)
	if err != nil {
		return nil, err
	}
	object := &graphObject{OID: sha, AssociatedPullRequests: &graphSiblings{TotalCount: len(pulls)}}
	for _, p := range pulls {
		n := graphSibling{
			Number:         p.GetNumber(),
			State:          strings.ToUpper(p.GetState()),
			HeadRefOID:     p.GetHead().GetSHA(),
			BaseRefName:    p.GetBase().GetRef(),
			BaseRepository: &graphID{DatabaseID: p.GetBase().GetRepo().GetID()},
		}
		object.AssociatedPullRequests.Nodes = append(object.AssociatedPullRequests.Nodes, n)
	}
	if rd.ReadChecks {
		if object.StatusCheckRollup, err = rd.restChecks(ctx, sha); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// commitPulls lists the pull requests of a commit. For a commit that is on the default branch already GitHub names only
// the one that brought it there, and some servers have no such route; an answer without the pull request that is being
// read is no answer, and the open ones are listed instead.
// https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
func (rd *reading) commitPulls(ctx context.Context, sha string) ([]*github.PullRequest, error) {
	client, owner, name := rd.installation(rd.r.Connection), rd.r.Owner, rd.r.Name
	doing := "list the pull requests of " + change.Short(sha)
	all, err := pages(func(o github.ListOptions) ([]*github.PullRequest, *github.Response, error) {
		return client.PullRequests.ListPullRequestsWithCommit(ctx, owner, name, sha, &o)
	})
	if err != nil && !isMissing(err) && !isStatus(err, http.StatusUnprocessableEntity) {
		return nil, rd.answer(doing, err)
	}
	if slices.ContainsFunc(all, func(p *github.PullRequest) bool { return p.GetNumber() == rd.number }) {
		return all, nil
	}
	all, err = pages(func(o github.ListOptions) ([]*github.PullRequest, *github.Response, error) {
		return client.PullRequests.List(ctx, owner, name, &github.PullRequestListOptions{State: "open", ListOptions: o})
	})
	return all, rd.answer(doing, err)
}

// pages reads a list to its end.
func pages[T any](read func(github.ListOptions) ([]T, *github.Response, error)) ([]T, error) {
	var all []T
	opts := github.ListOptions{PerPage: page}
	for {
		list, resp, err := read(opts)
		if err != nil {
			return nil, err
		}
		if list == nil {
			return nil, errEmptyAnswer
		}
		all = append(all, list...)
		if resp.NextPage == 0 {
			return all, nil
		}
		opts.Page = resp.NextPage
	}
}

// restChecks reads the newest check runs and statuses of a commit.
func (rd *reading) restChecks(ctx context.Context, sha string) (*graphRollup, error) {
	client, rollup := rd.installation(rd.r.Connection), &graphRollup{}
	runs, err := pages(func(o github.ListOptions) ([]*github.CheckRun, *github.Response, error) {
		list, resp, err := client.Checks.ListCheckRunsForRef(ctx, rd.r.Owner, rd.r.Name, sha,
			&github.ListCheckRunsOptions{Filter: github.String("latest"), ListOptions: o})
		if err != nil {
			return nil, resp, err
		}
		if list == nil {
			return nil, resp, nil
		}
		return list.CheckRuns, resp, nil
	})
	if err != nil {
		return nil, rd.answer("list check runs", err)
	}
	for _, run := range runs {
		n := graphContext{Typename: "CheckRun", Name: run.GetName(), Status: run.GetStatus(), Conclusion: run.GetConclusion()}
		if id := run.GetApp().GetID(); id != 0 {
			n.CheckSuite = &graphSuite{App: &graphID{DatabaseID: id}}
		}
		rollup.Contexts.Nodes = append(rollup.Contexts.Nodes, n)
	}
	statuses, err := pages(func(o github.ListOptions) ([]*github.RepoStatus, *github.Response, error) {
		combined, resp, err := client.Repositories.GetCombinedStatus(ctx, rd.r.Owner, rd.r.Name, sha, &o)
		if err != nil {
			return nil, resp, err
		}
		if combined == nil {
			return nil, resp, nil
		}
		return combined.Statuses, resp, nil
	})
	if err != nil {
		return nil, rd.answer("list statuses", err)
	}
	for _, s := range statuses {
		rollup.Contexts.Nodes = append(rollup.Contexts.Nodes,
			graphContext{Typename: "StatusContext", Context: s.GetContext(), State: strings.ToUpper(s.GetState())})
	}
	rollup.Contexts.TotalCount = len(rollup.Contexts.Nodes)
	return rollup, nil
}

// restGroupRef reads a merge group's branch as it stands; it is nil when the branch is gone.
func (rd *reading) restGroupRef(ctx context.Context, branch string) (*graphRef, error) {
	ref, _, err := rd.installation(rd.r.Connection).Git.GetRef(ctx, rd.r.Owner, rd.r.Name, "heads/"+branch)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, rd.answer("read branch "+branch, err)
	}
	if ref.GetObject().GetSHA() == "" {
		return nil, emptyAnswer("read branch " + branch)
	}
	return &graphRef{Name: branch, Target: &graphCommit{OID: ref.GetObject().GetSHA()}}, nil
}

// restTeams reads what teamsQuery reads. A team that is not there, or hidden, is nil.
func (rd *reading) restTeams(ctx context.Context, org string, slugs []string) (map[string]*graphTeam, error) {
	teams := map[string]*graphTeam{}
	for i, slug := range slugs {
		t, err := rd.restTeam(ctx, org, slug)
		if err != nil {
			return nil, err
		}
		teams[fmt.Sprintf("t%d", i)] = t
	}
	return teams, nil
}

func (rd *reading) restTeam(ctx context.Context, org, slug string) (*graphTeam, error) {
	client, doing := rd.installation(rd.r.Connection), "read team "+org+"/"+slug
	at := url.PathEscape(slug)
	members, err := pages(func(o github.ListOptions) ([]*github.User, *github.Response, error) {
		return client.Teams.ListTeamMembersBySlug(ctx, org, at, &github.TeamListTeamMembersOptions{ListOptions: o})
	})
	if isMissing(err) {
		return nil, rd.noTeam(ctx, org, slug)
	}
	if err != nil {
		return nil, rd.answer(doing, err)
	}
	t := &graphTeam{Slug: slug}
	t.Members.TotalCount = len(members)
	for _, m := range members {
		t.Members.Nodes = append(t.Members.Nodes, graphLogin{Login: m.GetLogin()})
	}
	repo, _, err := client.Teams.IsTeamRepoBySlug(ctx, org, at, rd.r.Owner, rd.r.Name)
	permissions := repo.GetPermissions()
	switch {
	case isMissing(err): // the team has no access, and that must not be taken from one answer: its approval would not be asked for
		if permissions, err = rd.teamAccess(ctx, slug); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, rd.answer(doing, err)
	case repo.GetID() == 0:
		return nil, emptyAnswer(doing)
	}
	e := graphTeamAccess{Permission: "READ"}
	if e.Node.DatabaseID = rd.r.RepoID; permissions["push"] {
		e.Permission = "WRITE"
	}
	t.Repositories.Edges = append(t.Repositories.Edges, e)
	return t, nil
}

// noTeam is nil when there is no team of that name, or it is hidden, as its own address says; a team that does not exist owns nothing.
func (rd *reading) noTeam(ctx context.Context, org, slug string) error {
	doing := "read team " + org + "/" + slug
	t, _, err := rd.installation(rd.r.Connection).Teams.GetTeamBySlug(ctx, org, url.PathEscape(slug))
	switch {
	case isMissing(err):
		return nil
	case err != nil:
		return rd.answer(doing, err)
	case t.GetSlug() == "":
		return emptyAnswer(doing)
	}
	return fmt.Errorf("%s: %w", doing,
		&change.Unread{What: "GitHub does not show the members of a team that is there", Remedy: "run \"lintel doctor github\""})
}

// teamAccess is what the repository's own list of teams lets a team do; nil when the team is not on it.
func (rd *reading) teamAccess(ctx context.Context, slug string) (map[string]bool, error) {
	all, err := pages(func(o github.ListOptions) ([]*github.Team, *github.Response, error) {
		return rd.installation(rd.r.Connection).Repositories.ListTeams(ctx, rd.r.Owner, rd.r.Name, &o)
	})
	if err != nil {
		return nil, rd.answer("list the repository's teams", err)
	}
	for _, t := range all {
		if strings.EqualFold(t.GetSlug(), slug) {
			return t.Permissions, nil
		}
	}
	return nil, nil
}

// restRuled reads what ruledQuery reads.
func (f *Forge) restRuled(ctx context.Context, installation int64, owner, name, branch string) (*ruledRepository, error) {
	rd := &reading{Forge: f, r: change.Record{Ref: change.Ref{Owner: owner, Name: name, Connection: installation}}}
	raw, _, err := f.installation(installation).Repositories.Get(ctx, owner, name)
	if err != nil {
		return nil, f.answer(fmt.Sprintf("read repository %s/%s", owner, name), err)
	}
	if raw.GetID() == 0 {
		return nil, emptyAnswer("read repository " + owner + "/" + name)
	}
	rd.r.RepoID = raw.GetID()
	out := &ruledRepository{graphRepository: *restRepository(raw)}
	out.Ref, err = rd.restRuling(ctx, branch, out.DefaultBranchRef)
	return out, err
}
