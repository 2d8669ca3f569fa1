package github

import (
	"time"

	"github.com/google/go-github/v66/github"
)

// production holds what was there before the App to GitHub's documents.
func (s *scene) production(head string) {
	s.t.Helper()
	repo, at := org+"/"+shop, s.hub.now()
	_, err := s.hub.Deploy(repo, "production", head, true, at, "in_progress", "success")
	for _, kind := range []string{"", "draft"} {
		if err == nil {
			_, err = s.hub.Release(repo, "v1"+kind, "main", kind, at)
		}
	}
	for _, closed := range []time.Time{{}, at} {
		if err == nil {
			_, err = s.hub.Issue(repo, "down", at, closed, "incident")
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	deployments := ok[[]*github.Deployment](s, "deployments")(s.asInstallation.Repositories.ListDeployments(s.ctx, org, shop, nil))
	ok[[]*github.RepositoryRelease](s, "releases")(s.asInstallation.Repositories.ListReleases(s.ctx, org, shop, nil))
	open := ok[[]*github.Issue](s, "open issues")(s.asInstallation.Issues.ListByRepo(s.ctx, org, shop, &github.IssueListByRepoOptions{
		Labels: []string{"Incident"},
	}))
	all := ok[[]*github.Issue](s, "issues")(s.asInstallation.Issues.ListByRepo(s.ctx, org, shop, &github.IssueListByRepoOptions{
		State: "all", Labels: []string{"incident"}, Since: at.Add(-time.Second),
	}))
	if len(open) != 1 || len(all) != 2 || len(deployments) != 1 {
		s.t.Fatalf("%d open of %d issues, %d deployments", len(open), len(all), len(deployments))
	}
	var data struct {
		Nodes []struct {
			Statuses struct{ Nodes []struct{ State string } }
		}
	}
	s.graphql(`query($ids:[ID!]!) { nodes(ids:$ids) { ... on Deployment { id databaseId commitOid
		statuses(first:100) { nodes { state createdAt environment } } } } }`, map[string]any{"ids": []string{deployments[0].GetNodeID()}}, &data)
	if len(data.Nodes) != 1 || len(data.Nodes[0].Statuses.Nodes) != 2 || data.Nodes[0].Statuses.Nodes[0].State != "SUCCESS" {
		s.t.Errorf("%+v", data)
	}
}
