package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// maxReviewed bounds how many older approved heads are read.
const maxReviewed = 20

// reviewed reads the change as it stood at each older head that somebody approved, with modes on both sides:
// the comparison does not show a changed mode. It returns the files of the change as it stands now, with their modes.
func (rd *reading) reviewed(ctx context.Context) ([]diff.File, error) {
	rd.expect()
	heads := olderApprovedHeads(rd.s.Reviews, rd.s.Head.SHA)
	if len(heads) == 0 {
		return rd.s.Files, nil
	}
	if len(heads) > maxReviewed {
		rd.gap("owners.reviewed", "", fmt.Sprintf("%d older heads were approved; the newest %d were read", len(heads), maxReviewed))
		heads = heads[len(heads)-maxReviewed:]
	}
	olds := make([]change.Reviewed, len(heads))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	// A copy: others read the files meanwhile.
	files := slices.Clone(rd.s.Files)
	g.Go(func() error { return rd.modes(gctx, files, rd.s.MergeBase, rd.s.Head.SHA) })
	for i, head := range heads {
		g.Go(func() (err error) {
			olds[i], err = rd.at(gctx, head)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, head := range heads {
		rd.s.Reviewed[head] = olds[i]
	}
	return files, nil
}

// maxExpected bounds how many paths are asked for on the strength of the last look: more than one question of stat would be a wager.
const maxExpected = 100

// expect remembers the paths whose modes the next head will be asked for: once somebody approved, a push brings the question whether the
// approval still holds, and the push rarely touches other files than the change did before.
func (rd *reading) expect() {
	approved := slices.ContainsFunc(rd.s.Reviews, func(v change.Review) bool { return v.State == change.Approved })
	var paths []string
	for _, f := range rd.s.Files {
		if f.Status != diff.Removed {
			paths = append(paths, f.Path)
		}
	}
	if !approved || len(paths) > maxExpected {
		paths = nil
	}
	rd.expected.put(rd.r.Key, expected{rd.s.Head.SHA, paths})
}

// expected are the paths that a change had at a head.
type expected struct {
	head  string
	paths []string
}

// foresee reads the modes that will be needed if the hinted head is right, beside the first reading: it saves a round trip and no call.
// Its failure is no error of the change, as reviewed asks again for what is not there.
func (rd *reading) foresee(ctx context.Context, head string) error {
	last, ok := rd.expected.get(rd.r.Key)
	if !ok || len(last.paths) == 0 || last.head == head {
		return nil
	}
	_, err := rd.stat(ctx, map[string][]string{head: last.paths})
	var limited *change.Limited
	if errors.As(err, &limited) {
		return err
	}
	return nil
}

// olderApprovedHeads lists the commits, oldest review first, at which an approval that could still stand was given.
func olderApprovedHeads(reviews []change.Review, head string) []string {
	var heads []string
	for _, r := range reviews {
		if r.State == change.Approved && r.Commit != "" && r.Commit != head && !slices.Contains(heads, r.Commit) {
			heads = append(heads, r.Commit)
		}
	}
	return heads
}

func (rd *reading) at(ctx context.Context, head string) (change.Reviewed, error) {
	gone := change.Reviewed{Head: head, Files: []diff.File{}}
	c, err := rd.compare(ctx, rd.s.Base.SHA, head)
	var refused *change.Refused
	if errors.As(err, &refused) {
		gone.Reason = "the commit can no longer be read"
		return gone, nil
	}
	if err != nil {
		return gone, err
	}
	if c.Cut {
		gone.Reason = fmt.Sprintf("the change had %d files or more at that commit", compareFiles)
		return gone, nil
	}
	files, err := rd.complete(ctx, slices.Clone(c.Entries), c.MergeBase, head, func(string, string, string) {})
	if err != nil {
		return gone, err
	}
	if err := rd.modes(ctx, files, c.MergeBase, head); err != nil {
		if errors.Is(err, errNoCommit) {
			gone.Reason = "the commit can no longer be read"
			return gone, nil
		}
		return gone, err
	}
	return change.Reviewed{Head: head, MergeBase: c.MergeBase, Files: files, Complete: true}, nil
}

// modes reads the modes of files that do not have them yet.
func (rd *reading) modes(ctx context.Context, files []diff.File, before, after string) error {
	var olds, news []string
	for _, f := range files {
		if f.Mode == "" && f.Status != diff.Removed {
			news = append(news, f.Path)
		}
		if f.OldMode == "" && f.Status != diff.Added {
			olds = append(olds, oldName(f))
		}
	}
	want := map[string][]string{}
	if len(olds) > 0 {
		want[before] = olds
	}
	if len(news) > 0 {
		want[after] = news
	}
	if len(want) == 0 {
		return nil
	}
	told, err := rd.stat(ctx, want)
	if err != nil {
		return err
	}
	for i := range files {
		f := &files[i]
		if st := told[after][f.Path]; st != nil && f.Mode == "" && f.Status != diff.Removed {
			f.Mode, f.Blob = octal(st.Mode), st.OID
		}
		if st := told[before][oldName(*f)]; st != nil && f.OldMode == "" && f.Status != diff.Added {
			f.OldMode, f.OldBlob = octal(st.Mode), st.OID
		}
	}
	return nil
}

func oldName(f diff.File) string {
	if f.OldPath != "" {
		return f.OldPath
	}
	return f.Path
}

// people reads the teams and accounts that the code owners' rules need.
func (rd *reading) people(ctx context.Context) error {
	rd.s.Teams, rd.s.Owners, rd.s.Emails = map[string]change.Team{}, map[string]change.OwnerAccount{}, map[string][]string{}
	var need Owners
	for _, p := range ownersPaths {
		if f, ok := rd.s.Controls.Files[p]; ok {
			if f.Content != nil {
				need = rd.Forge.Owners(f.Content, changedPaths(rd.s.Files))
			}
			break
		}
	}
	if o := rd.s.ProposedOwners; o != nil && o.Content != nil {
		all := rd.Forge.Owners(o.Content, nil)
		need.Teams, need.Users = append(need.Teams, all.Teams...), append(need.Users, all.Users...)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return rd.readAccounts(gctx, need.Users) })
	g.Go(func() error { return rd.readTeams(gctx, need.Teams) })
	g.Go(func() error { return rd.readEmails(gctx, need.Emails) })
	return g.Wait()
}

func changedPaths(files []diff.File) []string {
	paths := make([]string, 0, len(files))
	for _, f := range files {
		paths = append(paths, f.Path)
		if f.OldPath != "" {
			paths = append(paths, f.OldPath)
		}
	}
	return paths
}

// maxAccounts bounds how many accounts are read for one change.
const maxAccounts = 200

func (rd *reading) readAccounts(ctx context.Context, logins []string) error {
	logins = lowered(logins)
	if len(logins) > maxAccounts {
		rd.gap("owners.account", "", fmt.Sprintf("CODEOWNERS names %d people, %d were looked up", len(logins), maxAccounts))
		logins = logins[:maxAccounts]
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, login := range logins {
		g.Go(func() error {
			account, err := rd.account(gctx, login)
			if rd.personal != nil && isStatus(err, http.StatusForbidden) {
				rd.gap("owners.account", login, "the token may not see what "+login+" may do here; it takes one of somebody who may push")
				return nil
			}
			if err != nil {
				return err
			}
			rd.mu.Lock()
			defer rd.mu.Unlock()
			rd.s.Owners[login] = account
			return nil
		})
	}
	return g.Wait()
}

// account reads what a person may do in the repository, or takes what is kept. The login is in lower case.
func (rd *reading) account(ctx context.Context, login string) (change.OwnerAccount, error) {
	key := accountKey{rd.r.Installation, rd.r.RepoID, login}
	kept, ok := rd.accounts.get(key)
	if ok && rd.fresh(kept.at) {
		return kept.value, nil
	}
	level, _, err := rd.installation(rd.r.Installation).Repositories.GetPermissionLevel(ctx, rd.r.Owner, rd.r.Name, login)
	switch {
	case isStatus(err, 404):
		kept.value = change.OwnerAccount{}
	case err != nil:
		return change.OwnerAccount{}, rd.answer("read permission of "+login, err)
	default:
		write := level.GetPermission() == "write" || level.GetPermission() == "admin"
		kept.value = change.OwnerAccount{Exists: true, CanWrite: &write}
	}
	kept.at = rd.Now()
	rd.unlessForgotten(func() { rd.accounts.put(key, kept) })
	return kept.value, nil
}

func lowered(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readEmails finds the people behind owners named by address: approvers whose public address it is. GitHub knows private addresses, too, and does not tell them.
func (rd *reading) readEmails(ctx context.Context, emails []string) error {
	if len(emails) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range rd.s.Reviews {
		login := strings.ToLower(r.Author.Login)
		if r.State != change.Approved || r.Author.Bot || seen[login] {
			continue
		}
		seen[login] = true
		user, _, err := rd.installation(rd.r.Installation).Users.Get(ctx, r.Author.Login)
		if isStatus(err, 404) {
			continue
		}
		if err != nil {
			return rd.answer("read account "+login, err)
		}
		for _, e := range emails {
			if strings.EqualFold(user.GetEmail(), e) {
				rd.s.Emails[strings.ToLower(e)] = append(rd.s.Emails[strings.ToLower(e)], r.Author.Login)
			}
		}
	}
	return nil
}

// teamsQuery asks for teams of one organisation: $org and $s0 ... are its variables.
func teamsQuery(teams []string) string {
	var b strings.Builder
	b.WriteString("query LintelTeams($org: String!, $repo: String!")
	for i := range teams {
		fmt.Fprintf(&b, ", $s%d: String!", i)
	}
	b.WriteString(") {\n  organization(login: $org) {\n")
	for i := range teams {
		fmt.Fprintf(&b, "    t%d: team(slug: $s%d) { slug members(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { login } } repositories(query: $repo, first: 100) { edges { permission node { databaseId } } } }\n", i, i)
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
	for _, team := range lowered(teams) {
		kept, ok := rd.teams.get(teamKey{rd.r.Installation, rd.r.RepoID, team})
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
	asked, err := rd.askTeams(ctx, org, slugs)
	if err != nil {
		var refused *change.Refused
		if !errors.As(err, &refused) {
			return err
		}
		for _, slug := range slugs {
			rd.gap("owners.team", org+"/"+slug, "its members could not be read: "+rd.unseen(refused))
		}
		return nil
	}
	for i, slug := range slugs {
		raw, name := asked[fmt.Sprintf("t%d", i)], org+"/"+slug
		if raw == nil && rd.personal != nil {
			// An App that may read members sees all teams; a person does not see those that are secret, nor any without the permission.
			rd.gap("owners.team", name, "there is no such team, or "+rd.unseen(nil))
			continue
		}
		t := change.Team{Members: []string{}}
		if raw != nil {
			var err error
			if t, err = rd.team(ctx, org, slug, raw); err != nil {
				return err
			}
		}
		rd.s.Teams[name] = t
		rd.unlessForgotten(func() { rd.teams.put(teamKey{rd.r.Installation, rd.r.RepoID, name}, aged[change.Team]{t, rd.Now()}) })
	}
	return nil
}

// askTeams reads the teams at once, as t0, t1 and so on; what is not there is nil.
func (rd *reading) askTeams(ctx context.Context, org string, slugs []string) (map[string]*graphTeam, error) {
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
	err := rd.query(ctx, rd.r.Installation, teamsQuery(slugs), variables, &data)
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
		more, resp, err := rd.installation(rd.r.Installation).Teams.ListTeamMembersBySlug(ctx, org, slug, &github.TeamListTeamMembersOptions{ListOptions: github.ListOptions{Page: n, PerPage: page}})
		if err != nil {
			return t, rd.answer("list members of "+org+"/"+slug, err)
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
		rd.gap("owners.team", org+"/"+slug, fmt.Sprintf("%d of %d members were read", len(t.Members), raw.Members.TotalCount))
	}
	return t, nil
}
