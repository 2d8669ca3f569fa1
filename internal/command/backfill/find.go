package backfill

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/backfill"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// find gives the bookmarks of an organisation's repositories, or of one repository: from the record, and from the forge
// where that knows none.
func (r *run) find(ctx context.Context, org, repo string) ([]past.Bookmark, error) {
	all, err := r.known(ctx, org, repo)
	if err != nil || len(all) > 0 {
		return all, err
	}
	if err := r.discover(ctx, org, repo); err != nil {
		return nil, err
	}
	if all, err = r.known(ctx, org, repo); err == nil && len(all) == 0 {
		return nil, &usage.Error{
			What: fmt.Sprintf("the App sees no repository %s", org+repo),
			Remedy: "check the spelling, and that the App is installed there, or that Lintel's user is a Developer of the project: " +
				"lintel doctor github, lintel doctor gitlab",
		}
	}
	return all, err
}

// listed are bookmarks of all forges that are meant.
func (r *run) listed(
	ctx context.Context, list func(context.Context, change.Forge) ([]past.Bookmark, error),
) (all []past.Bookmark, err error) {
	for _, forge := range []change.Forge{change.GitHub, change.GitLab} {
		if r.on != "" && r.on != forge {
			continue
		}
		some, err := list(ctx, forge)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// owns reports whether a repository's owner is an organisation, or is a group in it: GitLab's nest.
func owns(org, owner string) bool {
	owner, org = strings.ToLower(owner), strings.ToLower(org)
	return org != "" && (owner == org || strings.HasPrefix(owner, org+"/"))
}

// known are the bookmarks of repositories that the record knows, new ones where nobody asked before.
func (r *run) known(ctx context.Context, org, repo string) (found []past.Bookmark, err error) {
	begun, err := r.listed(ctx, r.store.Bookmarks)
	if err != nil {
		return nil, err
	}
	fresh, err := r.listed(ctx, r.store.Unread)
	for _, b := range append(begun, fresh...) {
		if owns(org, b.Owner) || strings.EqualFold(b.Repository(), repo) {
			found = append(found, b)
		}
	}
	if repo != "" && len(found) > 1 {
		return nil, &usage.Error{
			What:   fmt.Sprintf("both forges have a %s", repo),
			Remedy: "say which with --forge github or --forge gitlab",
		}
	}
	return found, err
}

// discover asks the forges for the repositories, and notes them as a delivery would.
func (r *run) discover(ctx context.Context, org, repo string) error {
	var seen []delivery.Seen
	var err error
	if r.config.GitHub.On() && r.on != change.GitLab {
		seen, err = r.installed(ctx, org, repo)
	}
	if err == nil && r.config.GitLab.On() && r.on != change.GitHub {
		var projects []delivery.Seen
		projects, err = r.joined(ctx, org, repo)
		seen = append(seen, projects...)
	}
	if !r.config.GitHub.On() && !r.config.GitLab.On() {
		_, err = r.github()
	}
	if err != nil || len(seen) == 0 {
		return err
	}
	a := delivery.Admission{
		Delivery: delivery.Delivery{Forge: seen[0].Forge, ReceivedAt: r.store.Now()},
		Outcome:  delivery.Accepted,
		Seen:     seen,
	}
	_, err = r.store.Admit(ctx, a)
	return err
}

// installed are the repositories that the App sees.
func (r *run) installed(ctx context.Context, org, repo string) (seen []delivery.Seen, err error) {
	forge, err := r.github()
	if err != nil {
		return nil, err
	}
	owner, name, _ := strings.Cut(org+repo, "/")
	all, err := forge.Installations(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if !strings.EqualFold(i.Account, owner) || i.Suspended {
			continue
		}
		repositories, err := forge.Repositories(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		for _, known := range repositories {
			if name == "" || strings.EqualFold(known.Name, name) {
				seen = append(seen, delivery.Seen{Forge: change.GitHub, Connection: i.ID, Repository: known})
			}
		}
	}
	return seen, nil
}

// joined are the projects in which Lintel's user is a Developer. There is one connection to GitLab.
func (r *run) joined(ctx context.Context, org, repo string) (seen []delivery.Seen, err error) {
	forge, err := r.gitlab()
	if err != nil {
		return nil, err
	}
	const connection = 1
	all, err := forge.Repositories(ctx, connection)
	for _, known := range all {
		if owns(org, known.Owner) || strings.EqualFold(known.Owner+"/"+known.Name, repo) {
			seen = append(seen, delivery.Seen{Forge: change.GitLab, Connection: connection, Repository: known})
		}
	}
	return seen, err
}

// forge is one that is asked without a server.
func (r *run) forge(on change.Forge) (backfill.Forge, error) {
	if on == change.GitLab {
		return r.gitlab()
	}
	return r.github()
}

// github is GitHub with the App's key.
func (r *run) github() (*github.Forge, error) {
	c := r.config.GitHub
	if c.AppID == 0 || c.PrivateKeyFile == "" {
		return nil, &usage.Error{
			What:   "no server runs on this database, and without the App's key the forge cannot be asked",
			Remedy: "name the server's file with --config; it has github.app_id and github.private_key_file",
		}
	}
	key, err := os.ReadFile(c.PrivateKeyFile)
	if err != nil {
		return nil, terminal.Unreadable("github.private_key_file", c.PrivateKeyFile, err)
	}
	return github.New(github.Options{
		AppID:      c.AppID,
		PrivateKey: key,
		APIURL:     c.APIURL,
		Now:        time.Now,
		Transport:  github.Transport(),
	})
}

// gitlab is GitLab with the token of Lintel's user.
func (r *run) gitlab() (*gitlab.Forge, error) {
	c := r.config.GitLab
	if !c.On() || c.TokenFile == "" {
		return nil, &usage.Error{
			What:   "no server runs on this database, and without the token of Lintel's user GitLab cannot be asked",
			Remedy: "name the server's file with --config; it has gitlab.url and gitlab.token_file",
		}
	}
	if _, err := c.Token(); err != nil {
		return nil, terminal.Unreadable("gitlab.token_file", c.TokenFile, err)
	}
	return gitlab.New(gitlab.Options{URL: c.URL, Token: c.Token, Now: time.Now, REST: !c.GraphQL})
}
