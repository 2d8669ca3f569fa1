package language

import "strings"

// pattern is one path pattern as .gitignore and .gitattributes share it, relative to the folder of its file.
type pattern struct {
	// base matches the last component alone; else the whole path is matched.
	base bool
	// dirOnly is true for a pattern that ended in a slash.
	dirOnly bool
	// prefix is the literal start; suffix, for a base pattern of the form "*suffix", the literal end. rest is the remainder.
	prefix, suffix string
	literal, ends  bool
	rest           glob
}

// newPattern compiles a pattern without its "!". It follows git's gitignore(5).
func newPattern(p string) pattern {
	var out pattern
	if strings.HasSuffix(p, "/") {
		p, out.dirOnly = p[:len(p)-1], true
	}
	out.base = !strings.Contains(p, "/")
	p = strings.TrimPrefix(p, "/")
	wild := strings.IndexAny(p, `*?[\`)
	switch {
	case wild < 0:
		out.prefix, out.literal = p, true
	case out.base && p[0] == '*' && !strings.ContainsAny(p[1:], `*?[\`):
		out.suffix, out.ends = p[1:], true
	default:
		// git compares the literal start by itself, so the rest starts like a component of its own: "a**/b" matches "axy/b".
		if !out.base {
			out.prefix, p = p[:wild], p[wild:]
		}
		out.rest = compile(p)
	}
	return out
}

// match reports whether the pattern matches path, relative to the folder of the pattern's file.
func (p *pattern) match(path string, dir bool, m *meter) bool {
	m.left--
	if p.dirOnly && !dir {
		return false
	}
	if p.base {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	switch {
	case p.literal:
		return path == p.prefix
	case p.ends:
		return strings.HasSuffix(path, p.suffix)
	}
	rest, ok := strings.CutPrefix(path, p.prefix)
	return ok && p.rest.match(rest, m)
}
