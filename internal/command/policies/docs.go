package policies

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

type docs struct {
	Dir    string `arg:"" optional:"" help:"A folder of policies. Default: those built in."`
	Output string `placeholder:"DIR" required:"" help:"The folder to write to; one page for each family and README.md as the index."`
	Check  bool   `help:"Write nothing; refuse when the folder differs."`
}

// Help is shown below the flags' summary.
func (docs) Help() string {
	return `Exit status: 0 written, or equal with --check; 1 different with --check; 2 the policies do not compile, the
folder cannot be written, or wrong use.

Examples:

    lintel policy docs --output docs/rules
    lintel policy docs --output docs/rules --check`
}

// Run writes the manual of the rules to a folder, or with --check only compares. It refuses a folder that differs.
func (c docs) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := compile(ctx, c.Dir)
	if err != nil {
		return err
	}
	pages := policy.Docs(engine.Families(), engine.Rules())
	if !c.Check {
		if err := os.MkdirAll(c.Output, 0o755); err != nil {
			return terminal.Unwritable(c.Output, err)
		}
		for name, text := range pages {
			if err := terminal.WriteFile(filepath.Join(c.Output, name), text); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(t.Out, "%s written to %s\n", text.Count(len(pages), "page"), c.Output)
		return err
	}
	var differ []string
	for name, text := range pages {
		if got, err := os.ReadFile(filepath.Join(c.Output, name)); err != nil || !bytes.Equal(got, text) {
			differ = append(differ, filepath.Join(c.Output, name)+" differs from the metadata")
		}
	}
	there, err := os.ReadDir(c.Output)
	if err != nil {
		return terminal.Unreadable("--output", c.Output, err)
	}
	for _, entry := range there {
		if _, ok := pages[entry.Name()]; !ok && filepath.Ext(entry.Name()) == ".md" {
			differ = append(differ, filepath.Join(c.Output, entry.Name())+" belongs to no family")
		}
	}
	slices.Sort(differ)
	for _, d := range differ {
		if _, err := fmt.Fprintln(t.Out, d); err != nil {
			return fmt.Errorf("write the differences: %w", err)
		}
	}
	return terminal.Verdict(len(differ) == 0, nil)
}
