// Package settings is lintel settings: it checks a settings file and prints its schema.
package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel settings".
type Commands struct {
	Check   check   `cmd:"" help:"Say everything that is wrong with a settings file."`
	Explain explain `cmd:"" help:"Say of each setting what holds and where it comes from."`
	Schema  schema  `cmd:"" help:"Print the JSON Schema of the settings file, for editors."`
}

// Help is shown below the list of commands.
func (Commands) Help() string {
	return `Examples:

    lintel settings check
    lintel settings explain --organisation acme.yml --repository acme/shop size
    lintel settings schema > lintel.schema.json`
}

type check struct {
	File         string `arg:"" optional:"" default:"${settings}" help:"The file. Default: ${settings}."`
	Organisation bool   `help:"Check an organisation's file: defaults, floor and targets."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (check) Help() string {
	return `Every problem comes in one go, as FILE:LINE:COLUMN: what is wrong and what would be right. A rollout whose last day has
passed is said, and is no problem. With --organisation the file is an organisation's, with defaults, a floor and targets.

Exit status: 0 valid, 1 not valid, 2 the file cannot be read or wrong use.

Examples:

    lintel settings check
    lintel settings check draft.yml
    lintel settings check --format json
    lintel settings check --organisation acme.yml`
}

// Run prints everything that is wrong with the file. It refuses a file with problems.
func (c check) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	text, err := terminal.ReadFile(ctx, "settings check", c.File, settings.MaxBytes)
	if errors.Is(err, os.ErrNotExist) && c.File == settings.Path {
		return &usage.Error{
			What:   settings.Path + " is not here, so every rule warns and nothing blocks",
			Remedy: "run 'lintel init' to write one from the repository's history, or name another file",
			Err:    err,
		}
	}
	if err != nil {
		return err
	}
	problems := settings.CheckOrganisation(c.File, text, engine.Configurable())
	if !c.Organisation {
		_, problems = settings.Parse(c.File, text, engine.Configurable())
	}
	if c.JSON() {
		return c.data(t, problems, settings.Ended(c.File, text, time.Now()))
	}
	for _, p := range problems {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return fmt.Errorf("write the problems: %w", err)
		}
	}
	if len(problems) > 0 {
		return terminal.ErrRefused
	}
	for _, p := range settings.Ended(c.File, text, time.Now()) {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return fmt.Errorf("write what has ended: %w", err)
		}
	}
	_, err = fmt.Fprintf(t.Out, "%s is valid\n", c.File)
	return err
}

// data prints the answer for programs.
func (c check) data(t terminal.Terminal, problems, ended []document.Problem) error {
	if len(problems) > 0 {
		ended = nil
	}
	err := t.WriteJSON(map[string]any{
		"file": c.File, "valid": len(problems) == 0,
		"problems": append([]document.Problem{}, problems...), "ended": append([]document.Problem{}, ended...),
	})
	return terminal.Verdict(len(problems) == 0, err)
}

type schema struct{}

// Help is shown below the flags' summary.
func (schema) Help() string {
	return `Examples:

    lintel settings schema > lintel.schema.json`
}

// Run prints the schema.
func (schema) Run(t terminal.Terminal) error {
	_, err := t.Out.Write(settings.Schema())
	return err
}
