package initialise

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/githubaccess"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/survey"
)

// asked reads what GitHub knows of the past beside git, and gives the changes the titles of their pull requests.
// Whatever hinders it is no error: then git alone was read, and the answer says why.
func (c Command) asked(ctx context.Context, p *past, getenv func(string) string) (survey.Forge, error) {
	alone := func(why string) (survey.Forge, error) { return survey.Forge{Why: why}, ctx.Err() }
	switch {
	case c.GitOnly:
		return alone("--git-only asks for it")
	case p.Tip == "":
		return alone("there is nothing to ask GitHub for")
	}
	address, err := p.Repo.Run(ctx, nil, "config", "--get", "remote.origin.url")
	if err != nil {
		return alone("there is no remote called origin")
	}
	host, name, ok := remote(strings.TrimSpace(string(address)))
	if !ok {
		return alone("origin is no repository of a forge")
	}
	api, err := githubaccess.APIURL(host, getenv)
	if err != nil {
		return alone(fmt.Sprintf(
			"origin is at %.100q, which is no GitHub that the environment names; for GitHub Enterprise Server set GH_HOST", host))
	}
	token, err := githubaccess.Token(api, getenv)
	if err != nil {
		return alone("no token is set; with GH_TOKEN, as by GH_TOKEN=$(gh auth token), GitHub shows merge settings and titles, too")
	}
	reader, err := github.NewReader(github.Options{APIURL: api, Transport: github.Transport(), Now: time.Now}, token)
	if err != nil {
		return alone(firstLine(err))
	}
	branch, _ := strings.CutPrefix(p.Branch, "origin/")
	if branch == "HEAD" || c.Branch != "" && !strings.HasPrefix(p.Branch, "origin/") {
		branch = ""
	}
	landed, err := reader.Landed(ctx, name.Owner, name.Name, branch, len(p.Changes)+c.Skip)
	if err != nil {
		return alone("GitHub could not be read: " + firstLine(err))
	}
	pulls := make([]survey.Pull, 0, len(landed.Pulls))
	for _, l := range landed.Pulls {
		pulls = append(pulls, survey.Pull{Number: l.Number, Title: l.Title, Body: l.Body, Commit: l.Commit, Author: loginOf(l.Author)})
	}
	f := survey.Forge{
		Repository:  landed.Owner + "/" + landed.Name,
		Squash:      landed.Merges.Squash,
		Merge:       landed.Merges.Merge,
		Rebase:      landed.Merges.Rebase,
		SquashTitle: landed.Merges.SquashTitle,
	}
	p.Changes, f.Pulls = survey.Known(p.Changes, pulls)
	return f, nil
}

// loginOf is a login as a local reading takes it, which tells a bot by its end.
func loginOf(a *change.Account) string {
	switch {
	case a == nil:
		return ""
	case a.Bot && !strings.HasSuffix(strings.ToLower(a.Login), "[bot]"):
		return a.Login + "[bot]"
	}
	return a.Login
}

func firstLine(err error) string {
	var refused *change.Refused
	if errors.As(err, &refused) {
		return refused.What
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// scp is git's short form of an address, user@host:path.
var scp = lazyregexp.New(`^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]{2,}):([^:].*)$`)

// remote reads the address of a repository on a forge: its host, and owner and name.
func remote(address string) (host string, name github.PullName, ok bool) {
	path := ""
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		switch u.Scheme {
		case "https", "http":
			host = u.Host
		case "ssh", "git", "git+ssh":
			// The port is that of SSH, and says nothing of the API's.
			host = u.Hostname()
		}
		path = u.Path
	} else if m := scp.FindStringSubmatch(address); m != nil {
		host, path = m[1], m[2]
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if host == "" || strings.Count(path, "/") != 1 {
		return "", name, false
	}
	name, ok = github.ParsePull(path + "#1")
	// GitHub's other door for SSH, where a firewall closes the usual one.
	if host == "ssh.github.com" {
		host = githubaccess.DefaultHost
	}
	return host, name, ok
}
