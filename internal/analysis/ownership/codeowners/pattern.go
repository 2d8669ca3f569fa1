package codeowners

import "strings"

// reach says which paths a pattern covers once its segments have matched the beginning of a path.
type reach byte

const (
	// coversAll: the path itself and all below it.
	coversAll reach = iota //nolint:unused // the zero value, which the code never needs to name
	// coversBelow: what lies below only, since the pattern ends in "/" or "/**".
	coversBelow
	// coversItself: the path only, since the pattern ends in "/*".
	coversItself
	// coversNothing: "/", and patterns with an empty segment.
	coversNothing
)

// pattern is one compiled pattern: segments from the root, "**" standing for any number of them.
type pattern struct {
	segments []segment
	reach    reach
}

// segment is the part of a pattern between two slashes.
type segment struct {
	// deep is true for "**", which takes no, one or many segments of a path.
	deep bool
	glob glob
}

// compile reads a pattern as GitHub does. fault is empty when it is valid.
func compile(s string) (p pattern, fault, suggestion string) {
	if fault, suggestion = refused(s); fault != "" {
		return pattern{}, fault, suggestion
	}
	body, below := strings.CutSuffix(bareSlashes(s), "/")
	anchored := strings.Contains(body, "/")
	body = strings.TrimPrefix(body, "/")
	if body == "" {
		return pattern{reach: coversNothing}, "", ""
	}
	for part := range strings.SplitSeq(body, "/") {
		if part == "" {
			return pattern{reach: coversNothing}, "", ""
		}
		// "**" means "any number of directories" only beside a slash; elsewhere it is "*".
		deep := part == "**" && anchored
		if n := len(p.segments); deep && n > 0 && p.segments[n-1].deep {
			continue
		}
		p.segments = append(p.segments, segment{deep: deep, glob: compileGlob(part)})
	}
	p.finish(anchored, below)
	return p, "", ""
}

// bareSlashes drops the backslash before a slash: a slash divides segments whether escaped or not.
func bareSlashes(s string) string {
	if !strings.Contains(s, `\/`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] != '/' {
				b = append(b, '\\')
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// finish settles how the pattern ends and where it may begin.
func (p *pattern) finish(anchored, below bool) {
	n := len(p.segments) - 1
	last := p.segments[n]
	switch {
	case last.deep && below:
		// "a/**/" takes a directory below a, hence what lies below that.
		p.segments[n], p.reach = segment{glob: compileGlob("*")}, coversBelow
	case last.deep:
		p.segments, p.reach = p.segments[:n], coversBelow
	case below:
		p.reach = coversBelow
	case anchored && last.glob.any():
		p.reach = coversItself
	case !anchored && last.glob.any():
		// "*" takes all paths: what lies below the root.
		p.segments, p.reach = nil, coversBelow
		return
	}
	if !anchored {
		p.segments = append([]segment{{deep: true}}, p.segments...)
	}
}

// refused finds what gitignore allows and GitHub does not.
func refused(s string) (fault, suggestion string) {
	if s[0] == '!' {
		return "a pattern cannot be negated with !",
			"give the excepted files a line of their own further down, with their owners or with none"
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return "the pattern ends in a backslash that escapes nothing", "remove the backslash"
			}
			if s[i] == '#' {
				return `\# is not supported`, "use ? in place of #: it stands for any one character"
			}
		case '[', ']':
			return "[ ] is not supported", "write one line for each name, or use ? for any one character"
		case '*':
			if strings.HasPrefix(s[i:], "***") {
				return "*** is not supported", "write ** for any number of directories"
			}
		}
	}
	return "", ""
}
