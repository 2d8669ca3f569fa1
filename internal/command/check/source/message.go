package source

import (
	"context"
	"maps"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// readMessage reads the message of a commit that is about to be made.
func (f Flags) readMessage(ctx context.Context, use Use, t terminal.Terminal) (
	reading local.Reading, resolution settings.Resolution, err error) {
	if err := f.aloneWithMessage(use); err != nil {
		return reading, resolution, err
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return reading, resolution, err
	}
	message, err := t.ReadText(ctx, "--message", f.Message, local.MaxMessage)
	if err != nil {
		return reading, resolution, err
	}
	options := f.options(ctx)
	if options.Organisation, err = f.organisation(ctx, engine); err != nil {
		return reading, resolution, err
	}
	if f.Settings != "" {
		resolution.Source = facts.Given
		if resolution.Settings, options.Settings, err = settingsfile.Read(ctx, f.Settings); err != nil {
			return reading, resolution, err
		}
	}
	if reading, err = local.ReadMessage(ctx, options, []byte(message)); err != nil {
		return reading, resolution, err
	}
	reading.Snapshot.Repository.Merges = lands(f.Squash)
	if f.Settings == "" {
		resolution = settings.Resolve(reading.Snapshot.Controls, reading.Snapshot.Gaps, engine.Configurable())
	}
	later(&resolution.Settings)
	return reading, resolution, nil
}

// later switches off what a message alone cannot be judged by: fixups and work in progress are made to be folded before
// the merge, there is no title yet, and a ticket that the title or another commit may name is not missing yet.
func later(s *settings.Settings) {
	off := []string{"commits/fixup", "commits/title"}
	if s.Commits.TicketsIn != "commits" {
		off = append(off, "commits/ticket")
	}
	s.Rules = maps.Clone(s.Rules)
	for _, id := range off {
		s.Rules[id] = settings.Rule{Mode: finding.Off}
	}
}

// aloneWithMessage refuses flags that are about a whole change.
func (f Flags) aloneWithMessage(use Use) error {
	if len(use.Only) > 0 && (len(use.Only) > 1 || use.Only[0] != "commits") {
		return &usage.Error{What: "--message is judged by the rules about commits alone", Remedy: "leave --only out"}
	}
	for _, x := range []struct {
		flag  string
		given bool
	}{
		{"--pull-request", f.PullRequest != ""},
		{"--head", f.Head != ""},
		{"--title", f.Title != nil},
		{"--body-file", f.BodyFile != ""},
		{"--approvals", f.Approvals != nil},
		{"--teams", f.Teams != ""},
		{"--report", len(f.Report) > 0},
		{"--advise", use.Advise},
		{use.Tools, use.Tools != ""},
	} {
		if x.given {
			return &usage.Error{
				What:   x.flag + " and --message exclude each other: a message is judged before there is a commit",
				Remedy: "leave one of them out",
			}
		}
	}
	return nil
}
