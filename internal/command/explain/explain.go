// Package explain is lintel explain: what a rule asks for, why, and how to do it.
package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel explain".
type Command struct {
	Rule string `arg:"" help:"A rule as reports name it, such as commits/header, or a family."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Prints what the rule's page says, of the rules that are built into this program.

Examples:

    lintel explain commits/header
    lintel explain size
    lintel explain size --format json`
}

// Run writes what a rule asks for, from its metadata. A family's name lists its rules.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	var ids []string
	found := []policy.Rule{}
	var b strings.Builder
	for _, r := range engine.Rules() {
		ids = append(ids, r.ID)
		if c.Rule == r.ID || c.Rule == r.Family {
			found = append(found, r)
		}
		switch c.Rule {
		case r.ID:
			explainRule(&b, r, width(t))
		case r.Family:
			fmt.Fprintf(&b, "%-34s %s\n", r.ID, r.Title)
		}
	}
	if b.Len() == 0 {
		for _, f := range engine.Families() {
			ids = append(ids, f.Name)
		}
		what := fmt.Sprintf("there is no rule %.100q", c.Rule)
		if near := nearest(c.Rule, ids); near != "" {
			what += fmt.Sprintf("; did you mean %q?", near)
		}
		return &usage.Error{
			What: what,
			Remedy: "name one as the report does, such as commits/header, or a family to list its rules: " +
				strings.Join(settings.Families(), ", "),
		}
	}
	if c.JSON() {
		return t.WriteJSON(found)
	}
	if _, err := fmt.Fprint(t.Out, b.String()); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}

// nearest is the rule that a name means: of that name in the one family that has it, or of a name much like it.
func nearest(name string, ids []string) string {
	var found []string
	for _, id := range ids {
		if strings.HasSuffix(id, "/"+name) {
			found = append(found, id)
		}
	}
	if len(found) == 1 && name != "" {
		return found[0]
	}
	return document.Nearest(name, ids)
}

// width is how many characters a line may have: those of the terminal, and 100 at the most.
func width(t terminal.Terminal) int { return min(cmp.Or(t.Columns(), 100), 100) }

func explainRule(b *strings.Builder, r policy.Rule, columns int) {
	fmt.Fprintf(b, "%s\n\n", wrap(r.ID+": "+r.Title, columns))
	measured := ""
	if r.Measured != nil {
		measured = r.Measured.String() + "."
	}
	for _, part := range []struct{ name, text string }{
		{"", r.Description}, {"To fix it: ", r.Remedy}, {"Without its input: ", r.Missing}, {"When to switch it off: ", r.Off},
		{"Measured: ", measured},
	} {
		if text := strings.Join(strings.Fields(part.text), " "); text != "" {
			fmt.Fprintf(b, "%s\n\n", wrap(part.name+text, columns))
		}
	}
	fmt.Fprintf(b, "%s\n\n  rules:\n    %s: { mode: \"off\" }\n\n",
		wrap(fmt.Sprintf("Default: %s in mode %s. To change it, write into %s:", r.Severity, r.Mode, settings.Path), columns), r.ID)
	if len(r.Options) > 0 {
		fmt.Fprintf(b, "%s\n", wrap("Settings: "+strings.Join(slices.Sorted(slices.Values(r.Options)), ", "), columns))
	}
	fmt.Fprintf(b, "%s\n", r.Docs)
}

// wrap breaks words into lines of at most so many characters; a longer word has a line of its own.
func wrap(text string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// Complete lists what the argument may be: families, then rules, each with a tab and its title. It is empty when the
// policies do not compile.
func (Command) Complete(ctx context.Context) []string {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range engine.Families() {
		names = append(names, f.Name+"\t"+f.Title)
	}
	for _, r := range engine.Rules() {
		names = append(names, r.ID+"\t"+r.Title)
	}
	return names
}
