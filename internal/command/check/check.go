package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/check/ask"
	"github.com/lintel-review/lintel/internal/command/check/outcome"
	"github.com/lintel-review/lintel/internal/command/check/reportfile"
	"github.com/lintel-review/lintel/internal/command/check/source"
	"github.com/lintel-review/lintel/internal/command/check/toolrun"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/familyflag"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/data"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

// Run judges the change and writes the report. A change that is refused ends in terminal.ErrRefused.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(c.judge(ctx, t))
}

// judge is false when the change is refused.
func (c Command) judge(ctx context.Context, t terminal.Terminal) (passed bool, err error) {
	writer, err := c.Output.Writer()
	if err != nil {
		return false, err
	}
	model, err := c.Ask.Open(t)
	if err != nil {
		return false, err
	}
	if c.Source.Message != "" && len(c.Only) == 0 {
		c.Only = []string{"commits"}
	}
	// The policies are compiled, and the analyses prepared, while the change is read.
	builtin.Start(c.Only...)
	go facts.Prepare()
	if err := familyflag.Check(ctx, c.Only); err != nil {
		return false, err
	}
	tools, err := toolrun.Open(c.RunTool)
	if err != nil {
		return false, err
	}
	began := time.Now()
	reading, resolution, err := c.Source.Read(ctx, source.Use{Only: c.Only, Advise: model != nil, Tools: c.tools(), Quiet: c.Quiet}, t)
	if unrelated, ok := errors.AsType[*change.Unrelated](err); ok && reading.Snapshot != nil {
		return false, writer.Write(outcome.Unrelated(reading, unrelated), data.Options{}, t)
	}
	if err != nil {
		return false, err
	}
	c.note(t, append([]string{reading.Took}, reading.Notes...))
	reports, notes, err := tools.Run(ctx, c.Source.Repo, reading.Snapshot)
	if err != nil {
		return false, err
	}
	c.note(t, notes)
	if c.RunChecks {
		results, notes, err := toolrun.RunChecks(ctx, c.Sandbox, c.Source.Repo, reading.Snapshot, resolution.Settings.Checks)
		if err != nil {
			return false, err
		}
		c.note(t, notes)
		reports = append(reports, results...)
	}
	reading.Snapshot.Reports = append(reading.Snapshot.Reports, reports...)
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return false, err
	}
	read := time.Now()
	gathered, decision, err := engine.Judge(ctx, reading.Snapshot, resolution, policy.Options{Only: c.Only})
	if err != nil {
		return false, err
	}
	if c.Verbose {
		s := reading.Snapshot
		t.Notef("settings: %s; read: %s, %s, in %s; judged: %s in %s", sourceOf(resolution, s), text.Count(s.CommitsTotal, "commit"),
			text.Count(len(s.Files), "file"), read.Sub(began).Round(time.Millisecond), text.Count(len(engine.Rules()), "rule"),
			time.Since(read).Round(time.Millisecond))
	}
	if err := c.keep(gathered, t); err != nil {
		return false, err
	}
	if reading.Snapshot.CommitsTotal == 0 {
		return true, writer.Write(outcome.Nothing(decision, reading), data.Options{}, t)
	}
	passed = decision.Conclusion == effect.Success
	if failed := toolrun.Failed(reports); failed != nil {
		if passed {
			return false, failed // nothing is written that could be taken for a pass
		}
		t.Notef("%v", failed)
	}
	verdict := outcome.Of(decision)
	if c.Source.Message != "" {
		verdict.Head = "" // there is no commit yet
	}
	if err := writer.Write(verdict, outcome.Explained(engine, reading.Snapshot), t); err != nil {
		return false, err
	}
	if model != nil {
		out := t.Err
		if writer.ForPeople() {
			out = t.Out
		}
		ask.Print(ctx, out, t, model, ask.Judged{
			Repo:       c.Source.Repo,
			Snapshot:   reading.Snapshot,
			Resolution: resolution,
			Decision:   decision,
			Risk:       gathered.Risk,
		})
	}
	if passed {
		// Whoever names a report wants to be judged by it.
		return passed, reportfile.Unusable(reading.Snapshot.Reports)
	}
	return passed, nil
}

// tools is the flag by which tools run on the head; empty when none do.
func (c Command) tools() string {
	switch {
	case c.RunChecks:
		return "--run-checks"
	case len(c.RunTool) > 0:
		return "--run-tool"
	}
	return ""
}

// sourceOf says where the settings of a change come from.
func sourceOf(r settings.Resolution, s *change.Snapshot) string {
	switch r.Source {
	case facts.Given:
		return "those of --settings"
	case settings.Absent:
		return "the defaults, as there is no " + settings.PathOf(s) + " at the base"
	}
	return settings.PathOf(s) + " at the base"
}

// note prints what bears on no verdict.
func (c Command) note(t terminal.Terminal, notes []string) {
	for _, note := range notes {
		if note != "" && !c.Quiet {
			t.Notef("%s", note)
		}
	}
}

// keep reports analyses that failed, and writes the facts where they are wanted.
func (c Command) keep(gathered facts.Facts, t terminal.Terminal) error {
	for _, x := range gathered.Failed {
		t.Notef("a fault of Lintel's own, please report it: the analysis of %s stopped with %q at %s %q\n%s", x.Family, x.Reason,
			cmp.Or(x.What, "no single thing"), x.Name, x.Stack)
	}
	if c.Facts == "" {
		return nil
	}
	body, err := gathered.JSON()
	if err != nil {
		return fmt.Errorf("write the facts as JSON: %w", err)
	}
	if err := terminal.WriteFile(c.Facts, append(body, '\n')); err != nil {
		return fmt.Errorf("write the facts: %w", err)
	}
	return nil
}
