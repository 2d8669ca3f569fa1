package server_test

import (
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// scene is a situation in which a look asks some addresses, and what plays their faults.
type scene struct {
	name  string
	spots []spot
	make  func(t *testing.T) *answering
}

// The addresses of a plain look, with GraphQL and without.
var (
	compared    = rest("GET", anyRepo+"/compare/{basehead}")
	blobs       = rest("GET", anyRepo+"/git/blobs/{file_sha}")
	trees       = rest("GET", anyRepo+"/git/trees/{tree_sha}")
	commits     = rest("GET", anyRepo+"/git/commits/{commit_sha}")
	histories   = rest("GET", anyRepo+"/commits")
	permission  = rest("GET", anyRepo+"/collaborators/{username}/permission")
	users       = rest("GET", "/users/{username}")
	reviewsOf   = rest("GET", anyPull+"/reviews")
	filesOf     = rest("GET", anyPull+"/files")
	listed      = rest("GET", anyRepo+"/pulls")
	branches    = rest("GET", anyRepo+"/branches/{branch}")
	rulesOf     = rest("GET", anyRepo+"/rules/branches/{branch}")
	membersOf   = rest("GET", "/orgs/{org}/teams/{team_slug}/members")
	teamRepos   = rest("GET", "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}")
	theTeam     = rest("GET", "/orgs/{org}/teams/{team_slug}")
	teamsOf     = rest("GET", anyRepo+"/teams")
	pullsOf     = rest("GET", anyRepo+"/commits/{commit_sha}/pulls")
	makesChecks = rest("POST", anyRepo+"/check-runs")
	membership  = rest("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}")
	reviewed    = rest("GET", anyRepo+"/dependency-graph/compare/{basehead}")
)

// beside is a spot that is asked only while another address answers 404.
func beside(a, other address) spot {
	return spot{address: a, beside: []traffic.Fault{{Method: other.method, Route: other.route, Status: 404}}}
}

func scenes() []scene {
	return []scene{
		{"graphql", at(access, graph("LintelChange"), graph("LintelFiles"), graph("LintelTeams"), compared, blobs, permission,
			makesChecks), func(t *testing.T) *answering { return plain(t, false) }},
		{"a stale hint", at(graph("LintelCommit")), stale},
		{"a check that does not arrive",
			[]spot{
				{address: compared, beside: []traffic.Fault{{Method: makesChecks.method, Route: makesChecks.route, Status: 502, Times: 1}}},
			}, func(t *testing.T) *answering { return plain(t, false) }},
		{"rest", at(access, rest("GET", anyRepo), rest("GET", anyPull), reviewsOf, branches, compared, blobs, trees, histories, pullsOf,
			permission, membersOf, teamRepos, makesChecks),
			func(t *testing.T) *answering { return plain(t, true) }},
		{"many, graphql",
			append(at(graph("LintelReviews"), graph("LintelHead"), graph("LintelHistory"), membersOf, users, trees),
				spot{address: compared, path: "page=2"}), func(t *testing.T) *answering { return many(t, false) }},
		{"many, rest", []spot{{address: reviewsOf, path: "page=2"}, {address: rulesOf}, beside(users, permission),
			beside(theTeam, membersOf), beside(teamsOf, teamRepos), beside(listed, pullsOf),
			{address: commits, beside: []traffic.Fault{{Method: "GET", Route: histories.route, Path: "sha=", Status: 404}}}},
			func(t *testing.T) *answering { return many(t, true) }},
		{"an older head", []spot{{address: commits}}, older},
		{"wide", at(filesOf), wide},
		{"deep", at(graph("LintelBlobs")), deep},
		{"reviewed dependencies", at(reviewed), dependent},
		{"group, graphql", at(graph("LintelChange"), graph("LintelGroup"), graph("LintelHead"), compared, makesChecks),
			func(t *testing.T) *answering { return grouped(t, false) }},
		{"group, rest", at(rest("GET", anyRepo+"/git/ref/{ref}"), rest("GET", anyPull), branches),
			func(t *testing.T) *answering { return grouped(t, true) }},
	}
}

// owned is a shop with owners of every kind: a team, a person.
func owned(t *testing.T) *fakehub.Hub {
	hub := world(t, fakehub.Options{})
	// the title is what is judged
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "PR_BODY"}))
	must(t, hub.AddTeam(
		fakehub.Team{Org: "acme", Slug: "core", Members: map[string]string{"olga": "member"}, Repos: map[string]string{shop: "push"}}))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "chore: owners",
			Files:   fakehub.Files{"CODEOWNERS": "/pay/ @acme/core\n/cart/ @mika\n"},
		})
	return hub
}

// proposed opens an approved pull request.
func (a *answering) proposed(base string) {
	a.first = commit(a.t, a.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    base,
			Author:  "wendy",
			Message: "feat: pay twice",
			Files:   fakehub.Files{"pay/twice.go": "package pay\n", "cart/twice.go": "package cart\n"},
		})
	a.follow(open(a.t, a.hub, shop, fakehub.Pull{Head: "topic", Base: base, Title: "feat: pay twice", Author: "wendy"}))
	for _, login := range []string{"olga", "mika"} {
		_, err := a.hub.Review(shop, a.number, fakehub.Review{Author: login, State: "APPROVE"})
		must(a.t, err)
	}
}

// push gives the change a new head on its approved one.
func (a *answering) push(n int) string {
	return commit(a.t, a.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Parents: []string{a.first},
			Author:  "wendy",
			Message: "feat: try again",
			Force:   true,
			Files:   fakehub.Files{"notes/try.md": fmt.Sprintf("try %d\n", n)},
		})
}

func (a *answering) title(text string) {
	must(a.t, a.hub.EditPull(shop, a.number, fakehub.Edit{Title: &text}, "wendy"))
}

// byTitle makes the truth of a change that of its title.
func (a *answering) byTitle() {
	a.fresh = func(n int) string {
		sha := a.push(n)
		a.find()
		return sha
	}
	a.spoil = func() { a.title("Bad title.") }
	a.fix = func() { a.title("feat: pay twice") }
}

func plain(t *testing.T, byREST bool) *answering {
	a := answer(t, owned(t), byREST)
	a.proposed("main")
	a.byTitle()
	return a
}

// stale is a change that moves on after its event.
func stale(t *testing.T) *answering {
	a := plain(t, false)
	known := a.fresh
	a.fresh = func(n int) string {
		known(n)
		return a.push(n + 1000)
	}
	return a
}

// many is a change of which nothing fits into the first answer: its reviews, its commits, its owners' team, the
// settings, whose newest version is not valid. It goes into a branch that is not the default one, touches CODEOWNERS,
// and has an owner by address.
func many(t *testing.T, byREST bool) *answering {
	hub := owned(t)
	must(t, hub.AddUser(fakehub.User{Login: "erin", Email: "erin@acme.example"}))
	must(t, hub.SetCollaborator(shop, "erin", "write", "olga"))
	for i := range 101 {
		login := fmt.Sprintf("member-%03d", i)
		must(t, hub.AddUser(fakehub.User{Login: login}))
		must(t, hub.SetOrgMember("acme", login, "member", "olga"))
		must(t, hub.SetTeamMember("acme", "core", login, "member", "olga"))
	}
	const owners = "/pay/ @acme/core\n/cart/ @mika\n/docs/ erin@acme.example\n"
	commit(t, hub, shop,
		fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: owners", Files: fakehub.Files{"CODEOWNERS": owners}})
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "chore: settings",
			Files:   fakehub.Files{".github/lintel.yml": "version: 1\nnonsense: true\n"},
		})
	commit(t, hub, shop,
		fakehub.Commit{Branch: "release", From: "main", Author: "olga", Message: "chore: release", Files: fakehub.Files{"VERSION": "1\n"}})
	a := answer(t, hub, byREST)
	a.proposed("release")
	a.first = commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Author:  "wendy",
			Message: "chore: say whose",
			Files:   fakehub.Files{"CODEOWNERS": owners + "# That is all.\n", "docs/step.md": "begin\n"},
		})
	if !byREST {
		for i := range 101 {
			a.first = commit(t, hub, shop,
				fakehub.Commit{
					Branch:  "topic",
					Author:  "wendy",
					Message: fmt.Sprintf("feat: step %d", i),
					Files:   fakehub.Files{"docs/step.md": fmt.Sprint(i, "\n")},
				})
		}
	}
	for range 101 {
		_, err := hub.Review(shop, a.number, fakehub.Review{Author: "rita", State: "COMMENT", Body: "Hm."})
		must(t, err)
	}
	for _, login := range []string{"olga", "mika", "erin"} {
		_, err := hub.Review(shop, a.number, fakehub.Review{Author: login, State: "APPROVE"})
		must(t, err)
	}
	a.byTitle()
	tip, known := hub.Tip(shop, "main"), a.fresh
	a.fresh = func(n int) string {
		// Another tip of the branch that the settings come from, or its history is known.
		commit(t, hub, shop,
			fakehub.Commit{
				Branch:  "main",
				Parents: []string{tip},
				Force:   true,
				Author:  "olga",
				Message: "docs: more",
				Files:   fakehub.Files{"README.md": fmt.Sprintf("more %d\n", n)},
			})
		return known(n)
	}
	return a
}

// older is a change that was approved at a head whose comparison is not shown, so that the commit itself is asked for.
func older(t *testing.T) *answering {
	a := plain(t, false)
	push := a.fresh
	a.fresh = func(n int) string {
		// Another base, or the comparison is known.
		commit(t, a.hub, shop,
			fakehub.Commit{
				Branch:  "main",
				Author:  "olga",
				Message: "docs: more",
				Files:   fakehub.Files{"README.md": fmt.Sprintf("more %d\n", n)},
			})
		return push(n)
	}
	spoil := a.spoil
	a.spoil = func() {
		commit(t, a.hub, shop,
			fakehub.Commit{Branch: "main", Author: "olga", Message: "docs: less", Files: fakehub.Files{"README.md": "less\n"}})
		spoil()
	}
	a.beside = func() []traffic.Fault {
		return []traffic.Fault{{Method: compared.method, Route: compared.route, Path: "..." + a.first, Status: 404}}
	}
	return a
}

// wide is a change of more files than a comparison shows.
func wide(t *testing.T) *answering {
	a := plain(t, false)
	files := fakehub.Files{}
	for i := range 301 {
		files[fmt.Sprintf("docs/%03d.md", i)] = "words\n"
	}
	a.first = commit(t, a.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "docs: many", Files: files})
	return a
}

// deep is a change in folders that have attributes of their own.
func deep(t *testing.T) *answering {
	a := plain(t, false)
	attributes, files := fakehub.Files{}, fakehub.Files{}
	for i := range 6 {
		attributes[fmt.Sprintf("docs/%d/.gitattributes", i)] = fmt.Sprintf("*.%d linguist-generated\n", i)
		files[fmt.Sprintf("docs/%d/a.md", i)] = "words\n"
	}
	commit(t, a.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: attributes", Files: attributes})
	a.first = commit(t, a.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "docs: many", Files: files})
	return a
}

// dependent is a change of packages, in a repository whose settings ask for GitHub's review of them, and refuse a change
// that it does not review. Without that rule they pass, and the check says what is not known.
func dependent(t *testing.T) *answering {
	a := plain(t, false)
	must(t, a.hub.SetDependencyReview(shop, fakehub.DependencyReview{}))
	commit(t, a.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: settings", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: {mode: enforce}\nownership: {mode: enforce}\n" +
			"dependencies: {advisories: {github: true}}\nrules: {dependencies/advisories: {mode: enforce, severity: error}}\n",
	}})
	a.first = commit(t, a.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: depend", Files: fakehub.Files{
		"requirements.txt": "left==1.0\n",
	}})
	return a
}

// grouped is a merge queue. No sweep finds a merge group: its event is what makes it known, and what people do about
// its pull request raises it.
func grouped(t *testing.T, byREST bool) *answering {
	hub := owned(t)
	a := answer(t, hub, byREST)
	must(t, hub.Protect(shop, "main", &fakehub.Protection{MergeQueue: true}))
	a.proposed("main")
	pull := a.key
	a.find()
	if outcome := a.look(); outcome != "done" {
		t.Fatal(outcome)
	}
	accept := func(name string, ev change.Event) {
		ev.Kind, ev.Forge, ev.Name, ev.Delivery, ev.Repository, ev.Connection = change.Updated, change.GitHub, name,
			fmt.Sprint(name, a.clock.ahead.Add(1)), a.repo, a.connection
		_, err := a.server.Accept(t.Context(), ev)
		must(t, err)
	}
	ref := func(key change.Key) change.Ref {
		return change.Ref{Key: key, Owner: "acme", Name: "shop", Connection: a.connection}
	}
	queued, review := "", int64(0)
	approve := func() {
		var err error
		review, err = hub.Review(shop, a.number, fakehub.Review{Author: "mika", State: "APPROVE"})
		must(t, err)
	}
	approve()
	a.fresh = func(n int) string {
		if queued != "" {
			must(t, hub.Dequeue(shop, queued, "dequeued", "olga"))
		}
		commit(t, hub, shop,
			fakehub.Commit{
				Branch:  "main",
				Author:  "olga",
				Message: "docs: more",
				Files:   fakehub.Files{"README.md": fmt.Sprintf("more %d\n", n)},
			})
		base := hub.Tip(shop, "main")
		name, sha, err := hub.Enqueue(shop, a.number, "merge", "olga")
		must(t, err)
		queued = name
		a.key = change.Key{Forge: change.GitHub, RepoID: a.repo.ID, Group: sha}
		a.forget()
		accept("merge_group",
			change.Event{
				Ref:   ref(a.key),
				Base:  change.Rev{Ref: "main", SHA: base},
				Group: &change.Group{Head: sha, Base: base, Ref: name[len("refs/heads/"):], Number: a.number},
			})
		return sha
	}
	a.spoil = func() {
		must(t, hub.DismissReview(shop, a.number, review, "stale", "olga"))
		accept("pull_request_review", change.Event{Ref: ref(pull)})
	}
	a.fix, a.late = approve, []string{"no verdict"}
	return a
}
