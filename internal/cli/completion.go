package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/terminal"
)

// completeWord is the argument by which the shells' functions ask for what may follow; it is no command that people see.
const completeWord = "__complete"

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Help is shown below the flags' summary.
func (completionCommand) Help() string {
	return `Prints a function for the shell that completes commands, flags, their values, rules and files. It asks the program itself, so it stays right when the program is renewed.

Examples:

    # bash, in ~/.bashrc
    source <(lintel completion bash)

    # zsh, in ~/.zshrc behind compinit
    source <(lintel completion zsh)

    # fish
    lintel completion fish > ~/.config/fish/completions/lintel.fish`
}

func (c completionCommand) Run(t terminal.Terminal) error {
	_, err := io.WriteString(t.Out, map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell])
	return err
}

// The functions hand over the words before the cursor, the last one perhaps empty, and read one candidate a line: the word, a tab, what it is for.
// A line ":files" or ":folders" asks for names of files.
const bashCompletion = `_lintel() {
	local line word=${COMP_WORDS[COMP_CWORD]}
	[[ $word == = ]] && word=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
		:folders) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word") ;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <(command lintel ` + completeWord + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _lintel lintel
`

const zshCompletion = `#compdef lintel
_lintel() {
	local line files
	local -a items
	for line in "${(@f)$(command lintel ` + completeWord + ` "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		'') ;;
		:files) files=1 ;;
		:folders) files=2 ;;
		*) items+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( $#items )) && _describe -t lintel lintel items
	[[ $files == 1 ]] && _files
	[[ $files == 2 ]] && _files -/
	return 0
}
(( $+functions[compdef] )) && compdef _lintel lintel
`

const fishCompletion = `function __lintel_complete
	set -l words (commandline -opc)
	set -l word (commandline -ct)
	for line in (command lintel ` + completeWord + ` $words[2..-1] "$word" 2>/dev/null)
		switch $line
			case :files
				__fish_complete_path "$word"
			case :folders
				__fish_complete_directories "$word"
			case '*'
				echo $line
		end
	end
end
complete -c lintel -f -a '(__lintel_complete)'
`

// complete prints what may stand in the place of the last word.
func complete(ctx context.Context, model *kong.Application, words []string, out io.Writer) error {
	c := completer{ctx: ctx, node: model.Node}
	word := ""
	if n := len(words); n > 0 {
		words, word = words[:n-1], words[n-1]
	}
	// bash hands over --flag=value as three words.
	if word == "=" {
		word = ""
	}
	for _, w := range words {
		c.pass(w)
	}
	for _, line := range c.candidates(word) {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// completer walks the words of a command line that is not finished.
type completer struct {
	ctx  context.Context
	node *kong.Node
	// value is the flag whose value is to come, given counts the positional arguments, plain is after "--".
	value *kong.Flag
	given int
	plain bool
}

func (c *completer) pass(word string) {
	switch {
	case word == "=" && c.value != nil:
	case c.value != nil:
		c.value = nil
	case word == "--" && !c.plain:
		c.plain = true
	case strings.HasPrefix(word, "-") && !c.plain:
		if f := c.flag(word); f != nil && !f.IsBool() && !f.IsCounter() {
			c.value = f
		}
	default:
		for _, child := range c.node.Children {
			if c.given == 0 && !c.plain && child.Name == word {
				c.node = child
				return
			}
		}
		c.given++
	}
}

// nodes are the command that was reached and, where its name may be left out, the one that stands for it.
func (c *completer) nodes() []*kong.Node {
	if c.node.DefaultCmd != nil {
		return []*kong.Node{c.node, c.node.DefaultCmd}
	}
	return []*kong.Node{c.node}
}

func (c *completer) flags() []*kong.Flag {
	var all []*kong.Flag
	for _, n := range c.nodes() {
		for _, group := range n.AllFlags(true) {
			for _, f := range group {
				if !slices.Contains(all, f) {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

func (c *completer) flag(word string) *kong.Flag {
	for _, f := range c.flags() {
		if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

func (c *completer) candidates(word string) []string {
	name, _, assigned := strings.Cut(word, "=")
	switch {
	case c.value != nil:
		return starting(word, "", values(c.value.Value, c.value.PlaceHolder))
	case strings.HasPrefix(word, "--") && assigned && !c.plain:
		if f := c.flag(name); f != nil {
			return starting(word, name+"=", values(f.Value, f.PlaceHolder))
		}
		return nil
	case strings.HasPrefix(word, "-") && !c.plain:
		var all []string
		for _, f := range c.flags() {
			all = append(all, "--"+f.Name+"\t"+summary(f.Help))
		}
		return starting(word, "", all)
	}
	var all []string
	for _, n := range c.nodes() {
		if c.given == 0 && !c.plain && n == c.node {
			for _, child := range n.Children {
				if !child.Hidden {
					all = append(all, child.Name+"\t"+summary(child.Help))
				}
			}
		}
		if count := len(n.Positional); count > 0 && (c.given < count || n.Positional[count-1].IsSlice()) {
			all = append(all, c.positional(n, n.Positional[min(c.given, count-1)])...)
		}
	}
	return starting(word, "", all)
}

func (c *completer) positional(n *kong.Node, p *kong.Positional) []string {
	if n.Name == "explain" {
		return app.RuleNames(c.ctx)
	}
	return values(p, p.Name)
}

// values are those of a flag or an argument; kind is how the help calls them.
func values(v *kong.Value, kind string) []string {
	if v.Enum != "" {
		return slices.DeleteFunc(v.EnumSlice(), func(s string) bool { return s == "" })
	}
	switch strings.ToLower(kind) {
	case "file", "f", "path", "to":
		return []string{":files"}
	case "dir":
		return []string{":folders"}
	}
	return nil
}

// starting keeps the candidates that begin with the word; before is what the shell wants to see in front of each.
func starting(word, before string, all []string) []string {
	var out []string
	for _, candidate := range all {
		if strings.HasPrefix(candidate, ":") {
			out = append(out, candidate)
		} else if strings.HasPrefix(before+candidate, word) {
			out = append(out, before+candidate)
		}
	}
	return out
}

// summary is the first sentence of a help text, on one line.
func summary(help string) string {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(help), " "), ". ")
	return strings.TrimSuffix(first, ".")
}
