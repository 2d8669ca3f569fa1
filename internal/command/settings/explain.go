package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/settings/live"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/rollout"
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

	Repo  string `placeholder:"OWNER/REPO" help:"Ask the running server's record what holds for this repository now."`
	Forge string `enum:"github,gitlab," default:"" help:"With --repo: which forge is meant, where both have the name."`
	config.DatabaseFlags

	Visibility string            `enum:"public,internal,private," default:"" help:"Public, internal or private. Default: not known."`
	Topic      []string          `help:"A topic of it. Default: not known."`
	Property   map[string]string `placeholder:"NAME=VALUE" help:"A custom property of it. Default: not known."`
	Format     string            `enum:"text,json" default:"text" help:"text or json."`
}

// Help is shown below the flags' summary.
func (explain) Help() string {
	return `A value comes from the program itself, from the organisation's defaults, from the repository's file, or from the
organisation's floor, each with file and line. Modes that nobody sets are those of each rule; docs/rules has them.

With --repo the answer is that of the server whose database --config or --database names: the repository's own file as the
newest verdict had it, the version of the organisation's file that holds there, rollouts, and what holds for a time
(gates that are switched, demotions, overrides, mutes). It reads no file of this folder and asks no forge, and refuses
a database of another version than this program's.

Exit status: 0 explained, 1 a file is not valid, 2 a file cannot be read, there is no such key, or wrong use.

Examples:

    lintel settings explain
    lintel settings explain coverage.patch
    lintel settings explain --organisation acme.yml --repository acme/shop size
    lintel settings explain --config /etc/lintel/server.yml --repo acme/shop size`
}

// Run prints where each value comes from.
func (c explain) Run(ctx context.Context, t terminal.Terminal) error {
	switch {
	case c.Repo != "":
		return c.live(ctx, t)
	case c.Forge != "" || c.Config != "" || c.Database != "":
		return &usage.Error{What: "--forge, --config and --database are for --repo", Remedy: "name a repository, such as --repo acme/shop"}
	}
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

// live asks the server's record.
func (c explain) live(ctx context.Context, t terminal.Terminal) error {
	if c.Organisation+c.Repository+c.Visibility != "" || c.File != settings.Path || len(c.Topic)+len(c.Property) > 0 {
		return &usage.Error{What: "--repo asks the server's record, which knows its own files",
			Remedy: "leave out --file, --organisation, --repository, --visibility, --topic and --property"}
	}
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	s, err := live.Read(ctx, cfg, live.Repository{Name: c.Repo, Forge: change.Forge(c.Forge)}, time.Now())
	if err != nil {
		return err
	}
	for _, p := range s.Problems {
		fmt.Fprintln(t.Err, p)
	}
	if len(s.Problems) > 0 {
		return terminal.ErrRefused
	}
	if s.Values, err = c.chosen(s.Values); err != nil {
		return err
	}
	notes := append([]string{}, s.Above...)
	if !s.Own {
		notes = append(notes, "no verdict says what the repository's own file holds; the values are those above it")
	}
	for _, x := range s.Rollouts {
		notes = append(notes, rolledOut(x))
	}
	notes = append(notes, s.Notes...)
	if c.Format == "json" {
		return t.WriteJSON(map[string]any{"values": valuesOf(s.Values), "notes": notes})
	}
	if err := c.print(t, s.Values); err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(t.Out, "note: "+note)
	}
	return nil
}

// rolledOut says what a rollout comes to in the repository today.
func rolledOut(x settings.Experiment) string {
	state := map[rollout.State]string{
		rollout.Applies: "applies here",
		rollout.Outside: "does not apply here: the repository is not in its part",
		rollout.Early:   "begins on " + x.From,
		rollout.Ended:   "ended after " + x.Until,
		rollout.Unknown: "is not known to apply",
	}[x.State]
	return fmt.Sprintf("the rollout of %s (%s) %s", x.Name, x.Mode, state)
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
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(valuesOf(values))
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

// line is a value for programs.
type line struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
	From  string          `json:"from"`
	File  string          `json:"file,omitempty"`
	Line  int             `json:"line,omitempty"`
}

func valuesOf(values []settings.Value) []line {
	lines := make([]line, 0, len(values))
	for _, v := range values {
		lines = append(lines, line{v.Key, json.RawMessage(v.Value), v.From, v.File, v.Line})
	}
	return lines
}
