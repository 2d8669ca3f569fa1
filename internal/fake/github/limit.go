package github

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lintel-review/lintel/internal/fake/graph"
	"github.com/lintel-review/lintel/internal/fake/traffic"
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

// maxNodes is GitHub's limit on the nodes that one query may ask for.
const maxNodes = 500_000

const timeoutText = `{"data":null,"errors":[{"message":"Something went wrong while executing your query. This may be the result of ` +
	`a timeout, or it could be a GitHub bug. Please include a request ID when reporting this issue."}]}`

// tooMuch charges a query its points, and refuses one that asks for too much: by GitHub's limit, or by a time-out that a
// test has switched on. GitHub takes ten seconds for it; here it is at once.
func (h *Hub) tooMuch(c *call, cost graph.Cost) *reply {
	if cost.Nodes > maxNodes {
		return &reply{body: graph.Response{Errors: []graph.Error{{Type: "MAX_NODE_LIMIT_EXCEEDED", Message: fmt.Sprintf(
			"This query requests up to %d possible nodes which exceeds the maximum limit of 500,000.", cost.Nodes)}}}}
	}
	c.limitHeaders(h.limits.Charge(c.who.key, "graphql", cost.Points-1)) // one was counted as it came in
	if late := h.limits.NodesInTime(); late > 0 && cost.Nodes > late {
		return &reply{status: http.StatusBadGateway, raw: []byte(timeoutText), kind: "application/json; charset=utf-8"}
	}
	return nil
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
