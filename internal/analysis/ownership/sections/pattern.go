package sections

import (
	"strings"
	"unicode/utf8"
)

// pattern is one in GitLab's own form: it begins at the root, and a folder takes what is in it.
type pattern struct {
	// text tells equal patterns: it is the form after the rewrites.
	text     string
	segments []segment
}

// segment is one part of a pattern between slashes.
type segment struct {
	// deep takes any number of folders, none too: "**" before a slash.
	deep bool
	// literal is what it must equal where glob is empty.
	literal, glob string
}

// compile rewrites a pattern as GitLab does and takes it apart. "*" takes everything; without a slash at the start it
// takes files in every folder; with one at the end it takes all that is below.
func compile(s string) pattern {
	if s == "*" {
		s = "/**/*"
	}
	if strings.HasPrefix(s, `\#`) {
		s = s[1:]
	}
	s = unescapeBlanks(s)
	if !strings.HasPrefix(s, "/") {
		s = "/**/" + s
	}
	if strings.HasSuffix(s, "/") {
		s += "**/*"
	}
	p := pattern{text: s}
	parts := split(strings.TrimPrefix(s, "/"))
	for i, part := range parts {
		switch {
		case part == "**" && i+1 < len(parts):
			if n := len(p.segments); n == 0 || !p.segments[n-1].deep {
				p.segments = append(p.segments, segment{deep: true})
			}
		case strings.ContainsAny(part, `*?[\`):
			p.segments = append(p.segments, segment{glob: part})
		default:
			p.segments = append(p.segments, segment{literal: part})
		}
	}
	return p
}

// split divides a pattern at its slashes, but for those within a class. A backslash with nothing behind it in its segment says nothing.
func split(s string) (parts []string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '/':
			parts = append(parts, b.String())
			b.Reset()
		case s[i] == '\\' && (i+1 == len(s) || s[i+1] == '/'):
			if b.String() == "**" {
				b.WriteByte('*') // it is not "**" before a slash any more
			}
		case s[i] == '\\':
			b.WriteString(s[i : i+2])
			i++
		case s[i] == '[':
			end, closed := classEnd(s, i+1)
			if !closed {
				end = i + 1
			}
			b.WriteString(s[i:end])
			i = end - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return append(parts, b.String())
}

// unescapeBlanks turns a backslash with blanks behind it into one space.
func unescapeBlanks(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) || !blank(s[i+1]) {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte(' ')
		for i+1 < len(s) && blank(s[i+1]) {
			i++
		}
	}
	return b.String()
}

// match holds a pattern against a path. Of several "**" only the last one can have to be tried again: what stands before it
// matched as early as it could.
func (p pattern) match(path []string, trials *Trials) bool {
	i, j := 0, 0
	back, from := -1, 0
	for j < len(path) {
		switch {
		case i < len(p.segments) && p.segments[i].deep:
			i++
			back, from = i, j
		case i < len(p.segments) && p.segments[i].takes(path[j], trials):
			i++
			j++
		case back >= 0:
			from++
			i, j = back, from
		default:
			return false
		}
	}
	return i == len(p.segments)
}

func (s segment) takes(name string, trials *Trials) bool {
	if s.glob == "" {
		*trials++
		return s.literal == name
	}
	return glob(s.glob, name, trials)
}

// glob is File.fnmatch within one segment: "*" takes any characters, "**" too, "?" one, "[...]" one of a class; a backslash
// takes the character behind it as it is. A class without an end takes nothing.
func glob(pattern, name string, trials *Trials) bool {
	p, n := 0, 0
	star, mark := -1, 0
	for {
		*trials++
		if n == len(name) {
			for p < len(pattern) && pattern[p] == '*' {
				p++
			}
			return p == len(pattern)
		}
		_, width := utf8.DecodeRuneInString(name[n:])
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p+1, n
			p++
			continue
		}
		if next, ok := one(pattern, p, name[n:n+width]); ok {
			p, n = next, n+width
			continue
		}
		if star < 0 {
			return false
		}
		_, width = utf8.DecodeRuneInString(name[mark:])
		mark += width
		p, n = star, mark
	}
}

// one takes one character by the pattern at p, and gives where the pattern goes on.
func one(pattern string, p int, c string) (next int, ok bool) {
	if p == len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return class(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + len(c), strings.HasPrefix(pattern[p:], c)
}

// class reads a class whose bracket is before p.
func class(pattern string, p int, c string) (next int, ok bool) {
	end, closed := classEnd(pattern, p)
	if !closed {
		return p, false
	}
	not := pattern[p] == '!' || pattern[p] == '^'
	if not {
		p++
	}
	in := false
	for p < end-1 {
		low, after := literal(pattern, p)
		high := low
		p = after
		if p+1 < end-1 && pattern[p] == '-' {
			high, p = literal(pattern, p+1)
		}
		in = in || low <= c && c <= high
	}
	return end, in != not
}

// classEnd is behind the bracket that closes the class whose first bracket is before p: the first one that no backslash
// stands before, so that "[]" is a class of nothing.
func classEnd(pattern string, p int) (end int, closed bool) {
	if p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^') {
		p++
	}
	for p < len(pattern) {
		if pattern[p] == ']' {
			return p + 1, true
		}
		_, p = literal(pattern, p)
	}
	return p, false
}

// literal is the character at p, the one behind a backslash where there is one.
func literal(pattern string, p int) (c string, next int) {
	if pattern[p] == '\\' && p+1 < len(pattern) {
		p++
	}
	_, width := utf8.DecodeRuneInString(pattern[p:])
	return pattern[p : p+width], p + width
}
