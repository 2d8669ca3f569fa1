// Package replay is lintel replay: it judges merged changes again, to see what settings would have refused.
package replay

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel replay".
type Command struct {
	merged.Flags
	Settings string `placeholder:"FILE" help:"The settings to judge by. Default: ${settings} of the work tree, else the defaults."`
	Format   string `enum:"table,jsonl" default:"table" help:"What to print: ${enum}. jsonl has one object for each change, with its findings."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Judges changes that were merged, by settings of now: what would they have refused? CODEOWNERS and
.gitattributes are those of each change's own base; who approved is not known, and reports of CI are not there.

Exit status: 0 judged, 2 no answer could be given.

Examples:

    lintel replay --last 100
    lintel replay --settings draft.yml --format jsonl`
}

// Run judges the changes and counts what each rule refuses and finds.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	h, err := c.Flags.Read(ctx)
	if err != nil {
		return err
	}
	r := settings.Resolution{Settings: settings.Default(), Source: settings.Absent}
	name := c.Settings
	if name == "" {
		own := filepath.Join(h.Root, filepath.FromSlash(settings.Path))
		if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
			name = own
		}
	}
	if name != "" {
		given, _, err := settingsfile.Read(ctx, name)
		if err != nil {
			return err
		}
		r = settings.Resolution{Settings: given, Source: facts.Given}
	}
	all, err := h.Judge(ctx, engine, r, t.Progress("changes judged", len(h.Changes)))
	if err != nil {
		return err
	}
	if c.Format == "jsonl" {
		return writeLines(t.Out, all)
	}
	return writeTable(t.Out, all)
}
