package github

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// maxBody bounds an API request's body; GitHub's own limit is of this order.
const maxBody = 25 << 20

const secondaryText = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try ` +
	`again.","documentation_url":"https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-sec` +
	`ondary-rate-limits"}`

// secrets are what must not stand in a log: GitHub's token forms, and whatever is passed as one in a query.
var secrets = regexp.MustCompile(`(gh[pousr]_|github_pat_)[A-Za-z0-9_]+|((?:access_)?token|client_secret)=[^&]*`)

func redact(uri string) string { return secrets.ReplaceAllString(uri, "$1${2}[redacted]") }

// dropped is the status noted for a request whose connection a fault closed.
const dropped = -1

// ServeHTTP answers the API, git clients and browsers.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	w.Header().Set("Server", "fakehub")
	w.Header().Set("Date", h.opt.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-GitHub-Request-Id", strings.ToUpper(random(12)))
	if !h.door.Admits(r) {
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
	noted := false
	c.note = func(status int) {
		if noted {
			return
		}
		noted = true
		q := traffic.Request{Method: r.Method, Route: "unknown", Operation: c.operation(), Path: redact(r.URL.RequestURI()), Status: status,
			Installation: c.who.installationID(), Actor: c.who.key, Start: start, Duration: time.Since(start)}
		if x != nil {
			q.Route = x.pattern
		}
		h.record.Add(q)
		h.opt.Log.InfoContext(r.Context(), "request", "method", q.Method, "path", q.Path, "route", q.Route, "status", q.Status,
			"actor", q.Actor,
			"duration", q.Duration)
	}
	status := h.serveAPI(w, c)
	c.note(status)
	if status == dropped {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
}

// serveAPI answers one API request and returns the status sent, 0 for a connection closed by a fault.
func (h *Hub) serveAPI(w http.ResponseWriter, c *call) int {
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
	fault, faulty := h.faults.Next(c.r.Method, pattern, c.operation(), c.r.URL.RequestURI())
	if faulty {
		if fault.Wait != nil {
			fault.Wait(c.r.Context())
		}
		if answer, ok := h.answers.get(c); fault.Stale && ok {
			return h.send(w, c, answer)
		}
		if (fault.Status > 0 || fault.Drop) && !fault.After {
			return h.misbehave(w, c, fault)
		}
	}
	answer, err := h.perform(c)
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

// operations is how a GraphQL text names what it does.
var operations = regexp.MustCompile(`\A\s*(?:query|mutation)\s+(\w+)`)

// operation is the name of a GraphQL request's first operation, read once; empty for other requests.
func (c *call) operation() string {
	if c.named || c.route == nil || c.route.pattern != "/graphql" || c.body == nil {
		return c.name
	}
	c.named = true
	var asked struct {
		Query string `json:"query"`
	}
	if json.Unmarshal(c.body, &asked) == nil {
		if m := operations.FindStringSubmatch(asked.Query); m != nil {
			c.name = m[1]
		}
	}
	return c.name
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
