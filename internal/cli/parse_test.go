package cli

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/terminal"
)

// TestParseSaysWhatKongSays: for every command, alone, without its arguments, with too many, with each flag without a
// value, with a wrong one, with each pair of flags: the same words, the same command, the same structs and the same help.
func TestParseSaysWhatKongSays(t *testing.T) {
	own, ownOut := parserFor(t)
	oracle, oracleOut := parserFor(t)
	type helped struct{}
	oracle.Exit = func(int) { panic(helped{}) }
	ask := func(args []string) (parsed *kong.Context, help bool, err error) {
		defer func() {
			if p := recover(); p == (helped{}) {
				help = true
			} else if p != nil {
				panic(p)
			}
		}()
		parsed, err = oracle.Parse(args)
		return parsed, false, err
	}
	faults := map[string]int{"missing flags": 0, " or --": 0, "can't be used together": 0, "expected one of": 0, `expected "<`: 0,
		"must be one of": 0, "unexpected argument": 0, "unknown flag": 0, "but got": 0}
	asked, passed, helps := 0, 0, 0
	compare := func(args ...string) {
		t.Helper()
		asked++
		ownOut.Reset()
		oracleOut.Reset()
		got, gotHelp, gotErr := parse(own, args)
		if gotHelp {
			if err := got.PrintUsage(false); err != nil {
				t.Fatal(err)
			}
		}
		want, wantHelp, wantErr := ask(args)
		if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || gotHelp != wantHelp || ownOut.String() != oracleOut.String() {
			t.Errorf("%q: %v (help %v), kong: %v (help %v)", args, gotErr, gotHelp, wantErr, wantHelp)
			return
		}
		switch {
		case wantHelp:
			helps++
		case wantErr != nil:
			for kind := range faults {
				if strings.Contains(wantErr.Error(), kind) {
					faults[kind]++
				}
			}
		default:
			passed++
			if a, b := got.Selected(), want.Selected(); a.FullPath() != b.FullPath() ||
				!reflect.DeepEqual(a.Target.Interface(), b.Target.Interface()) {
				t.Errorf("%q: %s %+v, kong: %s %+v", args, a.FullPath(), a.Target, b.FullPath(), b.Target)
			}
		}
	}
	compare("nothing")
	compare("--nothing", "check")
	compare("--help")
	for _, node := range nodes(own.Model.Node) {
		path := strings.Fields(commandName(node))[1:]
		var needed []string
		for _, f := range node.Flags {
			if f.Required {
				needed = append(needed, "--"+f.Name+"="+plausible(f.Value))
			}
		}
		var arguments []string
		for _, p := range node.Positional {
			arguments = append(arguments, plausible(p))
		}
		compare(path...)
		compare(append(slices.Clone(path), "--help")...)
		for n := range 3 {
			compare(slices.Concat(path, []string{"a", "b/c#5", "d"}[:n+1])...)
		}
		whole := slices.Concat(path, arguments, needed)
		compare(whole...)
		compare(append(slices.Clone(whole), "--nothing")...)
		compare(slices.Concat(path, arguments)...)
		compare(slices.Concat(path, needed)...)
		for i, f := range node.Flags {
			compare(append(slices.Clone(whole), "--"+f.Name+"=wrong")...)
			if i%3 == 0 {
				compare(append(slices.Clone(whole), "--"+f.Name)...)
				compare(append(slices.Clone(whole), "--"+f.Name+"="+plausible(f.Value))...)
			}
			for _, g := range node.Flags[:i] {
				if len(f.Xor) > 0 && len(g.Xor) > 0 {
					both := []string{"--" + f.Name + "=" + plausible(f.Value), "--" + g.Name + "=" + plausible(g.Value)}
					compare(slices.Concat(path, arguments, both)...)
				}
			}
		}
	}
	t.Logf("%d command lines, %d pass, %d ask for help, faults %v", asked, passed, helps, faults)
	for kind, n := range faults {
		if n == 0 {
			t.Errorf("no command line meets %q", kind)
		}
	}
	if asked < 800 || passed < 200 || helps < 50 {
		t.Error("the test has lost its cases")
	}
}

// TestParseDoesAllThatTheCommandsAsk: no command uses what kong's Parse and Run do and ours do not.
func TestParseDoesAllThatTheCommandsAsk(t *testing.T) {
	parser, _ := parserFor(t)
	has := func(v reflect.Value, method string) bool { return v.Addr().MethodByName(method).IsValid() }
	for _, node := range nodes(parser.Model.Node) {
		for _, v := range valuesOf(node) {
			if len(v.Tag.Envs)+len(v.Tag.And) > 0 || v.Enum != "" && v.Target.Kind() == reflect.Pointer {
				t.Errorf("%s: %s uses what validate does not know", node.FullPath(), v.Name)
			}
		}
		for _, hook := range []string{"BeforeReset", "BeforeResolve", "BeforeApply", "AfterApply", "AfterRun", "Validate"} {
			if has(node.Target, hook) {
				t.Errorf("%s: nobody calls %s", node.FullPath(), hook)
			}
		}
		if leaf := len(node.Children) == 0; node.Type != kong.CommandNode && node.Type != kong.ApplicationNode ||
			leaf != has(node.Target, "Run") {
			t.Errorf("%s: a command has commands or does something itself, never both or neither", node.FullPath())
		}
	}
}

// TestEveryCommandIsCarriedOut: the work of each command has a form that work knows.
func TestEveryCommandIsCarriedOut(t *testing.T) {
	parser, _ := parserFor(t)
	for _, leaf := range parser.Model.Leaves(false) {
		method := leaf.Target.Addr().MethodByName("Run").Type().String()
		if method != "func(context.Context, terminal.Terminal) error" && method != "func(terminal.Terminal) error" {
			t.Errorf("%s: %s", leaf.FullPath(), method)
		}
	}
}

func parserFor(t *testing.T) (*kong.Kong, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	parser, err := newParser(terminal.Terminal{Out: &out, Err: &out}, &commands{})
	if err != nil {
		t.Fatal(err)
	}
	return parser, &out
}

// nodes are the commands from one on, those that only hold others included.
func nodes(from *kong.Node) []*kong.Node {
	all := []*kong.Node{from}
	for _, child := range from.Children {
		all = append(all, nodes(child)...)
	}
	return all
}

// plausible is a value that a flag or an argument takes.
func plausible(v *kong.Value) string {
	if v.Enum != "" {
		return v.EnumSlice()[0]
	}
	for v.Target.Kind() == reflect.Slice || v.Target.Kind() == reflect.Pointer {
		return "a"
	}
	switch fmt.Sprint(v.Target.Type()) {
	case "bool":
		return "true"
	case "time.Duration":
		return "2h"
	case "int", "int64", "uint64", "float64":
		return "7"
	}
	return "a"
}
