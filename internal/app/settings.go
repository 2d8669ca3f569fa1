package app

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
)

// CheckSettings says everything that is wrong with a settings file. It is false when anything is.
func CheckSettings(ctx context.Context, name string, t terminal.Terminal) (bool, error) {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return false, err
	}
	text, err := terminal.ReadFile(ctx, "settings check", name, settings.MaxBytes)
	if err != nil {
		return false, err
	}
	_, problems := settings.Parse(name, text, engine.Configurable())
	for _, p := range problems {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return false, fmt.Errorf("write the problems: %w", err)
		}
	}
	if len(problems) > 0 {
		return false, nil
	}
	_, err = fmt.Fprintf(t.Out, "%s is valid\n", name)
	return true, err
}

// PrintSettingsSchema prints the JSON Schema of the settings file.
func PrintSettingsSchema(t terminal.Terminal) error {
	_, err := t.Out.Write(settings.Schema())
	return err
}
