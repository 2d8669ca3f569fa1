package github

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// perform resolves the repository, checks permissions and calls the operation under the lock it needs.
func (h *Hub) perform(c *call) (reply, error) {
	if c.route == nil {
		return reply{}, errNotFound // also to a method a path does not have: GitHub never says 405
	}
	if c.route.warm != nil {
		if err := h.admit(c); err == nil {
			c.route.warm(h, c)
		}
	}
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead ||
		(c.route.pattern == "/graphql" && !bytes.Contains(c.body, []byte("mutation")))
	if read {
		h.mu.RLock()
		defer h.mu.RUnlock()
	} else {
		h.mu.Lock()
		defer h.mu.Unlock()
	}
	if moved, err := h.admitLocked(c); err != nil || moved != nil {
		if moved != nil {
			return *moved, nil
		}
		return reply{}, err
	}
	v, err := c.route.call(h, c)
	if err != nil {
		return reply{}, err
	}
	answer, ok := v.(reply)
	if !ok {
		answer = reply{status: http.StatusOK, body: v}
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	if answer.body != nil { // encoded here: what it shows belongs to the state under the lock
		raw, err := encode(answer.body)
		if err != nil {
			return reply{}, err
		}
		answer.raw, answer.body, answer.kind = raw, nil, "application/json; charset=utf-8"
	}
	return answer, nil
}

// admit is admitLocked for warm, which runs without the lock.
func (h *Hub) admit(c *call) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	moved, err := h.admitLocked(c)
	if moved != nil {
		return errNotFound
	}
	return err
}

// admitLocked finds the repository a path names and checks that the caller may do this to it. Without access a private
// repository does not exist; an old name redirects.
func (h *Hub) admitLocked(c *call) (*reply, error) {
	if strings.HasPrefix(c.route.pattern, "/repos/") {
		_, byID := c.params["repository_id"]
		r := h.names[strings.ToLower(c.params["owner"]+"/"+c.params["repo"])]
		if byID {
			r = h.repos[c.id("repository_id")]
		}
		if r == nil || (!h.sees(c.who, r) && c.who.app == nil) {
			return nil, errNotFound
		}
		if !byID && !strings.EqualFold(r.fullName(), c.params["owner"]+"/"+c.params["repo"]) {
			return h.moved(c, r), nil
		}
		c.repo = r
	}
	switch name, level, _ := strings.Cut(c.route.need, ":"); {
	case c.route.need == "":
		return nil, nil
	case name == "app":
		if c.who.app == nil {
			return nil, fail(http.StatusUnauthorized, "A JSON web token could not be decoded")
		}
		return nil, nil
	case name == "installation":
		if c.who.inst == nil {
			return nil, fail(http.StatusForbidden,
				"You must authenticate with an installation access token in order to list repositories for an installation.")
		}
		return nil, nil
	case name == "user":
		if c.who.user == nil && c.who.inst == nil {
			return nil, fail(http.StatusUnauthorized, "Requires authentication")
		}
		return nil, nil
	case c.repo != nil:
		if c.who.app != nil {
			return nil, fail(http.StatusForbidden, "You must authenticate with an installation access token, not as the App")
		}
		return nil, h.may(c.who, c.repo, c.route.need, c.route.role)
	case c.who.inst != nil && rank(c.who.token.permissions[name]) < rank(level):
		return nil, errNotByIntegration
	}
	return nil, nil
}

// moved is GitHub's answer for a renamed or transferred repository: 301 for reads, 307 for writes, to the address by id.
func (h *Hub) moved(c *call, r *repository) *reply {
	rest := strings.SplitN(strings.TrimPrefix(strings.TrimPrefix(c.r.URL.EscapedPath(), "/api/v3"), "/repos/"), "/", 3)
	to := h.URL() + "/repositories/" + strconv.FormatInt(r.id, 10)
	if len(rest) == 3 {
		to += "/" + rest[2]
	}
	if c.r.URL.RawQuery != "" {
		to += "?" + c.r.URL.RawQuery
	}
	status, text := http.StatusMovedPermanently, "Moved Permanently"
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		status, text = http.StatusTemporaryRedirect, "Temporary Redirect"
	}
	c.header.Set("Location", to)
	return &reply{status: status, body: object{"message": text, "url": to, "documentation_url": "https://docs.github.com/rest"}}
}
