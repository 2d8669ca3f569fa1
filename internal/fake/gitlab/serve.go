package gitlab

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// maxBody bounds a request's body.
const maxBody = 25 << 20

// secrets are what must not stand in a log.
var secrets = regexp.MustCompile(`(glpat|gloas)-[A-Za-z0-9_.-]+|((?:private|access)_token)=[^&]*`)

// dropped is the status noted for a request whose connection a fault closed.
const dropped = -1

// caller is who asks; the zero value is nobody.
type caller struct {
	user  *user
	token *token
}

func (w caller) name() string {
	if w.user == nil {
		return "anonymous"
	}
	return w.user.username
}

// call is one request to the API.
type call struct {
	r       *http.Request
	route   *route
	params  map[string]string
	values  map[string]any // query, form or JSON body
	header  http.Header
	who     caller
	project *project
	group   *group
	now     time.Time
	totals  bool
	sum     string // the body, to know the same question again
}

// ServeHTTP answers the API, git clients and those who fetch the issuer's keys.
func (l *Lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	w.Header().Set("Server", "fakelab")
	w.Header().Set("Date", l.now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-Request-Id", random(13))
	if !l.door.Admits(r) {
		http.Error(w, "this host name is not served here", http.StatusMisdirectedRequest)
		return
	}
	path, api := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4")
	if !api && r.URL.Path != "/api/graphql" {
		l.serveOthers(w, r)
		return
	}
	c := &call{r: r, header: w.Header(), now: l.now()}
	pattern, operation := "/graphql", ""
	if api {
		pattern = "unknown"
		if c.route, c.params = l.router.find(r.Method, path); c.route != nil {
			pattern = c.route.pattern
		}
	}
	status := l.answer(w, c, pattern, &operation)
	q := traffic.Request{Method: r.Method, Route: pattern, Operation: operation,
		Path: secrets.ReplaceAllString(r.URL.RequestURI(), "$1$2[redacted]"), Status: status, Actor: c.who.name(), Start: start,
		Duration: time.Since(start)}
	l.record.Add(q)
	l.opt.Log.InfoContext(r.Context(), "request", "method", q.Method, "path", q.Path, "route", q.Route, "status", q.Status,
		"actor", q.Actor,
		"duration", q.Duration)
	if status == dropped {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
}

// answer answers one API request and returns the status sent.
func (l *Lab) answer(w http.ResponseWriter, c *call, pattern string, operation *string) int {
	if d := time.Duration(l.latency.Load()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.r.Context().Done():
			return 0
		}
	}
	if err := c.read(w); err != nil {
		return send(w, refused(err))
	}
	if pattern == "/graphql" {
		*operation = c.operation()
	}
	if err := l.authenticate(c); err != nil {
		return send(w, refused(err))
	}
	if a := l.limits.enter(c, pattern); a != nil {
		return send(w, *a)
	}
	fault, faulty := l.faults.Next(c.r.Method, pattern, *operation, c.r.URL.RequestURI())
	if faulty && fault.Wait != nil {
		fault.Wait(c.r.Context())
	}
	if old, ok := l.past.get(c); faulty && fault.Stale && ok {
		return send(w, old)
	}
	if faulty && !fault.After && (fault.Status > 0 || fault.Drop) {
		return l.misbehave(w, fault)
	}
	a, err := l.perform(c)
	if err == nil && a.then != nil {
		a.body, err = a.then()
	}
	if err != nil {
		a = refused(err)
	}
	if faulty && fault.After && (fault.Status > 0 || fault.Drop) {
		return l.misbehave(w, fault)
	}
	if err == nil && l.opt.Stale {
		l.past.put(c, a)
	}
	return send(w, a)
}

func (l *Lab) misbehave(w http.ResponseWriter, f traffic.Fault) int {
	if f.Drop {
		return dropped
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	a := answer{status: f.Status, raw: []byte(f.Body), kind: "text/plain"}
	if f.Body == "" && !f.Empty {
		a = refused(fail(f.Status, strconv.Itoa(f.Status)+" "+http.StatusText(f.Status)))
	}
	return send(w, a)
}

// read takes the parameters of a request: GitLab takes them from the query, a form and a JSON body alike.
func (c *call) read(w http.ResponseWriter) error {
	c.values = map[string]any{}
	take := func(values url.Values) {
		for name, list := range values {
			c.put(name, list)
		}
	}
	take(c.r.URL.Query())
	body, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxBody))
	c.sum = string(body)
	if err != nil {
		return fail(http.StatusRequestEntityTooLarge, "413 Request Entity Too Large")
	}
	kind := c.r.Header.Get("Content-Type")
	switch {
	case len(body) == 0:
	case strings.HasPrefix(kind, "application/json"):
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		if err := decoder.Decode(&c.values); err != nil {
			return failure{status: http.StatusBadRequest, body: object{"error": "The given params are invalid: " + err.Error()}}
		}
		if c.values == nil { // the body was "null"
			c.values = map[string]any{}
		}
		take(c.r.URL.Query())
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fail(http.StatusBadRequest, "400 Bad request")
		}
		take(form)
	default:
		return failure{
			status: http.StatusUnsupportedMediaType,
			body:   object{"error": "The provided content-type '" + kind + "' is not supported."},
		}
	}
	return nil
}

// put keeps a form's value; "a[b]" goes into the object a, and "a[]" is a list.
func (c *call) put(name string, list []string) {
	if outer, rest, nested := strings.Cut(name, "["); nested {
		inner := strings.TrimSuffix(rest, "]")
		if inner == "" {
			var all []any
			for _, v := range list {
				all = append(all, v)
			}
			c.values[outer] = all
			return
		}
		at, _ := c.values[outer].(map[string]any)
		if at == nil {
			at = map[string]any{}
			c.values[outer] = at
		}
		at[inner] = list[len(list)-1]
		return
	}
	c.values[name] = list[len(list)-1]
}

// text is a parameter as text; false when it is absent.
func (c *call) text(name string) (string, bool) {
	if v, ok := c.params[name]; ok {
		return v, true
	}
	return asText(c.values[name])
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// number is a parameter as a number, 0 when it is none.
func (c *call) number(name string) int64 {
	s, _ := c.text(name)
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

func (c *call) flag(name string) bool {
	s, _ := c.text(name)
	return s == "true" || s == "1"
}

// list is a parameter with several values: a list, or one text with commas.
func (c *call) list(name string) ([]string, bool) {
	switch v := c.values[name].(type) {
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := asText(e); ok {
				out = append(out, s)
			}
		}
		return out, true
	case string:
		if v == "" {
			return nil, true
		}
		return strings.Split(v, ","), true
	}
	return nil, false
}

// authenticate finds who asks by PRIVATE-TOKEN, a bearer token or the query.
func (l *Lab) authenticate(c *call) error {
	secret := c.r.Header.Get("PRIVATE-TOKEN")
	if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok && secret == "" {
		secret = bearer
	}
	if secret == "" {
		secret, _ = c.text("private_token")
	}
	if secret == "" {
		return nil
	}
	who, err := l.caller(secret)
	c.who = who
	return err
}

// caller is who holds a token.
func (l *Lab) caller(secret string) (caller, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t := l.tokens[secret]
	switch {
	case t == nil:
		return caller{}, fail(http.StatusUnauthorized, "401 Unauthorized")
	case t.revoked:
		return caller{}, tokenRefused("Token was revoked. You have to re-authorize from the user.")
	case !t.expires.IsZero() && !l.now().Before(t.expires):
		return caller{}, tokenRefused("Token is expired. You can either do re-authorization or token refresh.")
	case t.user.state != "active":
		return caller{}, fail(http.StatusForbidden, "403 Forbidden - Your account has been blocked.")
	}
	return caller{user: t.user, token: t}, nil
}

func tokenRefused(why string) error {
	return failure{status: http.StatusUnauthorized, body: object{"error": "invalid_token", "error_description": why}}
}
