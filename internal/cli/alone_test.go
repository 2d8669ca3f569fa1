package cli

import (
	"bytes"
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/terminal"
)

// TestParseAlone holds that each command is read without the others, by its name; and that help and mistakes, whose
// answers name other commands, are not, and print nothing.
func TestParseAlone(t *testing.T) {
	var out bytes.Buffer
	term := terminal.Terminal{Out: &out, Err: &out}
	all := testParser(t).Model.Children
	if len(all) < 30 {
		t.Fatalf("only %d commands", len(all))
	}
	for _, command := range all {
		if len(command.Children) > 0 || len(command.Positional) > 0 {
			continue // it asks for more words
		}
		parsed := parseAlone(term, []string{command.Name})
		if parsed == nil {
			if !slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Required }) {
				t.Errorf("lintel %s is not read alone", command.Name)
			}
			continue
		}
		if got := parsed.Model.Children; len(got) != 1 || len(got[0].Flags) != len(command.Flags) {
			t.Errorf("lintel %s is read with %d commands", command.Name, len(got))
		}
	}
	for _, args := range [][]string{{"check", "--help"}, {"check", "-qh"}, {"policy", "test", "--help"}, {"check", "--wrong"},
		{"check", "now"}, {"policy"}, {"check", "--base", ""}, {"Check"}, {"-q"}} {
		if parseAlone(term, args) != nil {
			t.Errorf("%q is read alone", args)
		}
	}
	for _, args := range [][]string{{"policy", "test", "policies"}, {"explain", "size/total"}, {"audit", "verify", "x"}} {
		if parseAlone(term, args) == nil {
			t.Errorf("%q is not read alone", args)
		}
	}
	if out.Len() > 0 {
		t.Errorf("it prints %q", out.String())
	}
}
