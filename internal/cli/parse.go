package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/terminal"
)

// parse reads a command line into the structs of the commands. help says that it asks for help and not for work.
//
// It does what kong's own Parse does for what our commands use, with the same words. That one, and kong's Run, look up
// methods by names that are no constants. A program that does so keeps every exported method of every type: 12 MB.
func parse(parser *kong.Kong, args []string) (parsed *kong.Context, help bool, err error) {
	parsed, err = kong.Trace(parser, args)
	if err != nil {
		return nil, false, err
	}
	if parsed.Error != nil {
		return parsed, false, parsed.Error
	}
	for _, p := range parsed.Path {
		if p.Flag != nil && p.Flag == parser.Model.HelpFlag {
			return parsed, true, nil
		}
	}
	if err := parsed.Reset(); err != nil {
		return parsed, false, err
	}
	if _, err := parsed.Apply(); err != nil {
		return parsed, false, err
	}
	return parsed, false, validate(parsed)
}

// work carries out the command that was asked for.
func work(ctx context.Context, t terminal.Terminal, node *kong.Node) error {
	switch command := node.Target.Addr().Interface().(type) {
	case interface {
		Run(ctx context.Context, t terminal.Terminal) error
	}:
		return command.Run(ctx, t)
	case interface {
		Run(t terminal.Terminal) error
	}:
		return command.Run(t)
	}
	return fmt.Errorf("%q does nothing by itself", node.Name)
}

// validate says what a command line lacks, or what must not stand together.
func validate(parsed *kong.Context) error {
	for _, p := range parsed.Path {
		node := p.Node()
		if node == nil {
			continue
		}
		for _, v := range valuesOf(node) {
			if v.Enum != "" && (!v.Required || v.HasDefault) {
				if err := oneOfEnum(v); err != nil {
					return err
				}
			}
		}
	}
	given := 0
	for _, p := range parsed.Path {
		var value *kong.Value
		switch {
		case p.Flag != nil:
			value = p.Flag.Value
		case p.Positional != nil:
			value = p.Positional
			given = value.Position + 1
		}
		if value != nil && value.Enum != "" {
			if err := oneOfEnum(value); err != nil {
				return err
			}
		}
		if err := missingFlags(p.Flags); err != nil {
			return err
		}
	}
	node := cmp.Or(parsed.Selected(), parsed.Model.Node)
	if err := missingCommand(node); err != nil {
		return err
	}
	if err := missingArguments(node.Positional[min(given, len(node.Positional)):]); err != nil {
		return err
	}
	return together(parsed.Path)
}

// valuesOf are the flags and the arguments of a command.
func valuesOf(node *kong.Node) []*kong.Value {
	all := slices.Clone(node.Positional)
	for _, f := range node.Flags {
		all = append(all, f.Value)
	}
	return all
}

// oneOfEnum checks a value, or each of a list.
func oneOfEnum(v *kong.Value) error {
	values := []reflect.Value{v.Target}
	if v.Target.Kind() == reflect.Slice {
		values = nil
		for i := range v.Target.Len() {
			values = append(values, v.Target.Index(i))
		}
	}
	known := v.EnumSlice()
	for _, value := range values {
		if got := fmt.Sprint(value); !slices.Contains(known, got) {
			var quoted []string
			for _, k := range known {
				quoted = append(quoted, fmt.Sprintf("%q", k))
			}
			return fmt.Errorf("%s must be one of %s but got %q", v.ShortSummary(), strings.Join(quoted, ","), got)
		}
	}
	return nil
}

// missingFlags names the required flags that are not given; of those that exclude each other one suffices.
func missingFlags(flags []*kong.Flag) error {
	var missing, chosen []string
	for _, f := range flags {
		if f.Set {
			chosen = append(chosen, f.Xor...)
		}
	}
	choices := map[string][]string{}
	for _, f := range flags {
		if !f.Required || f.Set {
			continue
		}
		if len(f.Xor) == 0 {
			missing = append(missing, f.Summary())
		}
		for _, group := range f.Xor {
			if !slices.Contains(chosen, group) {
				choices[group] = append(choices[group], f.Summary())
			}
		}
	}
	for _, choice := range choices {
		if len(choice) > 1 {
			missing = append(missing, strings.Join(choice, " or "))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("missing flags: %s", strings.Join(missing, ", "))
}

// missingCommand names what may follow a command that is none by itself.
func missingCommand(node *kong.Node) error {
	var missing, arguments []string
	for _, p := range node.Positional {
		if p.Required && !p.Set {
			arguments = append(arguments, p.Summary())
		}
	}
	if len(arguments) > 0 {
		missing = append(missing, fmt.Sprintf("%q", strings.Join(arguments, " ")))
	}
	for _, child := range node.Children {
		if !child.Hidden {
			missing = append(missing, fmt.Sprintf("%q", child.Name))
		}
	}
	switch n := len(missing); {
	case n == 0:
		return nil
	case n == 1:
		return fmt.Errorf("expected %s", missing[0])
	case n > 5:
		missing = append(missing[:5], "...")
	}
	return fmt.Errorf("expected one of %s", strings.Join(missing, ", "))
}

// missingArguments names the arguments that are still to come, if the first of them is required.
func missingArguments(rest []*kong.Positional) error {
	if len(rest) == 0 || !rest[0].Required {
		return nil
	}
	var missing []string
	for _, p := range rest {
		missing = append(missing, "<"+p.Name+">")
	}
	return errors.New("missing positional arguments " + strings.Join(missing, " "))
}

// together refuses flags that exclude each other.
func together(all []*kong.Path) error {
	for _, p := range all {
		seen := map[string]*kong.Flag{}
		for _, f := range p.Flags {
			if !f.Set {
				continue
			}
			for _, group := range f.Xor {
				if seen[group] != nil {
					return fmt.Errorf("--%s and --%s can't be used together", seen[group].Name, f.Name)
				}
				seen[group] = f
			}
		}
	}
	return nil
}
