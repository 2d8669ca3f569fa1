package github

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/traffic"
)

func (h *Hub) misbehave(w http.ResponseWriter, c *call, f traffic.Fault) int {
	if f.Drop {
		return dropped
	}
	for k, v := range f.Header {
		c.header.Set(k, v)
	}
	body := []byte(f.Body)
	if f.Empty {
		body = nil
	} else if f.Body == "" {
		body = fmt.Appendf(nil, `{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, http.StatusText(f.Status))
	}
	return h.send(w, c, reply{status: f.Status, raw: body, kind: "application/json; charset=utf-8"})
}

func errorReply(err error) reply {
	e := asAPIError(err)
	return reply{status: e.Status, body: e.body()}
}

func (h *Hub) sendError(w http.ResponseWriter, c *call, err error) int {
	return h.send(w, c, errorReply(err))
}

func (h *Hub) send(w http.ResponseWriter, c *call, a reply) int {
	if a.body != nil {
		raw, err := encode(a.body)
		if err != nil {
			a.status, raw = http.StatusInternalServerError, []byte(`{"message":"fakehub cannot encode its answer"}`)
		}
		a.raw, a.kind = raw, "application/json; charset=utf-8"
	}
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	if read && a.status == http.StatusOK {
		tag := etag(c.r.Header.Get("Authorization"), a.raw)
		c.header.Set("ETag", tag)
		c.header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
		c.header.Set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")
		if matches(c.r.Header.Get("If-None-Match"), tag) {
			if c.route != nil {
				c.limitHeaders(h.limits.Refund(c.who.key, resource(c.route.pattern)))
			}
			c.note(http.StatusNotModified)
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified
		}
	}
	if a.kind != "" {
		c.header.Set("Content-Type", a.kind)
	}
	if a.status != http.StatusNoContent {
		c.header.Set("Content-Length", strconv.Itoa(len(a.raw)))
	}
	c.note(a.status)
	w.WriteHeader(a.status)
	if c.r.Method != http.MethodHead {
		_, _ = w.Write(a.raw) // the client may be gone, which is its own business
	}
	return a.status
}

func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part != "" && (part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/")) {
			return true
		}
	}
	return false
}
