// Package settingsfile reads the settings file that a person names by --settings.
//
// Callers may rely on: the settings are valid, or the error names every line that is not, with what to do.
package settingsfile

import (
	"context"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
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

// Lines writes each problem as one line.
func Lines(problems []document.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}
