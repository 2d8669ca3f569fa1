package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

type settingsCommand struct {
	Check  settingsCheckCommand  `cmd:"" help:"Say everything that is wrong with a settings file."`
	Schema settingsSchemaCommand `cmd:"" help:"Print the JSON Schema of the settings file, for editors."`
}

// Help is shown below the list of commands.
func (settingsCommand) Help() string {
	return `Examples:

    lintel settings check
    lintel settings schema > lintel.schema.json`
}

type settingsCheckCommand struct {
	File string `arg:"" optional:"" default:"${settings}" help:"The file. Default: ${settings}."`
}

// Help is shown below the flags' summary.
func (settingsCheckCommand) Help() string {
	return `Every problem comes in one go, as FILE:LINE:COLUMN: what is wrong and what would be right.

Exit status: 0 valid, 1 not valid, 2 the file cannot be read or wrong use.

Examples:

    lintel settings check
    lintel settings check draft.yml`
}

func (c settingsCheckCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(app.CheckSettings(ctx, c.File, t))
}

type settingsSchemaCommand struct{}

// Help is shown below the flags' summary.
func (settingsSchemaCommand) Help() string {
	return `Examples:

    lintel settings schema > lintel.schema.json`
}

func (settingsSchemaCommand) Run(t terminal.Terminal) error { return app.PrintSettingsSchema(t) }
