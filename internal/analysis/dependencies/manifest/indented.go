package manifest

import (
	"fmt"
	"strings"
)

// entry is one line of an indented file: its key, its value, and the keys that it stands below, which hold until the
// next entry.
type entry struct {
	above []string
	key   string
	value string
	// item is true for an element of a list, which has no key.
	item bool
	line int
	// document counts the documents of the file, from 0.
	document int
}

// is reports whether the entry stands directly below these keys; "*" is any.
func (e entry) is(above ...string) bool {
	if len(above) != len(e.above) {
		return false
	}
	for i, want := range above {
		if want != "*" && want != e.above[i] {
			return false
		}
	}
	return true
}

// maxIndent bounds how deep entries stand in each other.
const maxIndent = 40

// indented reads the part of YAML that tools write into lock files: mappings of one line a key, lists, texts over
// several lines, which are left out. Anchors, tags and explicit keys are errors, as their meaning would be lost.
func (s *set) indented(take func(entry) error) error {
	type level struct {
		indent int
		key    string
	}
	var levels []level
	var above []string
	document := 0
	block := -1 // the indentation of a key whose text follows on lines of its own
	return s.lines(func(n int, line string) error {
		text := strings.TrimLeft(line, " ")
		indent := len(line) - len(text)
		if text == "" || text[0] == '#' {
			return nil
		}
		if block >= 0 && indent > block {
			return nil
		}
		block = -1
		if text == "---" || text == "..." {
			if text == "---" && len(levels) > 0 {
				document++
			}
			levels = levels[:0]
			return nil
		}
		if text[0] == '\t' || strings.HasPrefix(text, "? ") || text[0] == '&' || text[0] == '!' || text[0] == '%' {
			return fmt.Errorf("it is not written as its tool writes it")
		}
		item := text == "-" || strings.HasPrefix(text, "- ")
		for len(levels) > 0 && (levels[len(levels)-1].indent > indent || levels[len(levels)-1].indent == indent && !item) {
			levels = levels[:len(levels)-1]
		}
		if len(levels) >= maxIndent {
			return fmt.Errorf("more than %d levels", maxIndent)
		}
		above = above[:0]
		for _, l := range levels {
			above = append(above, l.key)
		}
		if item {
			return take(entry{above: above, value: unquoted(strings.TrimSpace(text[1:])), item: true, line: n, document: document})
		}
		key, value, ok := keyed(text)
		if !ok {
			return fmt.Errorf("neither a key nor an element of a list")
		}
		if value != "" && (value[0] == '|' || value[0] == '>') {
			block, value = indent, ""
		}
		if value != "" && (value[0] == '&' || value[0] == '*' || value[0] == '!') {
			return fmt.Errorf("an anchor, alias or tag, which no tool writes here")
		}
		levels = append(levels, level{indent, key})
		return take(entry{above: above, key: key, value: unquoted(value), line: n, document: document})
	})
}

// keyed cuts "key: value"; the key may stand in quotes.
func keyed(text string) (key, value string, ok bool) {
	if q := text[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(text[1:], q)
		if end < 0 {
			return "", "", false
		}
		key = text[1 : 1+end]
		rest, found := strings.CutPrefix(text[end+2:], ":")
		return key, strings.TrimSpace(rest), found
	}
	if rest, found := strings.CutSuffix(text, ":"); found && !strings.Contains(rest, ": ") {
		return rest, "", true
	}
	key, value, ok = strings.Cut(text, ": ")
	return key, strings.TrimSpace(value), ok
}

func unquoted(v string) string {
	if len(v) > 1 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
		return v[1 : len(v)-1]
	}
	return v
}

// flow reads "{a: b, c: d}", a mapping in one line.
func flow(v string) map[string]string {
	v, ok := strings.CutPrefix(v, "{")
	if !ok {
		return nil
	}
	out := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimSuffix(v, "}"), ", ") {
		if key, value, ok := strings.Cut(part, ": "); ok {
			out[unquoted(strings.TrimSpace(key))] = unquoted(strings.TrimSpace(value))
		}
	}
	return out
}
