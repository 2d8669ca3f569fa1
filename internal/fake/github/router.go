package github

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one documented operation. need is the permission an installation token must have, "name:level"; role is what
// a user must be allowed in the repository, "" is read for GET and write for others.
type route struct {
	method, pattern string
	need, role      string
	creates         bool // counts as content for the secondary limit
	call            func(*Hub, *call) (any, error)
	warm            func(*Hub, *call) // asks git before the lock is taken; a failure shows in call
	segments        []string
}

// router finds routes by the first segment and then tries each. A segment "{name+}" takes one or more segments.
type router struct{ byFirst map[string][]*route }

func newRouter(routes []*route) *router {
	r := &router{byFirst: map[string][]*route{}}
	for _, x := range routes {
		x.segments = strings.Split(strings.Trim(x.pattern, "/"), "/")
		r.byFirst[x.segments[0]] = append(r.byFirst[x.segments[0]], x)
		if rest, ok := strings.CutPrefix(x.pattern, "/repos/{owner}/{repo}"); ok { // every repository also answers by its id
			byID := *x
			byID.segments = strings.Split("repositories/{repository_id}"+rest, "/")
			byID.pattern = strings.ReplaceAll(x.pattern, "+}", "}")
			r.byFirst["repositories"] = append(r.byFirst["repositories"], &byID)
		}
		x.pattern = strings.ReplaceAll(x.pattern, "+}", "}") // shown as GitHub's documents write it
	}
	return r
}

// find matches an escaped path. When only the method differs, the route is nil and known is true.
func (r *router) find(method, path string) (found *route, params map[string]string, known bool) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for _, x := range r.byFirst[segments[0]] {
		if x.method != method && (x.method != http.MethodGet || method != http.MethodHead) {
			if !known {
				known = match(x.segments, segments, nil)
			}
			continue
		}
		params = map[string]string{}
		if match(x.segments, segments, params) {
			return x, params, true
		}
	}
	return nil, nil, known
}

func match(pattern, segments []string, params map[string]string) bool {
	for i, p := range pattern {
		if name, ok := strings.CutSuffix(p, "+}"); ok {
			after := pattern[i+1:]
			if len(segments) < len(after)+1 {
				return false
			}
			n := len(segments) - len(after)
			if !match(after, segments[n:], params) {
				return false
			}
			return set(params, name[1:], strings.Join(segments[:n], "/"))
		}
		if len(segments) == 0 {
			return false
		}
		if strings.HasPrefix(p, "{") {
			if segments[0] == "" || !set(params, p[1:len(p)-1], segments[0]) {
				return false
			}
		} else if p != segments[0] {
			return false
		}
		segments = segments[1:]
	}
	return len(segments) == 0
}

func set(params map[string]string, name, escaped string) bool {
	value, err := url.PathUnescape(escaped)
	if err != nil {
		return false
	}
	if params != nil {
		params[name] = value
	}
	return true
}
