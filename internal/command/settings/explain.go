package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

type explain struct {
	Key          string `arg:"" optional:"" help:"A key, or the beginning of several: size, coverage.patch.min. Default: all."`
	File         string `placeholder:"FILE" default:"${settings}" help:"The repository's settings. Default: ${settings}."`
	Organisation string `placeholder:"FILE" help:"The organisation's settings."`
	Repository   string `placeholder:"OWNER/REPO" help:"The repository that the organisation's targets go by."`

	Visibility string            `enum:"public,internal,private," default:"" help:"Public, internal or private. Default: not known."`
	Topic      []string          `help:"A topic of it. Default: not known."`
	Property   map[string]string `placeholder:"NAME=VALUE" help:"A custom property of it. Default: not known."`
	Format     string            `enum:"text,json" default:"text" help:"text or json."`
}

// Help is shown below the flags' summary.
func (explain) Help() string {
	return `A value comes from the program itself, from the organisation's defaults, from the repository's file, or from the
organisation's floor, each with file and line. Modes that nobody sets are those of each rule; docs/rules has them.

Exit status: 0 explained, 1 a file is not valid, 2 a file cannot be read, there is no such key, or wrong use.

Examples:

    lintel settings explain
    lintel settings explain coverage.patch
    lintel settings explain --organisation acme.yml --repository acme/shop size`
}

// Run prints where each value comes from.
func (c explain) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	known := engine.Configurable()
	controls := change.Controls{Files: map[string]change.File{}}
	text, err := terminal.ReadFile(ctx, "--file", c.File, settings.MaxBytes)
	switch {
	case err == nil:
		controls.Files[settings.Path] = change.File{Path: settings.Path, Size: int64(len(text)), Content: text}
	case c.File != settings.Path || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if c.Organisation != "" {
		own, err := settingsfile.Organisation(ctx, "--organisation", c.Organisation, known)
		if err != nil {
			return err
		}
		controls.Organisation = &change.Organisation{Own: own, Traits: c.traits()}
	}
	values, problems := settings.Explain(controls, known)
	for _, note := range settings.Resolve(controls, nil, known).Notes {
		fmt.Fprintln(t.Err, "note: "+note)
	}
	for _, p := range problems {
		if _, err := fmt.Fprintln(t.Out, p); err != nil {
			return fmt.Errorf("write the problems: %w", err)
		}
	}
	if len(problems) > 0 {
		return terminal.ErrRefused
	}
	values, err = c.chosen(values)
	if err != nil {
		return err
	}
	return c.print(t, values)
}

// traits are what the flags say of the repository.
func (c explain) traits() change.Traits {
	r := change.Traits{Name: c.Repository, Visibility: c.Visibility, Topics: c.Topic}
	for name, value := range c.Property {
		if r.Properties == nil {
			r.Properties = map[string][]string{}
		}
		r.Properties[name] = []string{value}
	}
	return r
}

// chosen are the values of the key, or all.
func (c explain) chosen(values []settings.Value) ([]settings.Value, error) {
	if c.Key == "" {
		return values, nil
	}
	var out []settings.Value
	names := make([]string, 0, len(values))
	for _, v := range values {
		names = append(names, v.Key)
		if v.Key == c.Key || strings.HasPrefix(v.Key, c.Key+".") {
			out = append(out, v)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	remedy := "docs/settings.md has all keys; a mode that nobody sets is the rule's own"
	if near := document.Nearest(c.Key, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, &usage.Error{What: fmt.Sprintf("no value in force is called %q", c.Key), Remedy: remedy}
}

func (c explain) print(t terminal.Terminal, values []settings.Value) error {
	if c.Format == "json" {
		type line struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
			From  string          `json:"from"`
			File  string          `json:"file,omitempty"`
			Line  int             `json:"line,omitempty"`
		}
		lines := make([]line, 0, len(values))
		for _, v := range values {
			lines = append(lines, line{v.Key, json.RawMessage(v.Value), v.From, v.File, v.Line})
		}
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(lines)
	}
	for _, v := range values {
		from := v.From
		if v.Line > 0 {
			from += fmt.Sprintf(", %s:%d", v.File, v.Line)
		}
		if _, err := fmt.Fprintf(t.Out, "%-32s %s  (%s)\n", v.Key, v.Value, from); err != nil {
			return fmt.Errorf("write the values: %w", err)
		}
	}
	return nil
}
