package manifest

import (
	"fmt"
	"slices"
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
	// whole is true for a document in brackets.
	whole bool
	line  int
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

// level is a key and how far it is indented.
type level struct {
	indent int
	key    string
}

// layout reads an indented file line by line.
type layout struct {
	take     func(entry) error
	levels   []level
	above    []string
	document int
	// block is the indentation of a key whose text follows on lines of its own; -1 is none.
	block int
	// held is the last entry, whose value may go on; parts are the lines of a plain one, done is true for one that has ended.
	held   *entry
	indent int
	parts  []string
	done   bool
	// open is a value in brackets or quotes that has not ended, begun the line it begins on.
	open  *open
	begun int
	// asked is a key behind "?", whose value comes behind ":".
	asked     *string
	askedLine int
	column    int
}

// indented reads the part of YAML that tools write, and that others lay out anew: mappings by indentation or in brackets,
// long keys, lists, texts over several lines. Anchors, tags and keys that are no text are errors, as their meaning would be lost.
func (s *set) indented(take func(entry) error) error {
	r := &layout{take: take, block: -1}
	if err := s.lines(r.line); err != nil {
		return err
	}
	if r.open != nil {
		return fmt.Errorf("line %d: a value that does not end", r.begun)
	}
	if r.asked != nil {
		return fmt.Errorf("it ends with a key that has no value")
	}
	return r.flush()
}

func (r *layout) line(n int, line string) error {
	if r.open != nil {
		return r.more(n, line)
	}
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	if text == "" || text[0] == '#' {
		return nil
	}
	if r.block >= 0 && indent > r.block {
		return nil
	}
	r.block = -1
	if indent == 0 && (text == "---" || text == "...") {
		if err := r.flush(); err != nil {
			return err
		}
		if text == "---" && len(r.levels) > 0 {
			r.document++
		}
		r.levels = r.levels[:0]
		return nil
	}
	if r.asked != nil {
		return r.answer(n, text, indent)
	}
	if r.held != nil && indent > r.indent && r.goesOn(text) {
		return r.value(n, text)
	}
	if err := r.flush(); err != nil {
		return err
	}
	return r.begin(n, text, indent)
}

// goesOn reports whether a line that stands deeper than an entry is its value.
func (r *layout) goesOn(text string) bool {
	if text == "-" || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "? ") {
		return false
	}
	_, _, key := keyed(text)
	return !key
}

// flush hands on the entry that is held.
func (r *layout) flush() error {
	e := r.held
	if e == nil {
		return nil
	}
	r.held, r.done = nil, false
	if len(r.parts) > 0 {
		e.value = strings.Join(append([]string{e.value}, r.parts...), " ")
		r.parts = nil
	}
	return r.take(*e)
}

// begin reads the first line of an entry.
func (r *layout) begin(n int, text string, indent int) error {
	if strings.IndexByte("\t&*!%@`", text[0]) >= 0 {
		return fmt.Errorf("it is not written as its tool writes it")
	}
	item := text == "-" || strings.HasPrefix(text, "- ")
	for len(r.levels) > 0 {
		last := r.levels[len(r.levels)-1].indent
		if last < indent || last == indent && item {
			break
		}
		r.levels = r.levels[:len(r.levels)-1]
	}
	if len(r.levels) >= maxIndent {
		return fmt.Errorf("more than %d levels", maxIndent)
	}
	r.above = r.above[:0]
	for _, l := range r.levels {
		r.above = append(r.above, l.key)
	}
	switch {
	case item:
		r.held, r.indent = &entry{above: r.above, item: true, line: n, document: r.document}, indent
		if value := strings.TrimSpace(text[1:]); value != "" {
			return r.value(n, value)
		}
		return nil
	case strings.HasPrefix(text, "? "):
		key, ok := onlyKey(strings.TrimSpace(text[1:]))
		if !ok {
			return fmt.Errorf("a key that is no text of one line")
		}
		r.asked, r.askedLine, r.column = &key, n, indent
		return nil
	case text[0] == '{' && len(r.levels) == 0:
		// The whole document stands in brackets. The entry has no key, and stands above all.
		r.held, r.indent = &entry{line: n, document: r.document, item: true, whole: true}, -1
		return r.value(n, text)
	}
	key, value, ok := keyed(text)
	if !ok {
		return fmt.Errorf("neither a key nor an element of a list")
	}
	return r.hold(n, key, value, indent)
}

// onlyKey is a key that stands alone on its line.
func onlyKey(text string) (string, bool) {
	if text == "" || strings.IndexByte("{}[]|>&*!?-#%@`,", text[0]) >= 0 {
		return "", false
	}
	if text[0] == '"' || text[0] == '\'' {
		key, rest, ok := cutQuoted(text)
		return key, ok && rest == ""
	}
	return text, !strings.Contains(text, ": ") && !strings.HasSuffix(text, ":") && !strings.Contains(text, " #")
}

// answer reads the line behind a key with "?".
func (r *layout) answer(n int, text string, indent int) error {
	rest, ok := strings.CutPrefix(text, ":")
	if !ok || indent != r.column || rest != "" && rest[0] != ' ' {
		return fmt.Errorf("a key that has no value")
	}
	key := *r.asked
	r.asked = nil
	text = strings.TrimLeft(rest, " ")
	_, _, inner := keyed(text + " ")
	if text != "" && (inner || text == "-" || strings.HasPrefix(text, "- ")) {
		if err := r.hold(r.askedLine, key, "", indent); err != nil {
			return err
		}
		if err := r.flush(); err != nil {
			return err
		}
		return r.begin(n, text, indent+1+len(rest)-len(text))
	}
	if err := r.hold(r.askedLine, key, "", indent); err != nil || text == "" {
		return err
	}
	return r.value(n, text)
}

// hold keeps an entry until its value has ended.
func (r *layout) hold(n int, key, value string, indent int) error {
	r.levels = append(r.levels, level{indent, key})
	r.held, r.indent = &entry{above: r.above, key: key, line: n, document: r.document}, indent
	if value == "" {
		return nil
	}
	return r.value(n, value)
}

// value takes a value, or one more line of a plain one.
func (r *layout) value(n int, text string) error {
	e := r.held
	switch c := text[0]; {
	case r.done:
		return fmt.Errorf("something stands behind the end of a value")
	case e.value != "":
		r.parts = append(r.parts, plain(text))
		return nil
	case c == '|' || c == '>':
		r.block, r.done = r.indent, true
	case c == '&' || c == '*' || c == '!':
		if e.item && c == '*' {
			e.value = text
			return nil
		}
		return fmt.Errorf("an anchor, alias or tag, which no tool writes here")
	case c == '{' || c == '[' || c == '"' || c == '\'':
		if e.item && (c == '"' || c == '\'') {
			if _, _, ok := keyed(text); ok {
				e.value = text
				return nil
			}
		}
		r.open, r.begun = &open{fresh: true}, n
		return r.more(n, text)
	default:
		e.value = plain(text)
	}
	return nil
}

// plain is a text without quotes and without the comment behind it.
func plain(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.TrimSpace(text)
}

// more takes a line of a value in brackets or quotes.
func (r *layout) more(n int, line string) error {
	ends, err := r.open.take(strings.TrimSpace(line))
	if err != nil || !ends {
		return err
	}
	text, e := strings.TrimSpace(r.open.text.String()), r.held
	r.open, r.done = nil, true
	if text[0] != '{' || e.item && !e.whole {
		e.value = unquoted(text)
		return nil
	}
	e.value = text
	above := slices.Clone(e.above)
	line0 := r.begun
	if !e.whole {
		above = append(above, e.key)
	}
	if err := r.flush(); err != nil {
		return err
	}
	f := &flow{text: text, line: line0, document: r.document, above: above, hand: r.take}
	return f.mapping()
}

// keyed cuts "key: value"; the key may stand in quotes.
func keyed(text string) (key, value string, ok bool) {
	if text == "" || text[0] == '{' || text[0] == '[' {
		return "", "", false
	}
	if q := text[0]; q == '"' || q == '\'' {
		key, rest, ok := cutQuoted(text)
		if !ok {
			return "", "", false
		}
		rest, found := strings.CutPrefix(strings.TrimLeft(rest, " "), ":")
		return key, strings.TrimSpace(rest), found
	}
	if rest, found := strings.CutSuffix(text, ":"); found && !strings.Contains(rest, ": ") {
		return rest, "", true
	}
	key, value, ok = strings.Cut(text, ": ")
	return key, strings.TrimSpace(value), ok
}
