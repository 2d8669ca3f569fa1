package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
)

// teamsQuery asks for teams of one organisation: $org and $s0 ... are its variables.
func teamsQuery(teams []string) string {
	var b strings.Builder
	b.WriteString("query LintelTeams($org: String!, $repo: String!")
	for i := range teams {
		fmt.Fprintf(&b, ", $s%d: String!", i)
	}
	b.WriteString(") {\n  organization(login: $org) {\n")
	for i := range teams {
		fmt.Fprintf(&b, "    t%d: team(slug: $s%d) { slug members(first: 100) { totalCount pageInfo { hasNextPage "+
			"endCursor } nodes { login } } repositories(query: $repo, first: 100) { edges { permission node { databaseId } } } }\n", i, i)
	}
	b.WriteString("  }\n}")
	return b.String()
}

type graphTeam struct {
	Slug    string `json:"slug"`
	Members struct {
		TotalCount int `json:"totalCount"`
		PageInfo   struct {
			HasNextPage bool   `json:"hasNextPage"`
			EndCursor   string `json:"endCursor"`
		} `json:"pageInfo"`
		Nodes []graphLogin `json:"nodes"`
	} `json:"members"`
	Repositories struct {
		Edges []graphTeamAccess `json:"edges"`
	} `json:"repositories"`
}

type graphLogin struct {
	Login string `json:"login"`
}

type graphTeamAccess struct {
	Permission string  `json:"permission"`
	Node       graphID `json:"node"`
}

func (rd *reading) readTeams(ctx context.Context, teams []string) error {
	byOrg := map[string][]string{}
	for _, team := range uniqueLower(teams) {
		kept, ok := rd.teams.get(teamKey{rd.r.Connection, rd.r.RepoID, team})
		if ok && rd.fresh(kept.at) {
			rd.s.Teams[team] = kept.value
			continue
		}
		org, slug, _ := strings.Cut(team, "/")
		byOrg[org] = append(byOrg[org], slug)
	}
	for org, slugs := range byOrg {
		if !strings.EqualFold(org, rd.r.Owner) {
			for _, slug := range slugs { // a team of another organisation can own nothing here
				rd.s.Teams[org+"/"+slug] = change.Team{Members: []string{}}
			}
			continue
		}
		for chunk := range slices.Chunk(slugs, 20) {
			if err := rd.teamChunk(ctx, org, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

func (rd *reading) teamChunk(ctx context.Context, org string, slugs []string) error {
	teams, err := rd.queryTeams(ctx, org, slugs)
	if err != nil {
		for _, slug := range slugs {
			if err := rd.unknownTeam(org+"/"+slug, err); err != nil {
				return err
			}
		}
		return nil
	}
	for i, slug := range slugs {
		raw, answered := teams[fmt.Sprintf("t%d", i)]
		if !answered {
			return emptyAnswer("read team " + org + "/" + slug)
		}
		name, t := org+"/"+slug, change.Team{Members: []string{}}
		if raw == nil && rd.personal != nil {
			// An App that may read members sees all teams; a person does not see those that are secret, nor any without the permission.
			rd.addGap("owners.team", name, "there is no such team, or "+rd.hiddenReason(nil))
			continue
		}
		if raw != nil {
			var err error
			if t, err = rd.team(ctx, org, slug, raw); err != nil {
				if err = rd.unknownTeam(name, err); err != nil {
					return err
				}
				continue
			}
		}
		rd.s.Teams[name] = t
		rd.unlessForgotten(func() { rd.teams.put(teamKey{rd.r.Connection, rd.r.RepoID, name}, aged[change.Team]{t, rd.Now()}) })
	}
	return nil
}

// unknownTeam makes a gap of an answer that does not show a team: what only the team owns waits. Any other error is returned.
func (rd *reading) unknownTeam(name string, err error) error {
	var refused *change.Refused
	var unread *change.Unread
	switch {
	case errors.As(err, &refused):
		rd.addGap("owners.team", name, "its members could not be read: "+rd.hiddenReason(refused))
	case errors.As(err, &unread):
		if rd.personal != nil {
			rd.addGap("owners.team", name, "there is no such team, or "+rd.hiddenReason(nil))
			return nil
		}
		rd.addPassingGap("owners.team", name, "its members could not be read: "+unread.What)
	default:
		return err
	}
	return nil
}

// queryTeams reads the teams at once, as t0, t1 and so on; what is not there is nil.
func (rd *reading) queryTeams(ctx context.Context, org string, slugs []string) (map[string]*graphTeam, error) {
	if rd.REST {
		return rd.restTeams(ctx, org, slugs)
	}
	variables := map[string]any{"org": org, "repo": rd.r.Name}
	for i, slug := range slugs {
		variables[fmt.Sprintf("s%d", i)] = slug
	}
	var data struct {
		Organization map[string]*graphTeam `json:"organization"`
	}
	err := rd.query(ctx, rd.r.Connection, teamsQuery(slugs), variables, &data)
	return data.Organization, err
}

func (rd *reading) team(ctx context.Context, org, slug string, raw *graphTeam) (change.Team, error) {
	write := false
	for _, e := range raw.Repositories.Edges {
		if e.Node.DatabaseID == rd.r.RepoID {
			write = e.Permission == "WRITE" || e.Permission == "MAINTAIN" || e.Permission == "ADMIN"
		}
	}
	t := change.Team{Exists: true, CanWrite: &write, Members: []string{}}
	for _, m := range raw.Members.Nodes {
		t.Members = append(t.Members, m.Login)
	}
	for n := 2; raw.Members.PageInfo.HasNextPage && len(t.Members) < raw.Members.TotalCount; n++ {
		more, resp, err := rd.installation(rd.r.Connection).Teams.ListTeamMembersBySlug(ctx, org, slug,
			&github.TeamListTeamMembersOptions{ListOptions: github.ListOptions{Page: n, PerPage: page}})
		if err != nil {
			return t, rd.answer("list members of "+org+"/"+slug, err)
		}
		if more == nil {
			return t, emptyAnswer("list members of " + org + "/" + slug)
		}
		for _, m := range more {
			t.Members = append(t.Members, m.GetLogin())
		}
		if resp.NextPage == 0 {
			break
		}
	}
	slices.Sort(t.Members)
	t.Members = slices.Compact(t.Members)
	if len(t.Members) < raw.Members.TotalCount {
		rd.addPassingGap("owners.team", org+"/"+slug, fmt.Sprintf("%d of %d members were read", len(t.Members), raw.Members.TotalCount))
	}
	return t, nil
}
