package manifest

import (
	"fmt"
	"strconv"
	"strings"
)

// open is a value that does not end on its line: "{" and "[" end with their brackets, a text with its quote.
type open struct {
	text  strings.Builder
	depth int
	quote byte
	// fresh is true where a value may begin: only there is a quote one.
	fresh   bool
	escaped bool
}

// take adds a line, and reports whether the value ends on it. Each byte is looked at once.
func (o *open) take(line string) (ends bool, err error) {
	if o.text.Len() > 0 {
		o.text.WriteByte('\n')
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case o.escaped:
			o.escaped = false
		case o.quote != 0:
			o.escaped = c == '\\' && o.quote == '"'
			if c != o.quote {
				continue
			}
			if c == '\'' && i+1 < len(line) && line[i+1] == '\'' {
				i++
				continue
			}
			o.quote = 0
		case c == ' ' || c == '\t':
		case c == '#' && (i == 0 || line[i-1] == ' '):
			o.text.WriteString(strings.TrimRight(line[:i], " "))
			return o.depth == 0, nil
		case o.depth == 0 && o.text.Len()+i > 0:
			return false, fmt.Errorf("something stands behind the end of a value")
		case (c == '"' || c == '\'') && o.fresh:
			o.quote, o.fresh = c, false
		case c == '{' || c == '[':
			o.depth, o.fresh = o.depth+1, true
		case c == '}' || c == ']':
			o.depth, o.fresh = o.depth-1, false
		default:
			o.fresh = c == ',' || c == ':'
		}
	}
	o.escaped = false // at the end of a line it joins the next
	o.text.WriteString(line)
	return o.depth == 0 && o.quote == 0, nil
}

// flow walks a mapping in brackets, and hands on what stands in it as if it stood on lines of its own.
type flow struct {
	text     string
	at       int
	counted  int
	line     int
	document int
	above    []string
	hand     func(entry) error
}

func (f *flow) space() {
	for f.at < len(f.text) && strings.IndexByte(" \t\n", f.text[f.at]) >= 0 {
		f.at++
	}
}

func (f *flow) next() byte {
	if f.space(); f.at < len(f.text) {
		return f.text[f.at]
	}
	return 0
}

// scalar reads a text in quotes, or a plain one up to what ends it.
func (f *flow) scalar() (text string, quoted bool, err error) {
	switch f.next() {
	case '"', '\'':
		inner, rest, ok := cutQuoted(f.text[f.at:])
		if !ok {
			return "", false, fmt.Errorf("a text that does not end")
		}
		f.at = len(f.text) - len(rest)
		return inner, true, nil
	case '&', '*', '!', '?', '|', '>', '%', '@', '`':
		return "", false, fmt.Errorf("an anchor, alias or tag, which no tool writes here")
	}
	start := f.at
	for f.at < len(f.text) {
		c := f.text[f.at]
		if c == ',' || c == '{' || c == '}' || c == '[' || c == ']' {
			break
		}
		if c == ':' && (f.at+1 == len(f.text) || strings.IndexByte(" \t\n,{}[]", f.text[f.at+1]) >= 0) {
			break
		}
		f.at++
	}
	return strings.TrimSpace(f.text[start:f.at]), false, nil
}

// mapping reads "{a: b, c: {d: e}}".
func (f *flow) mapping() error {
	if len(f.above) >= maxIndent {
		return fmt.Errorf("more than %d levels", maxIndent)
	}
	f.at++
	for f.next() != '}' {
		key, quoted, err := f.scalar()
		if err != nil {
			return err
		}
		if key == "" && !quoted {
			return fmt.Errorf("a key is meant to stand in a mapping")
		}
		f.line += strings.Count(f.text[f.counted:f.at], "\n")
		f.counted = f.at
		e := entry{above: f.above, key: key, line: f.line, document: f.document}
		if f.next() == ':' {
			f.at++
			err = f.value(e)
		} else {
			err = f.hand(e)
		}
		if err != nil {
			return err
		}
		if f.next() == ',' {
			f.at++
		} else if f.next() != '}' {
			return fmt.Errorf("a mapping in which a comma is missing")
		}
	}
	f.at++
	return nil
}

// value hands on an entry with what follows its colon.
func (f *flow) value(e entry) (err error) {
	switch f.next() {
	case '{':
		if err := f.hand(e); err != nil {
			return err
		}
		f.above = append(f.above, e.key)
		err = f.mapping()
		f.above = f.above[:len(f.above)-1]
		return err
	case '[':
		start := f.at
		if err := f.skip(); err != nil {
			return err
		}
		e.value = f.text[start:f.at]
	default:
		if e.value, _, err = f.scalar(); err != nil {
			return err
		}
	}
	return f.hand(e)
}

// skip passes over a list, whose elements no reader asks for.
func (f *flow) skip() error {
	depth := 0
	for {
		switch f.next() {
		case 0:
			return fmt.Errorf("a list that does not end")
		case '[', '{':
			depth++
			f.at++
		case ']', '}':
			f.at++
			if depth--; depth == 0 {
				return nil
			}
		case ',', ':':
			f.at++
		default:
			if _, _, err := f.scalar(); err != nil {
				return err
			}
		}
	}
}

// cutQuoted cuts a text in quotes from what begins with one.
func cutQuoted(text string) (inner, rest string, ok bool) {
	q := text[0]
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && q == '"':
			i++
		case c == q && q == '\'' && i+1 < len(text) && text[i+1] == q:
			i++
		case c == q:
			return unquoted(text[:i+1]), text[i+1:], true
		}
	}
	return "", "", false
}

// unquoted is a text without its quotes, and with what it escapes.
func unquoted(v string) string {
	if len(v) < 2 || v[len(v)-1] != v[0] {
		return v
	}
	switch inner := v[1 : len(v)-1]; v[0] {
	case '\'':
		return strings.ReplaceAll(inner, "''", "'")
	case '"':
		if strings.Contains(inner, `\`) {
			if text, err := strconv.Unquote(strings.ReplaceAll(v, `\/`, "/")); err == nil {
				return text
			}
		}
		return inner
	}
	return v
}
