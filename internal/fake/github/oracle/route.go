package oracle

import (
	"net/url"
	"strings"
)

// template is one path of the document, split at its slashes.
type template struct {
	path  string
	parts []part
}

// part is a literal, or the name of a parameter. A wide parameter spans slashes: the document marks it x-multi-segment.
type part struct {
	literal string
	param   string
	wide    bool
}

func newTemplate(path string, wide map[string]bool) template {
	t := template{path: path}
	for _, s := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		name, isParam := strings.CutPrefix(s, "{")
		name = strings.TrimSuffix(name, "}")
		if isParam {
			t.parts = append(t.parts, part{param: name, wide: wide[name]})
		} else {
			t.parts = append(t.parts, part{literal: s})
		}
	}
	return t
}

// match returns the parameters of a path, given as its escaped segments.
func (t template) match(segments []string) (map[string]string, bool) {
	params := map[string]string{}
	return params, matchParts(t.parts, segments, params)
}

func matchParts(parts []part, segments []string, params map[string]string) bool {
	if len(parts) == 0 {
		return len(segments) == 0
	}
	p := parts[0]
	if len(segments) == 0 || p.param == "" && p.literal != segments[0] {
		return false
	}
	longest := 1
	if p.wide {
		longest = len(segments) - len(parts) + 1
	}
	for n := longest; n >= 1; n-- {
		if matchParts(parts[1:], segments[n:], params) {
			if p.param != "" {
				params[p.param] = unescape(strings.Join(segments[:n], "/"))
			}
			return true
		}
	}
	return false
}

func unescape(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// better reports whether a is the closer match of two templates that both match: the one with a literal where the other
// has a parameter, looking from the left. A template that ends in literals beats one that swallows them with a wide
// parameter.
func better(a, b template) bool {
	for i := range min(len(a.parts), len(b.parts)) {
		if a.parts[i].param == "" != (b.parts[i].param == "") {
			return a.parts[i].param == ""
		}
	}
	return len(a.parts) > len(b.parts)
}

// segments splits the path of a request; an Enterprise Server's prefix is taken off. /repositories/ID is where GitHub
// redirects to after a repository was renamed (301 and 307 answers); its document does not mention it, and it behaves
// as /repos/OWNER/NAME.
func segments(u *url.URL) []string {
	path := strings.TrimPrefix(strings.TrimPrefix(u.EscapedPath(), "/api/v3"), "/")
	parts := strings.Split(path, "/")
	if len(parts) > 1 && parts[0] == "repositories" {
		parts = append([]string{"repos", "renamed", parts[1]}, parts[2:]...)
	}
	if len(parts) >= 4 && parts[0] == "repos" && parts[3] == "contents" && strings.Join(parts[4:], "") == "" {
		parts = append(parts[:4:4], ".") // the root folder, for which the document has no path
	}
	return parts
}
