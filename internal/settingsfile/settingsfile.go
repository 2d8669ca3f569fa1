// Package settingsfile reads the settings that whoever runs Lintel names: a settings file by --settings, and an
// organisation's by --organisation or in the server's file.
//
// Callers may rely on: the settings are valid, or the error names every line that is not, with what to do.
package settingsfile

import (
	"context"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	words "github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

// Read reads the file of --settings, and gives its text as well. Unlike the repository's own, it has no older version
// that could hold instead.
func Read(ctx context.Context, name string) (settings.Settings, []byte, error) {
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
			What:     "the settings are not valid",
			Problems: Lines(problems),
			Remedy:   "correct these lines; docs/settings.md lists every key with its values",
		}
	}
	return given, text, nil
}

// Organisation reads an organisation's settings, which the flag or key of that name gives; nil without a name. The known
// rules are those of settings.Parse.
func Organisation(ctx context.Context, flag, name string, known []string) (*change.File, error) {
	if name == "" {
		return nil, nil
	}
	text, err := terminal.ReadFile(ctx, flag, name, settings.MaxOrganisation)
	if err != nil {
		return nil, err
	}
	if problems := settings.CheckOrganisation(name, text, known); len(problems) > 0 {
		return nil, &usage.Error{
			What:     "the organisation's settings are not valid",
			Problems: Lines(problems),
			Remedy:   "correct these lines; docs/organisation.md says what stands below defaults, floor and targets",
		}
	}
	return &change.File{Path: filepath.Base(name), Blob: words.Digest(text), Size: int64(len(text)), Content: text}, nil
}

// Lines writes each problem as one line.
func Lines(problems []document.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}
