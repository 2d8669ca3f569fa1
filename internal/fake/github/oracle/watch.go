package oracle

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Report collects what a set of exchanges did against GitHub's documents. It is safe for concurrent use.
type Report struct {
	api *api

	mu         sync.Mutex
	violations map[string]int
	seen       map[string]int
}

// Watch returns a report that fails the test, at its end, for every violation.
func Watch(t testing.TB) *Report {
	t.Helper()
	r := NewReport(t)
	t.Cleanup(func() {
		for _, v := range r.Violations() {
			t.Errorf("GitHub's documents say otherwise: %s", v)
		}
	})
	return r
}

// NewReport returns a report that the caller asks for its Violations. The test fails at once when GitHub's documents cannot be had.
func NewReport(t testing.TB) *Report {
	t.Helper()
	return &Report{api: must(t, loadAPI), violations: map[string]int{}, seen: map[string]int{}}
}

// Violations returns each violation once, sorted: "METHOD /path/{parameter}: what is wrong (n times)".
func (r *Report) Violations() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]string, 0, len(r.violations))
	for _, v := range slices.Sorted(maps.Keys(r.violations)) {
		if n := r.violations[v]; n > 1 {
			v += fmt.Sprintf(" (%d times)", n)
		}
		out = append(out, v)
	}
	return out
}

// Operations counts the exchanges that were checked and succeeded, by operation; GraphQL counts as "POST /graphql".
func (r *Report) Operations() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.seen)
}

func (r *Report) add(operation string, problems []string, succeeded bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if succeeded {
		r.seen[operation]++
	}
	for _, p := range problems {
		if !forgiven(operation, p) {
			r.violations[operation+": "+p]++
		}
	}
}

// exchange checks one request with its answer. A request that GitHub's document refuses is a violation only when it was
// accepted: refusing it is right.
func (r *Report) exchange(req *http.Request, sent []byte, status int, header http.Header, got []byte) {
	// Downloads are answered by the address of a file.
	succeeded := status >= 200 && status < 300 || status == http.StatusFound
	if isGraphQL(req) {
		if succeeded {
			r.add("POST /graphql", graphQLExchange(sent, got), true)
		}
		return
	}
	op, ok := r.api.find(req)
	if !ok {
		if succeeded && !strings.HasPrefix(header.Get("Content-Type"), "text/html") { // a page for people is no API
			r.add(req.Method+" "+req.URL.Path,
				[]string{
					"no such operation among those checked; if GitHub has it, add it to internal/fake/github/oracle/operations.go"}, false)
		}
		return
	}
	var problems []string
	if succeeded {
		problems = op.request(req, sent)
	}
	r.add(op.name, append(problems, op.response(req, status, header, got)...), succeeded)
}

// outside says which paths of a forge's host are not its API: git over HTTP, the services of Actions, and the fake's own pages.
func outside(path string) bool {
	return strings.Contains(path, ".git/") || strings.HasPrefix(path, "/_fakehub") || strings.HasPrefix(path, "/_services/")
}

// Transport checks every exchange that goes through next.
func (r *Report) Transport(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if outside(req.URL.Path) {
			return next.RoundTrip(req)
		}
		var sent []byte
		if req.Body != nil {
			var err error
			sent, err = io.ReadAll(req.Body)
			if closeErr := req.Body.Close(); err == nil {
				err = closeErr
			}
			if err != nil {
				return nil, fmt.Errorf("read request body: %w", err)
			}
			again := req.Clone(req.Context())
			again.Body = io.NopCloser(bytes.NewReader(sent))
			req = again
		}
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		got, err := io.ReadAll(resp.Body)
		if closeErr := resp.Body.Close(); err == nil {
			err = closeErr
		}
		resp.Body = io.NopCloser(bytes.NewReader(got))
		if err != nil {
			// The answer broke off: faults on purpose do that. The client meets the same error.
			resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(got), failing{err}))
			return resp, nil //nolint:nilerr // it is handed on in the body
		}
		r.exchange(req, sent, resp.StatusCode, resp.Header, got)
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Handler checks every exchange that next answers. The answer is kept in memory until next returns.
func (r *Report) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if outside(req.URL.Path) {
			next.ServeHTTP(w, req)
			return
		}
		sent, err := io.ReadAll(req.Body)
		if err != nil {
			// The client broke off; next meets the same error.
			req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent), failing{err}))
			next.ServeHTTP(w, req)
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(sent))
		kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, req)
		r.exchange(req, sent, kept.status, w.Header(), kept.body.Bytes())
		w.WriteHeader(kept.status)
		_, _ = w.Write(kept.body.Bytes()) // the client may be gone; that is no violation
	})
}

type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) WriteHeader(status int) { k.status = status }

func (k *keptAnswer) Write(b []byte) (int, error) { return k.body.Write(b) }
