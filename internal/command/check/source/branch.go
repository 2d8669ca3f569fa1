package source

import (
	"context"
	"slices"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/command/check/reportfile"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
)

// maxBody bounds a description. GitHub's own are at most 65,536 characters.
const maxBody = 1 << 20

// readBranch reads a branch of a repository on disk.
func (f Flags) readBranch(ctx context.Context, use Use, t terminal.Terminal) (local.Reading, settings.Resolution, error) {
	options := f.options(ctx)
	var given settings.Settings
	var err error
	if options.Job, err = f.job(ctx, t.Getenv); err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	if options.Organisation, err = f.organisation(ctx, engine); err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	if options.Repository = f.Repository; options.Repository == "" && options.Job != nil {
		options.Repository = options.Job.Repository
	}
	if f.Settings != "" {
		if given, options.Settings, err = settingsfile.Read(ctx, f.Settings); err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
	}
	if f.Teams != "" {
		if options.Teams, err = terminal.ReadFile(ctx, "--teams", f.Teams, local.MaxTeams); err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
	}
	if f.BodyFile != "" {
		body, err := t.ReadText(ctx, "--body-file", f.BodyFile, maxBody)
		if err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
		options.Body = &body
	}
	reports, err := reportfile.Read(ctx, f.Report)
	if err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	options.Quiet = use.Quiet
	options.ListTree = len(reports) > 0 || use.Tools != ""
	reading, err := local.Read(ctx, options)
	if err != nil {
		return reading, settings.Resolution{}, err
	}
	reading.Snapshot.Reports = reports
	reading.Snapshot.Repository.Merges = lands(f.Squash)
	if f.Settings != "" {
		return reading, settings.Resolution{Settings: given, Source: facts.Given}, nil
	}
	return reading, settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, engine.Configurable()), nil
}

// options are what the flags say; what is in files comes later.
func (f Flags) options(ctx context.Context) local.Options {
	return local.Options{
		Dir:       f.Repo,
		Base:      f.Base,
		Head:      f.Head,
		Title:     f.Title,
		Author:    f.Author,
		Approvals: f.approvals(),
		TeamsFile: f.Teams,
		Valid: func(file []byte) bool {
			engine, err := builtin.Engine(ctx)
			if err != nil {
				return true // the engine is asked for again below, and its error returned there
			}
			_, problems := settings.Parse(settings.Path, file, engine.Configurable())
			return len(problems) == 0
		},
		Wants: builtin.Wants(),
	}
}

// approvals are the logins of --approvals. A job without an approval says --approvals "", a person --approvals none.
// Without the flag the list is nil: not known.
func (f Flags) approvals() []string {
	alone := len(f.Approvals) == 1
	return slices.DeleteFunc(slices.Clone(f.Approvals), func(login string) bool { return login == "" || alone && login == "none" })
}
