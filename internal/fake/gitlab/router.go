package gitlab

import (
	"net/url"
	"strings"
)

// route is one operation of the API. Paths are written as GitLab's documentation does.
type route struct {
	method, pattern string
	// level is the access level it needs in the project or group; 0 is whoever sees it.
	level int
	// open lets those without a token in, if they see the project.
	open bool
	// tier and since are what the instance must be; without them the route does not exist.
	tier, since string
	call        func(*Lab, *call) (any, error)
}

type router struct {
	routes []route
	parts  [][]string
}

func newRouter(routes []route) *router {
	r := &router{routes: routes}
	for _, x := range routes {
		r.parts = append(r.parts, strings.Split(strings.TrimPrefix(x.pattern, "/"), "/"))
	}
	return r
}

// find finds the route of a path below /api/v4. A part of a path is one word however it was escaped, so that a project's
// path or a branch with slashes must come escaped, as GitLab wants it. Literal words beat parameters.
func (r *router) find(method, path string) (*route, map[string]string) {
	words := strings.Split(strings.Trim(path, "/"), "/")
	if method == "HEAD" {
		method = "GET"
	}
	best, literal := -1, -1
	for i, parts := range r.parts {
		if len(parts) != len(words) || r.routes[i].method != method {
			continue
		}
		same := 0
		for j, part := range parts {
			switch {
			case part == words[j]:
				same++
			case part[0] != ':':
				same = -len(parts)
			}
		}
		if same > literal && same >= 0 {
			best, literal = i, same
		}
	}
	if best < 0 {
		return nil, nil
	}
	params := map[string]string{}
	for j, part := range r.parts[best] {
		if part[0] == ':' {
			word, err := url.PathUnescape(words[j])
			if err != nil {
				return nil, nil
			}
			params[part[1:]] = word
		}
	}
	return &r.routes[best], params
}
