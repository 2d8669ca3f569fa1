package cli

import (
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// misused prints a mistake in the command line: what is wrong, then what to write instead, with where to read on.
func misused(w io.Writer, root *kong.Application, parsed *kong.Context, args []string, err error) int {
	what, node := err.Error(), root.Node
	var hint string
	if parsed != nil && parsed.Selected() != nil {
		node = parsed.Selected()
		for _, p := range node.Positional {
			// kong says: expected "<path> ..."
			if strings.HasPrefix(what, `expected "<`+p.Name+`>`) {
				what = fmt.Sprintf("<%s> is missing: %s", p.Name, strings.TrimSuffix(p.Help, "."))
			}
		}
	}
	if extra, ok := strings.CutPrefix(what, "unexpected argument "); ok {
		extra, _, _ = strings.Cut(extra, ", did you mean")
		hint = hintForArgument(root, node, extra, args)
	} else if flag, ok := strings.CutPrefix(what, "unknown flag "); ok && node == root.Node {
		flag, _, _ = strings.Cut(flag, ", did you mean")
		what, hint = flagBeforeCommand(root, what, flag, args)
	} else {
		what, hint = wrongValue(what)
	}
	return printMisuse(w, what, hint, node)
}

// printMisuse prints a mistake. An empty hint leaves where to read on.
func printMisuse(w io.Writer, what, hint string, node *kong.Node) int {
	if hint != "" {
		hint += "; "
	}
	fmt.Fprintf(w, "lintel: %s\nto fix it: %ssee '%s --help'\n", what, hint, commandName(node))
	return Failed
}

// commandName is how a command is called: "lintel policy lint".
func commandName(node *kong.Node) string {
	name := node.FullPath()
	if at := strings.IndexAny(name, "<["); at > 0 {
		name = name[:at]
	}
	return strings.TrimSpace(name)
}

// hintForArgument says where an argument belongs that the command does not take.
func hintForArgument(root *kong.Application, node *kong.Node, extra string, args []string) string {
	has := func(flag string) bool {
		return slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == flag })
	}
	name := commandName(node)
	switch {
	case node == root.Node:
		return hintForCommand(root, extra)
	case name == "lintel check":
		return fmt.Sprintf("name the branch to compare with by --base %s, the work by --head %s", extra, extra)
	case len(node.Positional) > 0:
		if pull := pullRequest(args); pull != "" && strings.Contains(node.Positional[0].Name, "#") {
			return fmt.Sprintf("write the change as one word, %s '%s'", name, pull)
		}
		return "its form is '" + strings.TrimSpace("lintel "+strings.TrimPrefix(node.Summary(), "lintel ")) + "', in this order"
	case has("config") && slices.Contains([]string{".yml", ".yaml"}, path.Ext(extra)):
		return "name the server's file by --config " + extra
	case has("repo") && strings.Contains(extra, "/"):
		return "name the repository by --repo " + extra
	case has("org"):
		return "name the organisation by --org " + extra
	}
	return "it takes flags alone"
}

// hintForCommand names the commands that end with a word which is no command by itself: for "lint", policy lint.
func hintForCommand(root *kong.Application, word string) string {
	var found []string
	for _, leaf := range root.Leaves(true) {
		if leaf.Name == word {
			found = append(found, "'"+commandName(leaf)+"'")
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "write " + strings.Join(found, " or ")
}

// pullRequest puts together what was written as two words: acme/shop 5, in either order. It is empty for other words. The
// value of a flag is no such word.
func pullRequest(args []string) string {
	var repository, number string
	for i, a := range args {
		if i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") {
			continue
		}
		switch {
		case strings.Contains(a, "/") && !strings.HasPrefix(a, "-"):
			repository = a
		case a != "" && strings.Trim(a, "0123456789") == "":
			number = a
		}
	}
	if repository == "" || number == "" || strings.Contains(repository, "#") {
		return ""
	}
	return repository + "#" + number
}

// flagBeforeCommand says of a flag before the command that it belongs behind it, where it does.
func flagBeforeCommand(root *kong.Application, what, flag string, args []string) (fault, hint string) {
	at := slices.IndexFunc(args, func(a string) bool {
		return slices.ContainsFunc(root.Children, func(c *kong.Node) bool { return c.Name == a })
	})
	if at <= 0 {
		return what, ""
	}
	return fmt.Sprintf("%s stands before the command", flag),
		fmt.Sprintf("write flags behind it: 'lintel %s'", strings.Join(slices.Concat(args[at:], args[:at]), " "))
}

// wrongValue puts what kong says of a flag's value into words for people, where its own are for programmers.
func wrongValue(what string) (fault, hint string) {
	flag, rest, ok := strings.Cut(what, ": expected ")
	if !ok || !strings.HasPrefix(flag, "-") {
		return what, ""
	}
	kind, value, ok := strings.Cut(rest, " but got ")
	if !ok {
		return what, ""
	}
	if strings.Contains(value, "(<EOL>)") {
		return flag + " has no value", "write one behind it"
	}
	value, _, _ = strings.Cut(value, ": ")
	value, _, _ = strings.Cut(value, " (")
	switch {
	case kind == "duration":
		return fmt.Sprintf("%s %s is no span of time", flag, value), "write it as 45s, 30m or 2h"
	case strings.Contains(kind, "int"):
		return fmt.Sprintf("%s %s is no whole number", flag, value), "write it in digits"
	case strings.Contains(kind, "float"):
		return fmt.Sprintf("%s %s is no number", flag, value), "write it as 0.5"
	}
	return what, ""
}

// emptyFlag finds a flag that was given without a value, as by --head "$SHA" when SHA is not set: the default would be a
// silent surprise. A flag for which empty is a value is a pointer, a list or a number.
func emptyFlag(parsed *kong.Context) *kong.Flag {
	for _, p := range parsed.Path {
		if p.Flag != nil && p.Flag.Target.Kind() == reflect.String && strings.TrimSpace(p.Flag.Target.String()) == "" {
			return p.Flag
		}
	}
	return nil
}

// misusedEmpty refuses an empty flag.
func misusedEmpty(w io.Writer, parsed *kong.Context, flag *kong.Flag) int {
	hint := "leave it out for its default, or see that the variable is set that it comes from"
	if flag.Required {
		hint = "write what it asks for: " + strings.TrimSuffix(flag.Help, ".")
	}
	return printMisuse(w, fmt.Sprintf("--%s is given and empty", flag.Name), hint, parsed.Selected())
}
