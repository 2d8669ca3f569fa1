// Package source reads what "lintel check" judges, a branch of a clone or a pull request, and finds the settings in
// force.
//
// Callers may rely on: both ways give the same kind of snapshot, so the same rules judge it; a flag that does not fit
// the way is an error.
package source

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/check/pullrequest"
	"github.com/lintel-review/lintel/internal/command/check/reportfile"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/osvfile"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Flags say what is judged, and what is known of it.
type Flags struct {
	Repo        string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Base        string `placeholder:"REV" help:"Where the work wants to go. Default: what the CI says, else the merge base with origin's default branch, main or master."`
	Head        string `placeholder:"REV" help:"The work to judge. Default: what the CI says, else HEAD. Uncommitted work is not looked at."`
	NoCI        bool   `name:"no-ci" help:"Take nothing of the change from the environment of a CI."`
	PullRequest string `placeholder:"OWNER/REPO#N" help:"Read this pull request from GitHub instead, as the server does; its page's address does as well, and current is the one that the CI's job is for. The token is taken from GH_TOKEN or GITHUB_TOKEN."`

	Message string `placeholder:"FILE" help:"Judge this commit message alone, as git's hook commit-msg names it; - for standard input."`

	Organisation string `placeholder:"FILE" help:"The organisation's settings: defaults below the repository's own, a floor above."`
	Repository   string `placeholder:"OWNER/REPO" help:"The repository that targets of --organisation go by. Default: what the CI says."`

	Settings string `placeholder:"FILE" help:"Use these settings instead of ${settings} at the base."`
	OSV      string `name:"osv" placeholder:"FILE" help:"Database of lintel osv update, to look packages up. Default: LINTEL_OSV_FILE."`

	Title     *string  `placeholder:"T" help:"The change's title. Without it the rules about titles abstain."`
	BodyFile  string   `placeholder:"F" help:"A file with the change's description, - for standard input."`
	Squash    string   `placeholder:"WHAT" enum:"title,commits," default:"" help:"What becomes history when it is merged: the title, as after a squash, or the commits. Default: the settings say, or it is not known."`
	Author    string   `placeholder:"LOGIN" help:"Who opened the change; an approval of one's own work does not count."`
	Approvals []string `placeholder:"LOGIN" help:"Who approved the head; none when nobody has. Without it approvals are not known: ownership says whom to ask and refuses nothing for want of them."`
	Teams     string   `placeholder:"FILE" help:"A YAML file that maps org/team, and the email addresses of owners, to logins, so that owners can be decided without a forge."`
	Report    []string `placeholder:"KIND:FORMAT:PATH" sep:"none" help:"A report of CI to judge by, plain or gzip; may be given again. KIND is coverage or lint, FORMAT one of its formats or auto. Behind the path: ,flag=NAME for a part of the tests, ,base for a report of the merge base."`
}

// Use is what the reading is for.
type Use struct {
	// Only are the families to judge; empty is all.
	Only []string
	// Advise is true when a model is asked about the change, too.
	Advise bool
	// Tools is the flag by which tools run on the head afterwards; empty when none do.
	Tools string
	// Quiet is true when nobody wants remarks that bear on no verdict.
	Quiet bool
}

// Read reads the change and finds the settings in force. An error of the kind change.Unrelated may come with a reading.
func (f Flags) Read(ctx context.Context, use Use, t terminal.Terminal) (local.Reading, settings.Resolution, error) {
	read := f.readBranch
	switch {
	case f.Message != "":
		read = f.readMessage
	case f.PullRequest != "":
		read = f.readPullRequest
	}
	advisories, err := f.advisories(t)
	if err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	reading, resolution, err := read(ctx, use, t)
	if err == nil {
		reading.Snapshot.Advisories = advisories.Source()
		expectNow(reading.Snapshot, &resolution.Settings, use.Only)
	}
	return reading, resolution, err
}

// advisories opens the database of known vulnerabilities. One that is named and cannot be used is the caller's mistake.
func (f Flags) advisories(t terminal.Terminal) (*osvfile.File, error) {
	path, from := f.OSV, "--osv"
	if path == "" {
		path, from = t.Getenv("LINTEL_OSV_FILE"), "LINTEL_OSV_FILE"
	}
	file := osvfile.New(path)
	if problem := file.Source().Problem; problem != "" {
		return nil, &usage.Error{
			What:   fmt.Sprintf("%s: the OSV database %s: %s", from, path, problem),
			Remedy: "make it with lintel osv update --from DIR|URL " + path,
		}
	}
	return file, nil
}

// readPullRequest reads a pull request from GitHub.
func (f Flags) readPullRequest(ctx context.Context, use Use, t terminal.Terminal) (
	reading local.Reading, resolution settings.Resolution, err error) {
	if err := f.aloneWithPullRequest(use); err != nil {
		return reading, resolution, err
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return reading, resolution, err
	}
	organisation, err := f.organisation(ctx, engine)
	if err != nil {
		return reading, resolution, err
	}
	var given *settings.Settings
	if f.Settings != "" {
		resolution.Source = facts.Given
		if resolution.Settings, _, err = settingsfile.Read(ctx, f.Settings); err != nil {
			return reading, resolution, err
		}
		given = &resolution.Settings
	}
	reader, err := pullrequest.Open(ctx, f.PullRequest, engine, engine.Wants(given), organisation,
		engine.WantsReview(given), t.Getenv)
	if err != nil {
		return reading, resolution, err
	}
	reports, err := reportfile.Read(ctx, f.Report)
	if err != nil {
		return reading, resolution, err
	}
	if reading, err = reader.Read(ctx, len(reports) > 0, t); err != nil {
		return reading, resolution, err
	}
	reading.Snapshot.Reports = reports
	if f.Settings == "" {
		resolution = settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, engine.Configurable())
	}
	return reading, resolution, nil
}

// organisation reads the file of --organisation; nil without one.
func (f Flags) organisation(ctx context.Context, engine *policy.Engine) (*change.File, error) {
	if f.Organisation == "" {
		return nil, nil
	}
	if f.Settings != "" {
		return nil, &usage.Error{
			What:   "--settings and --organisation exclude each other: the one replaces all settings, the other goes below and above them",
			Remedy: "leave one of them out; 'lintel settings explain --organisation FILE DRAFT' shows what a draft comes to",
		}
	}
	return settingsfile.Organisation(ctx, "--organisation", f.Organisation, engine.Configurable())
}

// aloneWithPullRequest refuses flags that say what is read from the pull request.
func (f Flags) aloneWithPullRequest(use Use) error {
	for _, x := range []struct {
		flag  string
		given bool
	}{
		{"--base", f.Base != ""},
		{"--head", f.Head != ""},
		{"--title", f.Title != nil},
		{"--body-file", f.BodyFile != ""},
		{"--author", f.Author != ""},
		{"--approvals", f.Approvals != nil},
		{"--teams", f.Teams != ""},
		{"--squash", f.Squash != ""},
		{"--repository", f.Repository != ""},
		{"--advise", use.Advise},
		{use.Tools, use.Tools != ""},
	} {
		if x.given {
			return &usage.Error{
				What:   x.flag + " and --pull-request exclude each other: all of it is read from the pull request",
				Remedy: "leave one of them out",
			}
		}
	}
	return nil
}
