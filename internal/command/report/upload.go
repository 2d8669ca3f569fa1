package report

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/uploader"
	"github.com/lintel-review/lintel/internal/usage"
)

// Upload is "lintel report upload".
type Upload struct {
	sender
	Files []string `arg:"" name:"file" help:"The reports, - for standard input. Several are parts of one flag."`

	Kind     string `enum:"coverage,lint" required:"" placeholder:"coverage|lint" help:"What the reports are about: ${enum}."`
	Format   string `placeholder:"NAME" default:"auto" help:"Their format, such as go, lcov, cobertura, sarif, eslint or text; docs/coverage.md and docs/lint.md list all. Default: auto, the content tells."`
	Flag     string `placeholder:"NAME" help:"The part of the tests or the tool, such as unit. The settings expect reports by it."`
	Part     string `placeholder:"NAME" help:"Which piece this is when several jobs measure one flag."`
	Measured string `placeholder:"SHA" help:"The commit that was measured, when it is not the head. Default: what is checked out."`
	Base     bool   `help:"Keep them to compare changes with; for pushes to the default branch, by an upload token that may."`
	Artifact string `placeholder:"DIR" help:"In a job that can have no token, as of a pull request from a fork on GitHub, write the reports here instead, to be uploaded as an artifact."`
}

// Help is shown below the flags' summary.
func (Upload) Help() string {
	return `Finds out from the environment which CI it runs in (GitHub Actions, GitLab CI, Jenkins, Buildkite, CircleCI,
Azure Pipelines, Travis CI, Drone, Woodpecker), compresses the reports, sends each, and tries again what failed.
docs/ci.md shows whole jobs.

Exit status: 0 taken, or written to --artifact; 1 the server refused one, and says why; 2 the server could not be
reached, or the command was used wrongly.

Examples:

    lintel report upload coverage.out --kind coverage --flag unit --server https://lintel.example
    lintel report upload eslint.json --kind lint --format eslint --flag web
    golangci-lint run --output.json.path lint.json; lintel report upload lint.json --kind lint
    tsc --noEmit --pretty false | lintel report upload - --kind lint --format text --flag tsc`
}

// Run sends the reports and prints what became of each.
func (c Upload) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(c.send(ctx, t))
}

// send hands reports in. It is false when the server refused one.
func (c Upload) send(ctx context.Context, t terminal.Terminal) (taken bool, err error) {
	if len(c.Files) > 1 && c.Part != "" {
		return false, &usage.Error{What: "--part names one piece, and there is more than one file", Remedy: "upload the files one by one"}
	}
	for name, value := range map[string]string{"--flag": c.Flag, "--part": c.Part} {
		if !upload.IsFlag(value) {
			return false,
				&usage.Error{
					What:   fmt.Sprintf("%s %q has other characters than letters, digits and . _ / -, or more than 100", name, value),
					Remedy: "name it plainly, such as unit",
				}
		}
	}
	for _, name := range c.Files {
		// A file that is not there is the mistake of whoever wrote the job; what its environment lacks is looked at afterwards.
		if info, err := os.Stat(name); name != "-" && err != nil {
			return false, terminal.Unreadable("report", name, err)
		} else if name != "-" && info.IsDir() {
			return false, terminal.Unreadable("report", name, errors.New("it is a folder"))
		}
	}
	s, err := c.prepare(ctx, t, c.Measured)
	if err != nil {
		return false, err
	}
	if s.tokenless != "" && c.Artifact == "" {
		return false, &usage.Error{
			What:   s.tokenless,
			Remedy: "write the reports to a folder with --artifact and upload that as an artifact, as docs/ci.md shows",
		}
	}
	var refused []error
	for i, name := range c.Files {
		r, err := c.pack(t, name)
		if err != nil {
			return false, err
		}
		if len(c.Files) > 1 {
			// Several files under one flag are pieces of it; without names of their own each would take the place of the one before.
			r.Part = fmt.Sprint(i + 1)
		}
		if s.tokenless != "" {
			if err := uploader.WriteArtifact(c.Artifact, s.target, r); err != nil {
				return false, err
			}
			t.Notef("%s: this job can have no token; the report is in %q, to be uploaded as an artifact whose name begins with %s",
				r.Name, c.Artifact, uploader.ArtifactPrefix)
			continue
		}
		answer, err := s.client.Send(ctx, s.target, r)
		if refusal, ok := errors.AsType[*uploader.Refusal](err); ok && refusal.Status != 0 {
			t.Notef("%s: %s", r.Name, refusal)
			refused = append(refused, err)
			continue
		}
		if err != nil {
			return false, fmt.Errorf("send %s: %w", r.Name, err)
		}
		printAnswer(t, r.Name, answer)
	}
	return len(refused) == 0, nil
}

// pack reads a report and compresses it.
func (c Upload) pack(t terminal.Terminal, name string) (uploader.Report, error) {
	r := uploader.Report{Kind: c.Kind, Format: c.Format, Flag: c.Flag, Part: c.Part, Base: c.Base, Name: name}
	in := t.In
	if name == "-" {
		r.Name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return r, terminal.Unreadable("report", name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return r, terminal.Unreadable("report", name, errors.New("it is a folder"))
		}
		in, r.Name = f, filepath.ToSlash(name)
	}
	var plain int64
	var err error
	if r.Body, r.Encoding, plain, err = uploader.Pack(in); err != nil {
		return r, &usage.Error{What: fmt.Sprintf("%s: %s", r.Name, err), Remedy: "split the report, and send its pieces with --part"}
	}
	if plain == 0 {
		return r, &usage.Error{What: r.Name + " is empty", Remedy: "look whether the tool that should have written it ran"}
	}
	return r, nil
}

// printAnswer prints what became of a report.
func printAnswer(t terminal.Terminal, name string, a uploader.Answer) {
	what := a.Kind
	if a.Format != "" {
		what += " (" + a.Format + ")"
	}
	if a.Flag != "" {
		what += ", flag " + a.Flag
	}
	if a.Part != "" {
		what += ", part " + a.Part
	}
	end := map[string]string{"repeat": "was there already", "older": "is older than what is there, and was left out",
		"unread": "is read by no rule, and was left out"}[a.Outcome]
	if end == "" {
		end = "is taken; " + text.Count(a.Changes, "change") + " will be judged with it"
	}
	t.Notef("%s: %s, for %s, %s", name, what, change.Short(a.SHA), end)
	for _, note := range a.Notes {
		t.Notef("%s: note: %s", name, note)
	}
}
