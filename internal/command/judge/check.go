package judge

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

// maxBody bounds a description. GitHub's own are at most 65,536 characters.
const maxBody = 1 << 20

// CheckRequest is one "lintel check". The zero value judges HEAD of the current folder and writes text.
type CheckRequest struct {
	Repo, Base, Head string
	// SettingsFile replaces the settings at the base; empty does not.
	SettingsFile string
	// Title is nil when it is not known.
	Title *string
	// BodyFile is a file's name, "-" for the terminal's input.
	BodyFile  string
	Author    string
	Approvals []string
	TeamsFile string
	// Squash is "title" or "commits", what becomes history; empty is not known.
	Squash string
	// Reports are those of CI, each as "KIND:FORMAT:PATH[,flag=NAME][,base]".
	Reports []string
	// Only are the families to judge; empty is all.
	Only []string
	// Format is one of Formats; empty is text.
	Format string
	// Also are further reports, each as "FORMAT:FILE".
	Also []string
	// Output and FactsFile are written whole or not at all. Without Output the report goes to the terminal.
	Output, FactsFile string
	// PullRequest is read from GitHub instead of a repository on disk: "owner/repo#12", its page's address, or
	// "current" for the one that the CI's job is for.
	PullRequest string
	// Getenv reads the environment: which CI this runs in, and the token for GitHub. Nil is an empty one.
	Getenv func(string) string
	// NoCI takes nothing of the change from a CI.
	NoCI bool
	// Quiet leaves out the remarks on the error stream that bear on no verdict.
	Quiet bool
	// Advise is the model that is asked for advice after the verdict; nil asks none.
	Advise *config.Model
}

// Check judges a branch of a repository on disk and writes the report. It is false when the change is refused.
func Check(ctx context.Context, req CheckRequest, t terminal.Terminal) (passed bool, err error) {
	format, err := render.ParseFormat(cmp.Or(req.Format, string(render.Text)))
	if err != nil {
		return false, err
	}
	also, err := furtherReports(req.Also)
	if err != nil {
		return false, err
	}
	// The policies are compiled while the change is read.
	builtin.Start()
	if err := knownFamilies(ctx, req.Only); err != nil {
		return false, err
	}
	model, err := adviser(req.Advise)
	if err != nil {
		return false, err
	}
	if req.Getenv == nil {
		req.Getenv = func(string) string { return "" }
	}
	read := readChange
	if req.PullRequest != "" {
		read = readPull
	}
	reading, resolution, err := read(ctx, req, t)
	if unrelated, ok := errors.AsType[*change.Unrelated](err); ok && reading.Snapshot != nil {
		return false, write(req, format, also, unrelatedTo(reading, unrelated), render.Options{}, t)
	}
	if err != nil {
		return false, err
	}
	if !req.Quiet {
		if reading.Took != "" {
			t.Notef("%s", reading.Took)
		}
		for _, note := range reading.Notes {
			t.Notef("%s", note)
		}
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return false, err
	}
	expectNow(reading.Snapshot, &resolution.Settings.Reports, req.Only)
	gathered, decision, err := engine.Judge(ctx, reading.Snapshot, resolution, policy.Options{Only: req.Only})
	if err != nil {
		return false, err
	}
	for _, x := range gathered.Failed {
		t.Notef("a fault of Lintel's own, please report it: the analysis of %s stopped with %q at %s %q\n%s", x.Family, x.Reason,
			cmp.Or(x.What, "no single thing"), x.Name, x.Stack)
	}
	if req.FactsFile != "" {
		text, err := gathered.JSON()
		if err != nil {
			return false, fmt.Errorf("write the facts as JSON: %w", err)
		}
		if err := terminal.WriteFile(req.FactsFile, append(text, '\n')); err != nil {
			return false, fmt.Errorf("write the facts: %w", err)
		}
	}
	if reading.Snapshot.CommitsTotal == 0 {
		return true, write(req, format, also, nothingOf(decision, reading), render.Options{}, t)
	}
	if err := report(req, format, also, decision, explained(engine, reading.Snapshot), t); err != nil {
		return false, err
	}
	if model != nil {
		out := t.Err
		if format == render.Text && req.Output == "" {
			out = t.Out
		}
		printAdvice(ctx, out, t, func() (advice.Advice, error) {
			return look(ctx, model, req.Repo, reading.Snapshot, resolution, decision)
		})
	}
	passed = decision.Conclusion == effect.Success
	if passed {
		// Whoever names a report wants to be judged by it.
		return passed, unusable(reading.Snapshot.Reports)
	}
	return passed, nil
}

// readChange reads the repository and finds the settings in force.
func readChange(ctx context.Context, req CheckRequest, t terminal.Terminal) (local.Reading, settings.Resolution, error) {
	options := local.Options{
		Dir: req.Repo, Base: req.Base, Head: req.Head, Title: req.Title, Author: req.Author, Approvals: req.Approvals,
		TeamsFile: req.TeamsFile,
		Valid: func(file []byte) bool {
			engine, err := builtin.Engine(ctx)
			if err != nil {
				return true // the engine is asked for again below, and its error returned there
			}
			_, problems := settings.Parse(settings.Path, file, engine.Configurable())
			return len(problems) == 0
		},
	}
	var given settings.Settings
	var err error
	if options.Job, err = req.job(ctx); err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	if req.SettingsFile != "" {
		if given, options.Settings, err = givenSettings(ctx, req.SettingsFile); err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
	}
	if req.TeamsFile != "" {
		if options.Teams, err = terminal.ReadFile(ctx, "--teams", req.TeamsFile, local.MaxTeams); err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
	}
	if req.BodyFile != "" {
		body, err := t.ReadText(ctx, "--body-file", req.BodyFile, maxBody)
		if err != nil {
			return local.Reading{}, settings.Resolution{}, err
		}
		options.Body = &body
	}
	reports, err := readReports(ctx, req.Reports)
	if err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	options.ListTree = len(reports) > 0
	reading, err := local.Read(ctx, options)
	if err != nil {
		return reading, settings.Resolution{}, err
	}
	reading.Snapshot.Reports = reports
	reading.Snapshot.Repository.Merges = lands(req.Squash)
	if req.SettingsFile != "" {
		return reading, settings.Resolution{Settings: given, Source: facts.Given}, nil
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return reading, settings.Resolution{}, err
	}
	return reading, settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, engine.Configurable()), nil
}

// givenSettings reads the file of --settings. Unlike the repository's own, it has no older version that could hold instead.
func givenSettings(ctx context.Context, name string) (settings.Settings, []byte, error) {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return settings.Settings{}, nil, err
	}
	text, err := terminal.ReadFile(ctx, "--settings", name, settings.MaxBytes)
	if err != nil {
		return settings.Settings{}, nil, err
	}
	given, problems := settings.Parse(name, text, engine.Configurable())
	if len(problems) > 0 {
		return settings.Settings{}, nil, &usage.Error{
			What: "the settings are not valid", Problems: problemLines(problems),
			Remedy: "correct these lines; docs/settings.md lists every key with its values",
		}
	}
	return given, text, nil
}

func problemLines(problems []document.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

// knownFamilies refuses a family that no rule belongs to, before any work.
func knownFamilies(ctx context.Context, only []string) error {
	if len(only) == 0 {
		return nil
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	var known []string
	for _, f := range engine.Families() {
		if f.Name != policy.GateFamily {
			known = append(known, f.Name)
		}
	}
	for _, name := range only {
		if slices.Contains(known, name) {
			continue
		}
		what := fmt.Sprintf("--only: there is no rule family %q", name)
		if name == policy.GateFamily {
			what = "--only: the family gate is always judged"
		} else if near := document.Nearest(name, known); near != "" {
			what += fmt.Sprintf("; did you mean %q?", near)
		}
		return &usage.Error{What: what, Remedy: "name one or more of " + strings.Join(known, ", ")}
	}
	return nil
}

// nothingOf is the verdict about a change without commits: no rule judged it, whatever the rules would say of an empty difference.
func nothingOf(d policy.Decision, r local.Reading) render.Verdict {
	return render.Verdict{
		Schema: render.SchemaVersion, Conclusion: render.Nothing,
		Reason: fmt.Sprintf("no commits to judge: %s is already in %s", r.Head, r.Base),
		Base:   d.Base, Head: d.Head, Families: []render.Family{}, Findings: []render.Finding{}, Incomplete: []render.Gap{},
		Policy: d.Policy, Settings: d.Settings,
	}
}

// report writes the verdict of the rules.
func report(req CheckRequest, format render.Format, also []further, d policy.Decision, options render.Options, t terminal.Terminal) error {
	return write(req, format, also, Verdict(d), options, t)
}

// write writes a verdict where it is wanted. A report in a file leaves one line on the terminal, so that a job's log
// shows how it ended; so does one that has no place for the reason why nothing was judged.
func write(req CheckRequest, format render.Format, also []further, v render.Verdict, options render.Options, t terminal.Terminal) error {
	options.Version = reportVersion()
	for _, a := range also {
		if err := a.write(v, options); err != nil {
			return err
		}
	}
	options.Color = t.Colour && req.Output == ""
	if v.Conclusion == render.Nothing && (req.Output != "" || format == render.RDJSONL) {
		t.Notef("%s", v.Reason)
	}
	if req.Output == "" {
		return render.Write(t.Out, format, v, options)
	}
	var b bytes.Buffer
	if err := render.Write(&b, format, v, options); err != nil {
		return err
	}
	if err := terminal.WriteFile(req.Output, b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	blocking := 0
	for _, f := range v.Findings {
		if f.Blocking {
			blocking++
		}
	}
	if v.Conclusion == render.Nothing {
		return nil
	}
	if v.Conclusion == string(effect.Success) {
		t.Notef("passes; the report is in %q", req.Output)
	} else {
		t.Notef("refused by %s; the report is in %q", text.Count(blocking, "finding"), req.Output)
	}
	return nil
}
