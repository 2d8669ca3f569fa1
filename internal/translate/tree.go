package translate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// tree is settings in the making: keys keep the order in which they came.
type tree struct {
	count int
	root  node
	// at are the values that stand on each line of the text, which text fills.
	at map[int]spot
}

// spot is one value of the tree: an item of a list, or all of a node's when item is negative.
type spot struct {
	path string
	node *node
	item int
}

type node struct {
	keys  []string
	below map[string]*node
	value string   // as YAML, on one line
	items []string // of a list of groups, each as YAML on one line
	line  int      // of the other tool's file; 0 is none
}

// put sets a value at a path; a later one replaces an earlier one.
func (t *tree) put(path []string, value any, line int) {
	at := &t.root
	for _, step := range path {
		if at.below == nil {
			at.below = map[string]*node{}
		}
		next := at.below[step]
		if next == nil {
			next = &node{}
			at.below[step] = next
			at.keys = append(at.keys, step)
		}
		at = next
	}
	at.value, at.items, at.line = "", nil, line
	if list, ok := value.([]entry); ok {
		for _, e := range list {
			at.items = append(at.items, flow(e))
		}
	} else {
		at.value = flow(value)
	}
	t.count++
}

// entry is a group of keys in a list.
type entry []pair

type pair struct {
	key   string
	value any
}

// flow writes a value in YAML's flow style, which is one line whatever the value holds.
func flow(value any) string {
	switch v := value.(type) {
	case string:
		return quoted(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		var all []string
		for _, s := range v {
			all = append(all, quoted(s))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case entry:
		var all []string
		for _, p := range v {
			all = append(all, p.key+": "+flow(p.value))
		}
		return "{ " + strings.Join(all, ", ") + " }"
	}
	return fmt.Sprint(value)
}

// plain is text that YAML reads as text without quotes, whatever its version.
var plain = lazyregexp.New(`^[A-Za-z_/][A-Za-z0-9_./-]*$`)

func quoted(s string) string {
	word := strings.ToLower(s)
	if plain.MatchString(s) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, word) {
		return s
	}
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // a string cannot fail
	}
	// JSON writes < as \u003c, which YAML reads in double quotes as well.
	return string(text)
}

// text is the tree in YAML's block style, with the origin of each value behind it.
func (t *tree) text() string {
	t.at = map[int]spot{}
	var b strings.Builder
	b.WriteString("version: 1\n")
	t.write(&b, &t.root, "", "")
	return b.String()
}

func (t *tree) write(b *strings.Builder, n *node, path, indent string) {
	for _, k := range n.keys {
		child := n.below[k]
		if child.empty() {
			continue
		}
		name := strings.TrimPrefix(path+"."+k, ".")
		t.at[strings.Count(b.String(), "\n")+1] = spot{name, child, -1}
		b.WriteString(indent + quoted(k) + ":")
		if child.value != "" {
			b.WriteString(" " + child.value)
			if child.line > 0 {
				fmt.Fprintf(b, " # line %d", child.line)
			}
		}
		b.WriteByte('\n')
		for i, item := range child.items {
			t.at[strings.Count(b.String(), "\n")+1] = spot{name, child, i}
			b.WriteString(indent + "  - " + item + "\n")
		}
		t.write(b, child, name, indent+"  ")
	}
}

func (n *node) empty() bool {
	for _, child := range n.below {
		if !child.empty() {
			return false
		}
	}
	return n.value == "" && len(n.items) == 0
}

// drop takes the value out that stands on a line of the text, and says which it was.
func (t *tree) drop(line int) (path, value string, from int, ok bool) {
	s, ok := t.at[line]
	if !ok {
		return "", "", 0, false
	}
	t.count--
	value, from = s.node.value, s.node.line
	if s.item >= 0 {
		value = s.node.items[s.item]
		s.node.items = slices.Delete(s.node.items, s.item, s.item+1)
	} else {
		*s.node = node{}
	}
	return s.path, value, from, true
}
