package gitlab

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is an answer as it is written.
type object map[string]any

// answer is what is sent. raw goes out as it is.
type answer struct {
	status int
	body   any
	raw    []byte
	kind   string
	header map[string]string
	// then makes the body once nothing is locked any more: of an answer that waits for what the Lab itself is asked meanwhile.
	then func() (any, error)
}

// failure is an answer that is no success.
type failure struct {
	status int
	body   any
}

func (f failure) Error() string { return fmt.Sprintf("status %d: %v", f.status, f.body) }

// fail is GitLab's usual shape of a refusal.
func fail(status int, message any) error { return failure{status, object{"message": message}} }

// missing is the answer to what does not exist or may not be seen.
func missing(what string) error {
	return fail(http.StatusNotFound, strings.Join(strings.Fields("404 "+what+" Not Found"), " "))
}

func refused(err error) answer {
	var f failure
	if !errors.As(err, &f) {
		f = failure{http.StatusInternalServerError, object{"message": "500 Internal Server Error", "detail": err.Error()}}
	}
	return answer{status: f.status, body: f.body}
}

var errForbidden = fail(http.StatusForbidden, "403 Forbidden")

func send(w http.ResponseWriter, a answer) int {
	if a.body != nil {
		raw, err := encode(a.body)
		if err != nil {
			a.status, raw = http.StatusInternalServerError, []byte(strconv.Quote(err.Error()))
		}
		a.raw, a.kind = raw, "application/json"
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.kind != "" {
		w.Header().Set("Content-Type", a.kind)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.raw) // a client that went away is no matter
	return a.status
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// perform finds the project or group, checks who may do it, and does it under the lock that it needs.
//
// [?] A feature of a higher tier answers 404 `{"error":"404 Not Found"}`.
func (l *Lab) perform(c *call) (answer, error) {
	if c.r.URL.Path == "/api/graphql" {
		return l.graphql(c)
	}
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	if read {
		l.mu.RLock()
		defer l.mu.RUnlock()
	} else {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.origin = c.r.Header.Get("X-Gitlab-Event-UUID")
		if l.forwarded = l.origin != ""; !l.forwarded {
			l.origin = uuid()
		}
		defer func() { l.origin, l.forwarded = "", false }()
	}
	if c.route == nil || (c.route.tier != "" && !l.has(c.route.tier)) || (c.route.since != "" && !l.since(c.route.since)) {
		return answer{}, failure{http.StatusNotFound, object{"error": "404 Not Found"}}
	}
	if c.who.user == nil && !c.route.open {
		return answer{}, fail(http.StatusUnauthorized, "401 Unauthorized")
	}
	if t := c.who.token; t != nil && !t.scope("api") && (!read || !t.scope("read_api")) {
		return answer{}, failure{http.StatusForbidden, object{"error": "insufficient_scope", "scope": "api",
			"error_description": "The request requires higher privileges than provided by the access token."}}
	}
	if err := l.admit(c); err != nil {
		return answer{}, err
	}
	c.totals = !l.noTotals
	v, err := c.route.call(l, c)
	if err != nil {
		return answer{}, err
	}
	a, ok := v.(answer)
	if !ok {
		a = answer{status: http.StatusOK, body: v}
		if c.r.Method == http.MethodPost {
			a.status = http.StatusCreated
		}
	}
	if a.body != nil { // encoded here: what it shows belongs to the state under the lock
		if a.raw, err = encode(a.body); err != nil {
			return answer{}, err
		}
		a.body, a.kind = nil, "application/json"
	}
	return a, nil
}

// admit finds what the path names. What somebody may not see does not exist.
func (l *Lab) admit(c *call) error {
	level := 0
	switch {
	case strings.HasPrefix(c.route.pattern, "/projects/:id"):
		c.project = l.projectNamed(c.params["id"])
		if c.project == nil || !l.sees(c.project, c.who) {
			return missing("Project")
		}
		level = l.level(c.project, c.who.user)
	case strings.HasPrefix(c.route.pattern, "/groups/:id"):
		id, _ := strconv.ParseInt(c.params["id"], 10, 64)
		for _, g := range l.groups {
			if g.id == id || strings.EqualFold(g.path, c.params["id"]) {
				c.group = g
			}
		}
		if c.group == nil {
			return missing("Group")
		}
		if c.who.user != nil {
			if level = c.group.level(c.who.user); c.who.user.admin {
				level = Owner
			}
		}
	case strings.HasPrefix(c.route.pattern, "/hooks"):
		if !c.who.user.admin {
			return errForbidden
		}
	}
	if level < c.route.level {
		return errForbidden
	}
	return nil
}

// projectNamed finds a project by its number or by its path, old ones included.
func (l *Lab) projectNamed(name string) *project {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return l.projects[id]
	}
	return l.paths[strings.ToLower(name)]
}

// page cuts a list to the page asked for and sets the headers of one.
func (c *call) page(list []any) []any {
	size := 20
	if n := int(c.number("per_page")); n > 0 {
		size = min(n, 100)
	}
	at := max(int(c.number("page")), 1)
	pages := max((len(list)+size-1)/size, 1)
	from, to := min((at-1)*size, len(list)), min(at*size, len(list))
	set := func(name string, n int) {
		text := ""
		if n > 0 {
			text = strconv.Itoa(n)
		}
		c.header.Set(name, text)
	}
	next, before := 0, 0
	if at < pages {
		next = at + 1
	}
	if at > 1 {
		before = at - 1
	}
	set("X-Page", at)
	set("X-Per-Page", size)
	set("X-Next-Page", next)
	set("X-Prev-Page", before)
	var links []string
	for _, link := range []struct {
		rel string
		at  int
	}{{"prev", before}, {"next", next}, {"first", 1}} {
		if link.at > 0 {
			links = append(
				links,
				c.link(link.rel, map[string]string{"page": strconv.Itoa(link.at), "per_page": strconv.Itoa(size)}),
			)
		}
	}
	if c.totals {
		c.header.Set("X-Total", strconv.Itoa(len(list)))
		set("X-Total-Pages", pages)
		links = append(links, c.link("last", map[string]string{"page": strconv.Itoa(pages), "per_page": strconv.Itoa(size)}))
	}
	c.header.Set("Link", strings.Join(links, ", "))
	return list[from:to]
}

// keyset cuts a list by the token of the last page, which is the key of its last entry.
func (c *call) keyset(list []any, key func(any) string) []any {
	size := 20
	if n := int(c.number("per_page")); n > 0 {
		size = min(n, 100)
	}
	if token, ok := c.text("page_token"); ok && token != "" {
		for i, e := range list {
			if key(e) == token {
				list = list[i+1:]
				break
			}
		}
	}
	if len(list) > size {
		list = list[:size]
		c.header.Set("Link", c.link("next", map[string]string{"page_token": key(list[size-1])}))
	}
	return list
}

func (c *call) link(rel string, with map[string]string) string {
	values := url.Values{}
	maps.Copy(values, c.r.URL.Query())
	for name, value := range with {
		values.Set(name, value)
	}
	return fmt.Sprintf(`<http://%s%s?%s>; rel="%s"`, c.r.Host, c.r.URL.EscapedPath(), values.Encode(), rel)
}

// stamp is a time as the API writes it; nothing for none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// orNull is a text, or null when it is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
