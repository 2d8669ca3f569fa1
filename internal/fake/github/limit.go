package github

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lintel-review/lintel/internal/fake/github/traffic"
)

func (h *Hub) limit(c *call, pattern string, creates bool) (*reply, func()) {
	if pattern == "/rate_limit" || pattern == "/meta" {
		return nil, func() {}
	}
	ask := traffic.Ask{
		Who:      c.who.key,
		Resource: resource(pattern),
		Write:    c.r.Method != http.MethodGet && pattern != "/graphql",
		Creates:  creates,
	}
	state, refusal, done := h.limits.Enter(ask)
	c.limitHeaders(state)
	if refusal == nil {
		return nil, done
	}
	if refusal.Secondary {
		c.header.Set("Retry-After", strconv.Itoa(refusal.RetryAfter))
		return &reply{status: http.StatusForbidden, raw: []byte(secondaryText), kind: "application/json; charset=utf-8"}, done
	}
	return &reply{status: http.StatusForbidden, body: object{
		"message": fmt.Sprintf(
			"API rate limit exceeded for %s. If you reach out to GitHub Support for help, please include the request ID.", c.who.key),
		"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"}}, done
}

func resource(pattern string) string {
	if pattern == "/graphql" {
		return "graphql"
	}
	return "core"
}

func (c *call) limitHeaders(s traffic.State) {
	c.header.Set("X-RateLimit-Limit", strconv.Itoa(s.Limit))
	c.header.Set("X-RateLimit-Remaining", strconv.Itoa(s.Remaining))
	c.header.Set("X-RateLimit-Used", strconv.Itoa(s.Used))
	c.header.Set("X-RateLimit-Reset", strconv.FormatInt(s.Reset.Unix(), 10))
	c.header.Set("X-RateLimit-Resource", s.Resource)
}
