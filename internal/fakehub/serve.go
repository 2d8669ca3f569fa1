package fakehub

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fakehub/traffic"
)

// maxBody bounds an API request's body; GitHub's own limit is of this order.
const maxBody = 25 << 20

const secondaryText = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`

// secrets are what must not stand in a log: GitHub's token forms, and whatever is passed as one in a query.
var secrets = regexp.MustCompile(`(gh[pousr]_|github_pat_)[A-Za-z0-9_]+|((?:access_)?token|client_secret)=[^&]*`)

func redact(uri string) string { return secrets.ReplaceAllString(uri, "$1${2}[redacted]") }

// dropped is the status noted for a request whose connection a fault closed.
const dropped = -1

// ServeHTTP answers the API, git clients and browsers.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	w.Header().Set("Server", "fakehub")
	w.Header().Set("X-GitHub-Request-Id", strings.ToUpper(random(12)))
	if !h.hostAllowed(r) {
		http.Error(w, "this host name is not served here", http.StatusMisdirectedRequest)
		return
	}
	path := r.URL.EscapedPath()
	for _, prefix := range []string{"/api/v3", "/api/graphql"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
			if path = rest; prefix == "/api/graphql" {
				path = "/graphql"
			}
			break
		}
	}
	x, params, known := h.router.find(r.Method, path)
	if x == nil && !known && h.servePeople(w, r, path) {
		return
	}
	c := &call{r: r, params: params, query: r.URL.Query(), header: w.Header(), route: x}
	status := h.serveAPI(w, c, known)
	q := traffic.Request{Method: r.Method, Route: "unknown", Path: redact(r.URL.RequestURI()), Status: status,
		Installation: c.who.installationID(), Actor: c.who.key, Start: start, Duration: time.Since(start)}
	if x != nil {
		q.Route = x.pattern
	}
	h.record.Add(q)
	if status == dropped {
		defer panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	h.opt.Log.Info("request", "method", q.Method, "path", q.Path, "route", q.Route, "status", q.Status, "actor", q.Actor, "duration", q.Duration)
}

// serveAPI answers one API request and returns the status sent, 0 for a connection closed by a fault.
func (h *Hub) serveAPI(w http.ResponseWriter, c *call, known bool) int {
	if d := time.Duration(h.latency.Load()); d > 0 {
		if !pause(c.r.Context(), d) {
			return 0
		}
	}
	c.header.Set("X-GitHub-Media-Type", "github.v3; format=json")
	c.header.Set("X-GitHub-Api-Version-Selected", "2022-11-28")
	body, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxBody))
	if err != nil {
		return h.send(w, c, reply{status: http.StatusRequestEntityTooLarge, body: object{"message": "request body too large"}})
	}
	c.body = body
	if c.who, err = h.authenticate(c.r); err != nil {
		return h.sendError(w, c, err)
	}
	pattern, creates := "", false
	if c.route != nil {
		pattern, creates = c.route.pattern, c.route.creates
	}
	refused, done := h.limit(c, pattern, creates)
	defer done()
	if refused != nil {
		return h.send(w, c, *refused)
	}
	fault, faulty := h.faults.Next(c.r.Method, pattern)
	if faulty {
		if fault.Delay > 0 && !pause(c.r.Context(), fault.Delay) {
			return 0
		}
		if answer, ok := h.answers.get(c); fault.Stale && ok {
			return h.send(w, c, answer)
		}
		if (fault.Status > 0 || fault.Drop) && !fault.After {
			return h.misbehave(w, c, fault)
		}
	}
	answer, err := h.perform(c, known)
	if err != nil {
		answer = errorReply(err)
	}
	if faulty && fault.After && (fault.Status > 0 || fault.Drop) {
		return h.misbehave(w, c, fault)
	}
	if err == nil {
		h.answers.put(c, answer)
	}
	return h.send(w, c, answer)
}

// perform resolves the repository, checks permissions and calls the operation under the lock it needs.
func (h *Hub) perform(c *call, known bool) (reply, error) {
	if c.route == nil {
		if known {
			return reply{}, errNotFound // GitHub answers 404, not 405, to a method it does not have
		}
		return reply{}, errNotFound
	}
	if c.route.warm != nil {
		if err := h.admit(c); err == nil {
			c.route.warm(h, c)
		}
	}
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead || c.route.pattern == "/graphql"
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
			return nil, fail(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.")
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

func (h *Hub) limit(c *call, pattern string, creates bool) (*reply, func()) {
	if pattern == "/rate_limit" || pattern == "/meta" {
		return nil, func() {}
	}
	ask := traffic.Ask{Who: c.who.key, Resource: resource(pattern), Write: c.r.Method != http.MethodGet && pattern != "/graphql", Creates: creates}
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
		"message":           fmt.Sprintf("API rate limit exceeded for %s. If you reach out to GitHub Support for help, please include the request ID.", c.who.key),
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

func (h *Hub) misbehave(w http.ResponseWriter, c *call, f traffic.Fault) int {
	if f.Drop {
		return dropped
	}
	for k, v := range f.Header {
		c.header.Set(k, v)
	}
	body := []byte(f.Body)
	if f.Body == "" {
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
	w.WriteHeader(a.status)
	if c.r.Method != http.MethodHead {
		io.Copy(w, bytes.NewReader(a.raw)) // the client may be gone, which is its own business
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

// pause waits without holding anything; false means that the client went away.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
