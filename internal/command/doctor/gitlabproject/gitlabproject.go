// Package gitlabproject is lintel doctor gitlab: it examines Lintel's access to a GitLab, and what holds merges into its
// projects.
package gitlabproject

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel doctor gitlab".
type Command struct {
	config.Flags
	terminal.Format
	Project             string `help:"Examine this project alone: its full path." placeholder:"GROUP/NAME"`
	MaintainerTokenFile string `help:"Token of a Maintainer (read_api), to read webhooks too (default: the file's)." placeholder:"FILE"`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads only. Says for each project which gate is in force, which wrong greens remain on its tier, and how to close them.

Exit status: 0 all is well, 1 something is wrong, 2 the examination could not be made.

Examples:

    lintel doctor gitlab --config /etc/lintel/server.yml
    lintel doctor gitlab --project acme/tools/shop --maintainer-token-file ~/maintainer-token`
}

// Run examines the GitLab of the server's file. It refuses one with which something is wrong.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(config.Load, t.Env)
	if err != nil {
		return err
	}
	d := diagnosis.New(t, c.Format)
	return d.End(c.examine(ctx, d, cfg, time.Now))
}

// soon is how long before its end a token is told of.
const soon = 14 * 24 * time.Hour

// maxProjects bounds how many projects are examined.
const maxProjects = 200

func (c Command) examine(ctx context.Context, d *diagnosis.Diagnosis, cfg config.Config, now func() time.Time) error {
	if !cfg.GitLab.On() {
		return errors.New(
			"the server's file names no GitLab: write gitlab.url, gitlab.token_file and gitlab.webhook_token_file",
		)
	}
	if _, err := cfg.GitLab.Secrets(); err != nil {
		return err
	}
	if open := cfg.GitLab.Exposed(); open != "" {
		d.Wrong("secrets", "every user of this machine can read "+open, "chmod 600, and rotate it, as it may be known")
	}
	given := gitlab.Options{URL: cfg.GitLab.URL, Token: cfg.GitLab.Token, Now: now, Gate: gitlab.Gate(cfg.GitLab.Gate)}
	forge, err := gitlab.New(given)
	if err != nil {
		return err
	}
	var eye *gitlab.Forge
	if c.MaintainerTokenFile != "" || cfg.GitLab.MaintainerTokenFile != "" {
		given.Token = func() (string, error) { return read(cmp.Or(c.MaintainerTokenFile, cfg.GitLab.MaintainerTokenFile)) }
		if eye, err = gitlab.New(given); err != nil {
			return err
		}
	}
	a, err := forge.Access(ctx)
	if err != nil {
		d.Wrong("token", err.Error(), cmp.Or(change.Remedy(err), "check gitlab.url and gitlab.token_file"))
		return nil
	}
	token(d, a, now())
	if cfg.PublicURL == "" {
		d.Wrong("public_url", "it is missing: GitLab must be told where Lintel is", "set it in the server's file")
	}
	if eye != nil {
		if _, err := eye.Access(ctx); err != nil {
			if _, unread := errors.AsType[*change.Unread](err); unread {
				return &usage.Error{
					What:   "GitLab does not accept the token in " + cmp.Or(c.MaintainerTokenFile, cfg.GitLab.MaintainerTokenFile),
					Remedy: "check --maintainer-token-file or gitlab.maintainer_token_file, and whether the token has ended", Err: err,
				}
			}
			return err
		}
	}
	projects, err := forge.Repositories(ctx, 1)
	if err != nil {
		return err
	}
	if c.Project != "" {
		projects = slices.DeleteFunc(projects, func(r change.Repository) bool {
			return !strings.EqualFold(r.Owner+"/"+r.Name, c.Project)
		})
	}
	switch {
	case len(projects) > 0:
	case c.Project != "":
		d.Wrong("projects", "Lintel's user is no Developer of "+c.Project+", or there is no such project",
			"check its full path, and add Lintel's user with the role Developer")
	default:
		d.Wrong("projects", "Lintel's user is a Developer of none", "add it to a group or a project with the role Developer")
	}
	if err := floors(ctx, d, forge, projects, cfg); err != nil {
		return err
	}
	for i, r := range projects {
		if i == maxProjects {
			d.Note("projects", fmt.Sprintf("%d more were not examined; name one by --project", len(projects)-maxProjects))
			break
		}
		if err := project(ctx, d, forge, eye, r, cfg); err != nil {
			return err
		}
	}
	return nil
}

// maxGroups bounds how many groups are asked for a settings file.
const maxGroups = 100

// floors says which groups above the projects have a settings file, and which of them counts.
func floors(ctx context.Context, d *diagnosis.Diagnosis, forge *gitlab.Forge, projects []change.Repository, cfg config.Config) error {
	name, path := cfg.GitLab.SettingsProject, cfg.Organisation.Path
	if name == "" {
		return nil
	}
	groups := map[string]bool{}
	for _, r := range projects {
		for at := r.Owner; at != ""; at = at[:max(strings.LastIndexByte(at, '/'), 0)] {
			groups[at] = true
		}
	}
	speaks := map[string]bool{}
	for i, group := range slices.Sorted(maps.Keys(groups)) {
		if i == maxGroups {
			d.Note("settings of groups", fmt.Sprintf("%d more groups were not asked", len(groups)-maxGroups))
			break
		}
		found, err := forge.OrganisationFile(ctx, 1, group, name, path)
		file := group + "/" + name + ":" + path
		if _, gone := errors.AsType[*change.Gone](err); gone || err == nil && found.File == nil {
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			d.Wrong(group, file+" cannot be read: "+err.Error(), "make Lintel's user a Developer of that project: until "+
				"the file is read, nothing in the group passes")
			continue
		}
		above := group
		for above != "" && (above == group || !speaks[above]) {
			above = above[:max(strings.LastIndexByte(above, '/'), 0)]
		}
		if above != "" {
			d.Note(group, file+" does not count, as that of "+above+" does")
			continue
		}
		speaks[group] = true
		d.Good(group, file+" holds for the projects in it and below")
	}
	return nil
}

// read reads a token of a file.
func read(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", terminal.Unreadable("--maintainer-token-file", path, err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// token says who Lintel is, and for how long.
func token(d *diagnosis.Diagnosis, a gitlab.Access, now time.Time) {
	who := "GitLab " + a.Version + " knows Lintel as " + a.User
	switch left := a.Ends.Sub(now); {
	case len(a.Scopes) > 0 && !slices.Contains(a.Scopes, "api"):
		d.Wrong(
			"token",
			who+"; its scopes are "+strings.Join(a.Scopes, ", "),
			"rotate it with the scope api: verdicts are written",
		)
	case !a.Ends.IsZero() && left < soon:
		d.Wrong(
			"token",
			who+", until "+a.Ends.Format(time.DateOnly),
			"rotate it, which keeps its user; do not make a new one",
		)
	case a.Ends.IsZero():
		d.Good("token", who)
	default:
		d.Good("token", who+", until "+a.Ends.Format(time.DateOnly))
	}
}

// project says what holds merges into one project.
func project(
	ctx context.Context,
	d *diagnosis.Diagnosis,
	forge, eye *gitlab.Forge,
	r change.Repository,
	cfg config.Config,
) error {
	path := r.Owner + "/" + r.Name
	gate, found, err := forge.Examine(ctx, r, cfg.PublicURL, eye)
	if err != nil {
		return err
	}
	if wanted := gitlab.Gate(cfg.GitLab.Gate); wanted != gitlab.GateAuto && wanted != "" && gate != "" && gate != wanted {
		d.Wrong(
			path,
			fmt.Sprintf("gitlab.gate is %s, and %s is what the project has", wanted, gate),
			"set the project up, or gitlab.gate: auto",
		)
	}
	if gate != "" {
		d.Good(path, "the gate in force is "+string(gate))
	}
	for _, f := range found {
		switch what := path + ", " + f.What; {
		case f.Remedy != "":
			d.Wrong(what, f.Detail, f.Remedy)
		case f.Open:
			d.Note(what, f.Detail)
		default:
			d.Good(what, f.Detail)
		}
	}
	return nil
}
