package backtest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/backtest"
	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/familyflag"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/survey"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

// Run judges the changes and writes the report.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	families, err := familyflag.Families(ctx, c.Rules)
	if err != nil {
		return err
	}
	builtin.Start(append(families, c.Only...)...)
	h, err := c.Flags.Read(ctx)
	if err != nil {
		return err
	}
	if err := familyflag.Check(ctx, c.Only); err != nil {
		return err
	}
	if len(h.Changes) == 0 {
		return &usage.Error{
			What:   fmt.Sprintf("no merged change is among the last commits of %s, so there is nothing to judge", h.Branch),
			Remedy: "name the branch that changes are merged into with --branch, or look at more of it with --last",
		}
	}
	about := about(h)
	if len(c.Touching) > 0 || c.Matching != "" {
		if h, err = h.Touching(ctx, c.Touching, c.Matching); err != nil {
			return err
		}
		about.Touching, about.Matching = c.Touching, c.Matching
		about.Untouched = about.Merges + about.Squash + about.Direct - len(h.Changes)
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	by, given := merged.Rules{Only: c.Only, IDs: c.Rules}, ""
	if c.Settings != "" {
		set, file, err := settingsfile.Read(ctx, c.Settings)
		if err != nil {
			return err
		}
		by.Settings, given = &settings.Resolution{Settings: set, Source: facts.Given}, text.Digest(file)
	}
	tally, err := c.judge(ctx, h, engine, by, given, t)
	if err != nil {
		return err
	}
	about.Policy, about.Given, about.Rules = engine.Digest(), given, slices.Sorted(slices.Values(c.Rules))
	order := unfollowed(h)
	if len(c.Rules) == 0 && about.Untouched == 0 {
		if order, err = follow(ctx, h, c.Skip); err != nil {
			return err
		}
	}
	return c.write(tally.Report(about, order, engine.Rules()), t)
}

// unfollowed are the changes, without a word on what became of them.
func unfollowed(h merged.History) (out []backtest.Change) {
	for _, c := range h.Changes {
		out = append(out, backtest.Change{Commit: c.Commit, Number: c.Number, Landed: string(c.Landed)})
	}
	return out
}

// judge judges what the state file does not hold yet.
func (c Command) judge(ctx context.Context, h merged.History, engine *policy.Engine, by merged.Rules, given string,
	t terminal.Terminal) (*backtest.Tally, error) {
	samples := max(c.Samples, 0)
	tally := backtest.NewTally(samples)
	keep := func(backtest.Outcome) error { return nil }
	if c.State != "" {
		of, err := identity()
		if err != nil {
			return nil, err
		}
		key := backtest.Key{
			Head:     h.Tip,
			Settings: cmp.Or(given, "base"),
			Families: strings.Join(slices.Sorted(slices.Values(c.Only)), " "),
			Rules:    strings.Join(slices.Sorted(slices.Values(c.Rules)), " "),
			Build:    of,
			Policy:   engine.Digest(),
			Samples:  samples,
		}
		// The state may hold others, of a run that looked at more of the branch or at other files.
		wanted := map[string]bool{}
		for _, change := range h.Changes {
			wanted[change.Commit] = true
		}
		take := func(o backtest.Outcome) {
			if wanted[o.Commit] {
				tally.Add(o)
			}
		}
		file, err := openState(c.State, key, take)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		keep = file.append
	}
	var left []survey.Change
	for _, change := range h.Changes {
		if !tally.Has(change.Commit) {
			left = append(left, change)
		}
	}
	done := len(h.Changes) - len(left)
	if done > 0 {
		t.Notef("%d of %s are in %q", done, text.Count(len(h.Changes), "change"), c.State)
	}
	progress := t.Progress("changes judged", len(h.Changes))
	err := h.Each(ctx, engine, by, left, func(_ int, j merged.Judged, d policy.Decision) error {
		done++
		progress(done)
		o := c.outcomeOf(j, d, given != "")
		tally.Add(o)
		if o.Error != "" {
			// It may be judged when the state is taken up again, as when commits were fetched in between.
			return nil
		}
		if err := keep(o); err != nil || c.stopped == nil {
			return err
		}
		c.stopped(done)
		return nil
	})
	if ctx.Err() != nil && c.State != "" {
		t.Notef("stopped; %d of %s are in %q, and the same command goes on from there", tally.Len(),
			text.Count(len(h.Changes), "change"), c.State)
	}
	return tally, err
}

// outcomeOf is what is kept of a change that was judged, by given settings or by those at its base.
func (c Command) outcomeOf(j merged.Judged, d policy.Decision, given bool) backtest.Outcome {
	if j.Err != nil {
		first, _, _ := strings.Cut(j.Err.Error(), "\n")
		return backtest.Outcome{Commit: j.Change.Commit, Error: first}
	}
	source := j.Settings
	if given {
		source = ""
	}
	o := backtest.Of(j.Change.Commit, j.Lines, source, d, max(c.Samples, 0), c.Rules...)
	if len(c.Rules) == 0 {
		o.Risk = &backtest.Risk{Level: j.Risk.Level, Score: j.Risk.Score, Counts: j.Risk.Counts}
	}
	return o
}

func (c Command) write(r backtest.Report, t terminal.Terminal) error {
	var page []byte
	var err error
	switch c.Format {
	case "json":
		page, err = r.JSON()
	case "markdown":
		page = []byte(r.Markdown())
	default:
		page = []byte(r.Table())
	}
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = t.Out.Write(page)
		return err
	}
	if err := terminal.WriteFile(c.Output, page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	t.Notef("%s judged; the report is in %q", text.Count(r.Judged, "change"), c.Output)
	return nil
}

// about says what was read.
func about(h merged.History) backtest.About {
	a := backtest.About{
		Branch:  h.Branch,
		Head:    h.Tip,
		Commits: len(h.Line),
		LeftOut: len(h.Line) - len(h.Changes),
		Version: build.Read().Version,
	}
	for _, c := range h.Changes {
		switch c.Landed {
		case survey.Merge:
			a.Merges++
		case survey.Squash:
			a.Squash++
		default:
			a.Direct++
		}
	}
	return a
}

// identity names this build. A build of a work tree with changes has no name but its own digest.
func identity() (string, error) {
	b := build.Read()
	if b.Commit != "" && !b.Modified {
		return b.Version + " " + b.Commit, nil
	}
	name, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the program itself: %w", err)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read the program itself: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read the program itself: %w", err)
	}
	return text.DigestOf(sum), nil
}
