// Package importing is lintel import: settings from the configuration of another tool.
package importing

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/translate"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel import".
type Commands struct {
	PolicyBot  policyBot  `cmd:"" name:"policy-bot" help:"From .policy.yml: lines of CODEOWNERS, and how many must approve."`
	Codecov    codecov    `cmd:"" help:"From codecov.yml: targets, flags, what is ignored."`
	Commitlint commitlint `cmd:"" help:"From .commitlintrc, or what commitlint --print-config json prints: commit standards."`
	DCO        dco        `cmd:"" name:"dco" help:"From .github/dco.yml, or without a file: sign-offs."`
}

// Help is shown below the list of commands.
func (Commands) Help() string {
	return `Prints settings that mean the same as the file, as far as Lintel can. What it cannot translate, and what means something
else here, stands in comments with the line of the file, and its count on the error stream. A rule whose condition is
not known is left out, never widened. The file is only read; nothing is fetched and nothing of it runs.

With --write the settings go to .github/lintel.yml, in a project of GitLab to .gitlab/lintel.yml, unless a file is there.

Exit status: 0 translated, also in part; 2 the file cannot be read, or nothing was written.

Examples:

    lintel import policy-bot .policy.yml
    lintel import codecov codecov.yml --write
    npx commitlint --print-config json >commitlint.json
    lintel import commitlint commitlint.json
    lintel import dco`
}

// Output says what becomes of a translation.
type Output struct {
	Write  bool   `help:"Write the settings to ${settings} (GitLab: .gitlab/lintel.yml), unless a file is there."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

type policyBot struct {
	File string `arg:"" help:"The file, usually .policy.yml."`
	Output
}

type codecov struct {
	File string `arg:"" help:"The file, usually codecov.yml."`
	Output
}

type commitlint struct {
	File string `arg:"" help:"A configuration as YAML or JSON; package.json is read at its key commitlint."`
	Output
}

type dco struct {
	File string `arg:"" optional:"" help:"The file, usually .github/dco.yml. Without it, what the app does by itself."`
	Output
}

// Help is shown below the flags' summary.
func (policyBot) Help() string {
	return `Who must approve becomes lines of CODEOWNERS, which are printed; how many becomes settings. docs/guides/from-policy-bot.md
has a table of what becomes what.

Examples:

    lintel import policy-bot .policy.yml`
}

// Help is shown below the flags' summary.
func (codecov) Help() string {
	return `Targets of the project, the patch, flags and paths, and what is ignored. docs/guides/from-codecov.md has a table of what
becomes what.

Examples:

    lintel import codecov codecov.yml
    lintel import codecov codecov.yml --write`
}

// Help is shown below the flags' summary.
func (commitlint) Help() string {
	return `A configuration in JavaScript is a program: let commitlint print what it comes to.

Examples:

    npx commitlint --print-config json >commitlint.json
    lintel import commitlint commitlint.json`
}

// Help is shown below the flags' summary.
func (dco) Help() string {
	return `Examples:

    lintel import dco
    lintel import dco .github/dco.yml --write`
}

// Run translates the file.
func (c policyBot) Run(ctx context.Context, t terminal.Terminal) error {
	return c.run(ctx, t, "policy-bot", c.File, translate.PolicyBot)
}

// Run translates the file.
func (c codecov) Run(ctx context.Context, t terminal.Terminal) error {
	return c.run(ctx, t, "codecov", c.File, translate.Codecov)
}

// Run translates the file.
func (c commitlint) Run(ctx context.Context, t terminal.Terminal) error {
	switch filepath.Ext(c.File) {
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts":
		return &usage.Error{
			What:   fmt.Sprintf("%s is a program, and Lintel runs none", c.File),
			Remedy: "run 'npx commitlint --print-config json >commitlint.json' and import that file",
		}
	}
	return c.run(ctx, t, "commitlint", c.File, translate.Commitlint)
}

// Run translates the file.
func (c dco) Run(ctx context.Context, t terminal.Terminal) error {
	return c.run(ctx, t, "dco", c.File, translate.DCO)
}

// translation is one tool's.
type translation func(name string, data []byte) (translate.Result, error)

func (o Output) run(ctx context.Context, t terminal.Terminal, tool, name string, with translation) error {
	place, there := settingsfile.Place(ctx, ".")
	if o.Write && there {
		return &usage.Error{
			What:   place + " is there already, and nothing was written",
			Remedy: "leave --write out, and move what you want from the printed settings into it",
		}
	}
	var data []byte
	if name != "" {
		var err error
		if data, err = terminal.ReadFile(ctx, "import "+tool, name, translate.MaxBytes); err != nil {
			return err
		}
	}
	result, err := with(name, data)
	if err != nil {
		return &usage.Error{
			What:   err.Error(),
			Remedy: "name the configuration of " + tool + " as YAML or JSON, at most 256 KiB of it",
			Err:    err,
		}
	}
	body, err := o.body(tool, name, result)
	if err != nil {
		return err
	}
	if o.Write {
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return terminal.Unwritable(place, err)
		}
		if err := terminal.WriteFile(place, []byte(commented(tool, name, result))); err != nil {
			return err
		}
	}
	if !o.Write || o.Format == "json" {
		if _, err := t.Out.Write(body); err != nil {
			return fmt.Errorf("write the settings: %w", err)
		}
	}
	left := 0
	for _, n := range result.Notes {
		if !n.Translated {
			left++
		}
	}
	took := text.Count(result.Translated, "setting")
	if n := len(result.Owners); n > 0 {
		took += " and " + text.Count(n, "line") + " of CODEOWNERS"
	}
	written := ""
	if o.Write {
		written = "; " + place + " is written"
	}
	t.Notef("%s translated, %d not, %d with another meaning; the comments say which%s", took, left, len(result.Notes)-left, written)
	return nil
}

// body is what goes to the output stream.
func (o Output) body(tool, name string, r translate.Result) ([]byte, error) {
	if o.Format != "json" {
		return []byte(commented(tool, name, r)), nil
	}
	notes := append([]translate.Note{}, r.Notes...)
	body, err := json.MarshalIndent(map[string]any{
		"settings": r.Settings, "codeowners": append([]string{}, r.Owners...), "translated": r.Translated, "notes": notes,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the translation as JSON: %w", err)
	}
	return append(body, '\n'), nil
}

// commented is the settings file with everything that a person must know above it.
func commented(tool, name string, r translate.Result) string {
	var b strings.Builder
	if name == "" {
		name = "what it does without a file"
	}
	fmt.Fprintf(&b, "# From %s (%s), by lintel import.\n", tool, strings.Join(strings.Fields(name), " "))
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "# - %s\n", n)
	}
	if len(r.Owners) > 0 {
		b.WriteString("#\n# Lines for .github/CODEOWNERS:\n")
		for _, line := range r.Owners {
			fmt.Fprintf(&b, "#   %s\n", line)
		}
	}
	return b.String() + r.Settings
}
