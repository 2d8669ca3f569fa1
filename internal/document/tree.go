package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// builder turns YAML nodes into the generic value that JSON has (map[string]any, []any, string, bool, int64, float64,
// nil) and a tree of places beside it. Aliases are expanded; the count of values bounds that.
type builder struct {
	name     string
	left     int
	full     bool
	problems []Problem
}

func (b *builder) say(n *yaml.Node, loc []string, format string, args ...any) {
	b.problems = append(b.problems,
		Problem{File: b.name, Line: n.Line, Column: n.Column, Path: Path(loc...), Message: fmt.Sprintf(format, args...)})
}

// stop ends the building: what is beyond a limit is not looked at.
func (b *builder) stop(n *yaml.Node, loc []string, format string, args ...any) {
	if !b.full {
		b.full = true
		b.problems = append(b.problems,
			Problem{File: b.name, Line: n.Line, Column: n.Column, Path: Path(loc...), Message: fmt.Sprintf(format, args...)})
	}
}

func (b *builder) build(n *yaml.Node, loc []string, depth int) (any, *place) {
	at := &place{file: b.name, line: n.Line, column: n.Column}
	if b.left--; b.left < 0 {
		b.stop(n, loc, "the file holds more than %d values, aliases expanded; make it smaller", maxValues)
	}
	if depth > maxDepth {
		b.stop(n, loc, "the file is nested deeper than %d levels, aliases expanded", maxDepth)
	}
	if b.full {
		return nil, at
	}
	if n.Style&yaml.TaggedStyle != 0 && n.Kind != yaml.AliasNode {
		b.say(n, loc, "the tag %s is not used here; remove it", short(n.Tag))
	}
	switch n.Kind {
	case yaml.AliasNode:
		if n.Alias == nil {
			b.say(n, loc, "*%s refers to nothing", short(n.Value))
			return nil, at
		}
		return b.build(n.Alias, loc, depth+1)
	case yaml.MappingNode:
		return b.mapping(n, at, loc, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			v, p := b.build(c, append(slices.Clip(loc), strconv.Itoa(i)), depth+1)
			if b.full {
				return nil, at
			}
			list = append(list, v)
			at.items = append(at.items, p)
		}
		return list, at
	}
	v, err := scalar(n)
	if err != nil {
		b.say(n, loc, "%s: %v", subject(loc), err)
	}
	return v, at
}

func (b *builder) mapping(n *yaml.Node, at *place, loc []string, depth int) (any, *place) {
	m := make(map[string]any, len(n.Content)/2)
	at.fields = make(map[string]*place, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		in := append(slices.Clip(loc), k.Value)
		switch {
		case k.Kind != yaml.ScalarNode:
			b.say(k, loc, "a key must be plain text")
			continue
		case k.Style&yaml.TaggedStyle != 0:
			b.say(k, loc, "the tag %s is not used here; remove it", short(k.Tag))
			continue
		case k.Value == "<<" && plain(k):
			b.say(k, loc, "merge keys (<<) are not supported; write the keys out")
			continue
		case k.Value == "" && plain(k):
			b.say(k, loc, "a key is missing before \":\"")
			continue
		}
		if first, ok := at.fields[k.Value]; ok {
			b.say(k, in, "the key %s is given twice; the first is on line %d", cut(k.Value), first.keyLine)
			continue
		}
		v, p := b.build(n.Content[i+1], in, depth+1)
		if b.full {
			return nil, at
		}
		// An alias may reach one node by several keys, and each has its own place.
		p.keyLine, p.keyColumn = k.Line, k.Column
		m[k.Value], at.fields[k.Value] = v, p
	}
	return m, at
}

func plain(n *yaml.Node) bool { return !quoted(n) && n.Style&yaml.TaggedStyle == 0 }

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// scalar resolves a plain scalar by the core schema of YAML 1.2.2, section 10.3.2, less octal, .inf and .nan, which stay text.
func scalar(n *yaml.Node) (any, error) {
	s := n.Value
	if quoted(n) {
		return s, nil
	}
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil, nil
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	whole, float := number(s)
	switch {
	case whole:
		i, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return int64(0), fmt.Errorf("the number %s is too large", short(s))
		}
		return i, nil
	case float:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0.0, fmt.Errorf("the number %s is too large", short(s))
		}
		if i := int64(f); f >= -1<<53 && f <= 1<<53 && float64(i) == f {
			return i, nil
		}
		return f, nil
	}
	return s, nil
}

// number reports whether s is written as a whole number or as a fraction, in decimal and without a leading zero.
func number(s string) (whole, float bool) {
	s = strings.TrimLeft(s[:1], "+-") + s[1:]
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	integer, fraction, hasPoint := strings.Cut(mantissa, ".")
	if !digits(integer) || !digits(fraction) || integer+fraction == "" || (len(integer) > 1 && integer[0] == '0') {
		return false, false
	}
	if hasExponent {
		exponent = strings.TrimPrefix(strings.TrimPrefix(exponent, "+"), "-")
		if exponent == "" || !digits(exponent) {
			return false, false
		}
	}
	return !hasPoint && !hasExponent, hasPoint || hasExponent
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
