package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// complete prints what may stand in the place of the last word.
func complete(ctx context.Context, model *kong.Application, words []string, out io.Writer) error {
	c := walk{ctx: ctx, node: model.Node}
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

// completer is a command that knows what its argument may be: words, each with a tab and what it is about.
type completer interface {
	Complete(ctx context.Context) []string
}

// walk is a command line that is not finished, read word by word.
type walk struct {
	ctx  context.Context
	node *kong.Node
	// value is the flag whose value is to come, given counts the positional arguments, plain is after "--".
	value *kong.Flag
	given int
	plain bool
}

func (c *walk) pass(word string) {
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
func (c *walk) nodes() []*kong.Node {
	if c.node.DefaultCmd != nil {
		return []*kong.Node{c.node, c.node.DefaultCmd}
	}
	return []*kong.Node{c.node}
}

func (c *walk) flags() []*kong.Flag {
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

func (c *walk) flag(word string) *kong.Flag {
	for _, f := range c.flags() {
		if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

func (c *walk) candidates(word string) []string {
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

func (c *walk) positional(n *kong.Node, p *kong.Positional) []string {
	if known, ok := n.Target.Interface().(completer); ok {
		return known.Complete(c.ctx)
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
