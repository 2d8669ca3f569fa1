package seed

import (
	"context"
	"fmt"
	"maps"
	"slices"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// Applied is what Apply made that a client needs.
type Applied struct {
	// Tokens are the users' personal access tokens, by login; Installations the ids, by account.
	Tokens        map[string]string
	Installations map[string]int64
}

// Apply fills an empty hub. The App is installed last, so that the history of the seed sends no webhooks but those of the installations.
// It stops at the first error or when the context ends; the hub is then of no use.
func Apply(ctx context.Context, h *fakehub.Hub, s Seed) (Applied, error) {
	a := applier{hub: h, seed: s, out: Applied{Tokens: map[string]string{}, Installations: map[string]int64{}}}
	for _, step := range []func() error{a.users, a.organizations, a.repositories, a.teams} {
		if err := step(); err != nil {
			return Applied{}, fmt.Errorf("apply seed: %w", err)
		}
	}
	for _, r := range s.Repositories {
		if err := a.history(ctx, r); err != nil {
			return Applied{}, fmt.Errorf("apply seed: %s/%s: %w", r.Owner, r.Name, err)
		}
	}
	if err := a.installations(); err != nil {
		return Applied{}, fmt.Errorf("apply seed: %w", err)
	}
	return a.out, nil
}

type applier struct {
	hub  *fakehub.Hub
	seed Seed
	out  Applied
}

func (a *applier) users() error {
	for _, u := range a.seed.Users {
		if err := a.hub.AddUser(fakehub.User{Login: u.Login, Name: u.Name, Email: u.Email}); err != nil {
			return err
		}
		token, err := a.token(u)
		if err != nil {
			return err
		}
		a.out.Tokens[u.Login] = token
	}
	return nil
}

func (a *applier) token(u User) (string, error) {
	if u.Token == "" {
		return a.hub.Token(u.Login)
	}
	return a.hub.SetToken(u.Login, u.Token)
}

func (a *applier) organizations() error {
	for _, o := range a.seed.Organizations {
		if err := a.hub.AddOrg(fakehub.Org{Login: o.Login, BasePermission: o.BasePermission, Members: o.Members}); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) repositories() error {
	for _, r := range a.seed.Repositories {
		spec := fakehub.Repo{
			Owner: r.Owner, Name: r.Name, Description: r.Description, Private: r.Private,
			DefaultBranch: r.DefaultBranch, Merge: mergeSettings(r), Collaborators: grants(r.Collaborators),
		}
		if _, err := a.hub.AddRepo(spec); err != nil {
			return err
		}
	}
	return nil
}

// mergeSettings is nil, GitHub's default, when the file says nothing.
func mergeSettings(r Repository) *fakehub.MergeSettings {
	if len(r.MergeMethods) == 0 && r.SquashTitle == "" {
		return nil
	}
	allowed := func(method string) bool { return len(r.MergeMethods) == 0 || slices.Contains(r.MergeMethods, method) }
	return &fakehub.MergeSettings{Merge: allowed("merge"), Squash: allowed("squash"), Rebase: allowed("rebase"), SquashTitle: r.SquashTitle}
}

// grants spells permissions as GitHub's API does for teams and collaborators.
func grants(roles map[string]string) map[string]string {
	out := make(map[string]string, len(roles))
	for name, role := range roles {
		switch role {
		case "read":
			role = "pull"
		case "write":
			role = "push"
		}
		out[name] = role
	}
	return out
}

// teams come after the repositories, whose permissions they are given.
func (a *applier) teams() error {
	for _, o := range a.seed.Organizations {
		for _, t := range o.Teams {
			spec := fakehub.Team{Org: o.Login, Slug: t.Slug, Name: t.Name, Parent: t.Parent, Members: t.Members, Repos: map[string]string{}}
			for _, r := range a.seed.Repositories {
				if role := grants(r.Teams)[t.Slug]; role != "" && sameLogin(r.Owner, o.Login) {
					spec.Repos[r.Owner+"/"+r.Name] = role
				}
			}
			if err := a.hub.AddTeam(spec); err != nil {
				return err
			}
		}
	}
	return nil
}

// history makes the commits, then protects the branches.
func (a *applier) history(ctx context.Context, r Repository) error {
	name := r.Owner + "/" + r.Name
	for i, c := range r.Commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		author := c.Author
		if author == "" && len(a.seed.Users) > 0 {
			author = a.seed.Users[0].Login
		}
		commit := fakehub.Commit{Branch: c.Branch, From: c.From, Author: author, Message: c.Message, Files: c.Files, Delete: c.Delete}
		if _, err := a.hub.Commit(name, commit); err != nil {
			return fmt.Errorf("commit %d: %w", i+1, err)
		}
	}
	for _, branch := range slices.Sorted(maps.Keys(r.Protection)) {
		p := r.Protection[branch]
		rules := fakehub.Protection{
			Strict:        p.Strict,
			Reviews:       p.Reviews,
			CodeOwners:    p.CodeOwners,
			EnforceAdmins: p.EnforceAdmins,
			MergeQueue:    p.MergeQueue,
		}
		for _, check := range p.Checks {
			rules.Checks = append(rules.Checks, fakehub.RequiredCheck{Context: check})
		}
		if err := a.hub.Protect(name, branch, &rules); err != nil {
			return fmt.Errorf("protect %s: %w", branch, err)
		}
	}
	return nil
}

func (a *applier) installations() error {
	list := a.seed.Installations
	if list == nil {
		for _, r := range a.seed.Repositories {
			if !slices.ContainsFunc(list, func(n Installation) bool { return sameLogin(n.Account, r.Owner) }) {
				list = append(list, Installation{Account: r.Owner})
			}
		}
	}
	for _, n := range list {
		var names []string
		for _, name := range n.Repositories {
			names = append(names, n.Account+"/"+name)
		}
		id, err := a.hub.Install(n.Account, names...)
		if err != nil {
			return err
		}
		a.out.Installations[n.Account] = id
	}
	return nil
}
