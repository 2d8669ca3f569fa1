package github

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// object is a JSON object on its way out.
type object = map[string]any

// call is one request on its way through: who asks, for what, and where the answer's headers go.
type call struct {
	r      *http.Request
	who    actor
	repo   *repository
	params map[string]string
	query  url.Values
	body   []byte
	header http.Header
	route  *route
	// note records the request, once. It is called before the answer is sent: who has the answer finds the request recorded.
	note func(status int)
	// name is the operation of a GraphQL request, once it was read.
	name  string
	named bool
}

// reply is an answer that is not plainly 200 and JSON. Raw, if set, is sent as it is under Type.
type reply struct {
	status int
	body   any
	raw    []byte
	kind   string
	link   string // the Link header, of an answer that is kept
}

func created(body any) reply { return reply{status: http.StatusCreated, body: body} }

func noContent() reply { return reply{status: http.StatusNoContent} }

// apiError is an error in GitHub's shape.
type apiError struct {
	Status  int
	Message string
	Errors  []any
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Message) }

func fail(status int, format string, args ...any) error {
	return &apiError{Status: status, Message: fmt.Sprintf(format, args...)}
}

var errNotFound = &apiError{Status: http.StatusNotFound, Message: "Not Found"}

// invalid is GitHub's 422 about one field; code is missing, missing_field, invalid, already_exists, unprocessable, custom.
func invalid(resource, field, code, message string) error {
	e := object{"resource": resource, "code": code, "field": field}
	if message != "" {
		e["message"] = message
	}
	return &apiError{Status: http.StatusUnprocessableEntity, Message: "Validation Failed", Errors: []any{e}}
}

// unprocessable is the 422 whose errors are sentences.
func unprocessable(sentences ...string) error {
	e := &apiError{Status: http.StatusUnprocessableEntity, Message: "Unprocessable Entity"}
	for _, s := range sentences {
		e.Errors = append(e.Errors, s)
	}
	return e
}

func (e *apiError) body() object {
	out := object{"message": e.Message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(e.Status)}
	if e.Errors != nil {
		out["errors"] = e.Errors
	}
	return out
}

// asAPIError turns what a handler returned into GitHub's answer: an object git does not have is 404, the rest is our own
// fault and says so.
func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, githost.ErrNotFound) {
		return errNotFound
	}
	return &apiError{Status: http.StatusInternalServerError, Message: "fakehub: " + err.Error()}
}

// decode reads the request's JSON body into v. An empty body leaves v as it is.
func (c *call) decode(v any) error {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return unprocessable(fmt.Sprintf("For '%s', %s is not of the type wanted.", mismatch.Field, mismatch.Value))
		}
		return fail(http.StatusBadRequest, "Problems parsing JSON")
	}
	return nil
}

func (c *call) number(name string) int {
	n, err := strconv.Atoi(c.params[name])
	if err != nil {
		return -1
	}
	return n
}

func (c *call) id(name string) int64 {
	n, err := strconv.ParseInt(c.params[name], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// paging reads page and per_page: 30 a page unless asked, 100 at most.
func (c *call) paging() (page, per int) {
	page, _ = strconv.Atoi(c.query.Get("page"))
	per, _ = strconv.Atoi(c.query.Get("per_page"))
	if per <= 0 {
		per = 30
	}
	return max(1, page), min(per, 100)
}

// window cuts a list to the page asked for and writes the Link header.
func window[T any](c *call, all []T) []T {
	page, per := c.paging()
	c.link(page, per, len(all))
	from := min((page-1)*per, len(all))
	return all[from:min(from+per, len(all))]
}

// paged is window followed by rendering, so that only what is shown is rendered. It never returns nil.
func paged[T any](c *call, all []T, render func(T) any) []any {
	shown := window(c, all)
	out := make([]any, 0, len(shown))
	for _, v := range shown {
		out = append(out, render(v))
	}
	return out
}

func (c *call) link(page, per, total int) {
	last := max(1, (total+per-1)/per)
	var links []string
	add := func(rel string, n int) {
		q := url.Values{}
		for k, v := range c.query {
			q[k] = v
		}
		q.Set("page", strconv.Itoa(n))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.origin(), c.r.URL.EscapedPath(), q.Encode(), rel))
	}
	if page > 1 {
		add("prev", page-1)
	}
	if page < last {
		add("next", page+1)
		add("last", last)
	}
	if page > 1 {
		add("first", 1)
	}
	if len(links) > 0 {
		c.header.Set("Link", strings.Join(links, ", "))
	}
}

func (c *call) origin() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

// encode renders an answer's body. HTML characters stay as they are, as in GitHub's answers.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// etag names an answer for one token: on GitHub the same resource has another tag for another Authorization header.
func etag(authorization string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(authorization))
	h.Write([]byte{0})
	h.Write(body)
	return `W/"` + hex.EncodeToString(h.Sum(nil)) + `"`
}

// accepts reports whether the Accept header asks for a media type such as "diff" or "raw".
func (c *call) accepts(kind string) bool {
	a := c.r.Header.Get("Accept")
	for _, form := range []string{"application/vnd.github." + kind, "application/vnd.github.v3." + kind} {
		if strings.Contains(a, form) {
			return true
		}
	}
	return false
}
