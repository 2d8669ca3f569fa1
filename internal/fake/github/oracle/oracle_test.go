//race:unwatched
package oracle_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/fake/github/oracle"
)

// canned answers every request with one status and body.
func canned(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// send makes one exchange through the transport and returns the violations.
func send(t *testing.T, method, path, sent string, status int, got string) (*oracle.Report, []string) {
	t.Helper()
	r := oracle.NewReport(t)
	s := canned(t, status, got)
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: r.Transport(http.DefaultTransport)}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if string(body) != got {
		t.Errorf("the client read %q", body)
	}
	return r, r.Violations()
}

const sha = "0123456789abcdef0123456789abcdef01234567"

const ref = `{"ref":"refs/heads/a/b","node_id":"R1","url":"https://api.example.com/x","object":{"type":"commit","sha":"` + sha +
	`","url":"https://api.example.com/y"}}`

// checkRun is GitHub's own sample.
func checkRun(t *testing.T) string {
	t.Helper()
	return sample(t, "check-run-example-of-in-progress-conclusion")
}

func sample(t *testing.T, name string) string {
	t.Helper()
	oracle.NewReport(t) // brings the documents
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "..", ".cache", "oracles", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Examples map[string]struct {
				Value json.RawMessage `json:"value"`
			} `json:"examples"`
		} `json:"components"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	value := doc.Components.Examples[name].Value
	if value == nil {
		t.Fatalf("GitHub's document has no sample %s", name)
	}
	return string(value)
}

func annotations(n int) string {
	one := `{"path":"a.go","start_line":1,"end_line":1,"annotation_level":"failure","message":"m"}`
	return `{"name":"lintel","head_sha":"` + sha + `","status":"in_progress","output":{"title":"t","summary":"s","annotations":[` +
		strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}}`
}

//race:unwatched
func TestExchange(t *testing.T) {
	run := checkRun(t)
	tests := []struct {
		name, method, path, sent string
		status                   int
		got                      string
		want                     []string
	}{
		{"a right answer, a ref with a slash", "GET", "/repos/o/r/git/ref/heads/a/b", "", 200, ref, nil},
		{"an Enterprise path", "GET", "/api/v3/repos/o/r/git/ref/heads/a", "", 200, ref, nil},
		{"a renamed repository by its id", "GET", "/repositories/7/git/ref/heads/a", "", 200, ref, nil},
		{"the root folder", "GET", "/repos/o/r/contents", "", 200, "[]", nil},
		{"a missing field", "GET", "/repos/o/r/git/ref/heads/a", "", 200, strings.Replace(ref, `"node_id":"R1",`, "", 1),
			[]string{`GET /repos/{owner}/{repo}/git/ref/{ref}: response body: /node_id: property "node_id" is missing`}},
		{"a field of the wrong kind", "GET", "/repos/o/r/git/ref/heads/a", "", 200, strings.Replace(ref, `"R1"`, "1", 1),
			[]string{`GET /repos/{owner}/{repo}/git/ref/{ref}: response body: /node_id: value must be a string`}},
		{"an answer that is not JSON", "GET", "/repos/o/r/git/ref/heads/a", "", 200, "<html>",
			[]string{`GET /repos/{owner}/{repo}/git/ref/{ref}: response body: is not JSON: invalid character '<' ` +
				`looking for beginning of value`}},
		{"a wrong status", "GET", "/repos/o/r/git/ref/heads/a", "", 201, ref,
			[]string{`GET /repos/{owner}/{repo}/git/ref/{ref}: response: status 201, GitHub answers 200`}},
		{"a refusal is not looked at", "GET", "/repos/o/r/git/ref/heads/a", "", 404, "gone", nil},
		{"50 annotations", "POST", "/repos/o/r/check-runs", annotations(50), 201, run, nil},
		{"51 annotations", "POST", "/repos/o/r/check-runs", annotations(51), 201, run,
			[]string{`POST /repos/{owner}/{repo}/check-runs: request body: /output/annotations: maximum number of items is 50`}},
		{"51 annotations, refused", "POST", "/repos/o/r/check-runs", annotations(51), 422, `{"message":"Invalid request."}`, nil},
		{"a 422 without its reason", "POST", "/repos/o/r/pulls", `{"head":"a","base":"b"}`, 422, `{"errors":"x"}`, []string{
			`POST /repos/{owner}/{repo}/pulls: response body: /documentation_url: property "documentation_url" is missing`,
			`POST /repos/{owner}/{repo}/pulls: response body: /errors: value must be an array`,
			`POST /repos/{owner}/{repo}/pulls: response body: /message: property "message" is missing`,
		}},
		{"a parameter out of range", "GET", "/repos/o/r/pulls/x/files?page=1", "", 200, "[]", []string{
			`GET /repos/{owner}/{repo}/pulls/{pull_number}/files: request parameter pull_number: parameter ` +
				`"pull_number" in path has an error: value x: an invalid integer: invalid syntax`,
		}},
		{"an unknown parameter", "GET", "/repos/o/r/pulls/1/files?perpage=100", "", 200, "[]",
			[]string{`GET /repos/{owner}/{repo}/pulls/{pull_number}/files: request parameter perpage: GitHub does not know it`}},
		{"a body where there is none", "DELETE", "/repos/o/r/issues/comments/1", "", 204, "", nil},
		{"an operation outside the list", "GET", "/repos/o/r/topics", "", 200, "{}",
			[]string{`GET /repos/o/r/topics: no such operation among those checked; if GitHub has it, add it to ` +
				`internal/fake/github/oracle/operations.go`}},
		{"an unknown operation, refused", "GET", "/nope", "", 404, "{}", nil},
		{"exempt: a bare array of labels", "POST", "/repos/o/r/issues/1/labels", `["a"]`, 200, "[]", nil},
		{"not exempt: a bare array elsewhere", "POST", "/repos/o/r/issues/1/comments", `["a"]`, 200, "[]", []string{
			"POST /repos/{owner}/{repo}/issues/{issue_number}/comments: request body: /: value must be an object",
			"POST /repos/{owner}/{repo}/issues/{issue_number}/comments: response: status 200, GitHub answers 201",
		}},
		{"exempt: null", "POST", "/app/hook/deliveries/1/attempts", "null", 202, "{}", nil},
		{"exempt: checks without contexts", "PUT", "/repos/o/r/branches/a/b/protection",
			`{"required_status_checks":{"strict":true,"checks":[]},"enforce_admins":null,` +
				`"required_pull_request_reviews":null,"restrictions":null}`, 200, `{"url":"https://api.example.com"}`, nil},
		{"not exempt: no checks at all", "PUT", "/repos/o/r/branches/a/b/protection",
			`{"enforce_admins":null,"required_pull_request_reviews":null,"restrictions":null}`, 200,
			`{"url":"https://api.example.com"}`, []string{
				`PUT /repos/{owner}/{repo}/branches/{branch}/protection: request body: /required_status_checks: property ` +
					`"required_status_checks" is missing`,
			}},
		{"a required body that is missing", "PUT", "/repos/o/r/contents/a/b", "", 200, "{}", []string{
			`PUT /repos/{owner}/{repo}/contents/{path}: request body: is required and missing`,
			`PUT /repos/{owner}/{repo}/contents/{path}: response body: /commit: property "commit" is missing`,
			`PUT /repos/{owner}/{repo}/contents/{path}: response body: /content: property "content" is missing`,
		}},
		{"GraphQL: right", "POST", "/graphql", `{"query":"{ viewer { login } }"}`, 200, `{"data":{"viewer":{"login":"olga"}}}`, nil},
		{"GraphQL: a misspelt field", "POST", "/graphql", `{"query":"{ viewer { lgin } }"}`, 200, `{"data":{"viewer":{"lgin":"olga"}}}`,
			[]string{`POST /graphql: input:1:12: Cannot query field "lgin" on type "User". Did you mean "login"?`}},
		{"GraphQL: null where a value is promised", "POST", "/api/graphql", `{"query":"{ viewer { login } }"}`, 200,
			`{"data":{"viewer":{"login":null}}}`,
			[]string{`POST /graphql: data.viewer.login: is null, the schema promises String!`}},
		{"GraphQL: a field that only GitHub has", "POST", "/graphql", `{"query":"{ viewer { email } }"}`, 200,
			`{"data":{"viewer":{"email":null}},"errors":[{"message":"Field 'email' doesn't exist on type ` +
				`'User'","path":["viewer","email"],"extensions":{"code":"undefinedField"}}]}`,
			[]string{`POST /graphql: response body: Field 'email' doesn't exist on type 'User' (at viewer email), but ` +
				`GitHub has the field`}},
		{"GraphQL: an error of the world", "POST", "/graphql", `{"query":"{ viewer { email } }"}`, 200,
			`{"data":{"viewer":null},"errors":[{"type":"FORBIDDEN","message":"no","path":["viewer"]}]}`, nil},
		{"git over HTTP is not the API", "GET", "/o/r.git/info/refs", "", 200, "x", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := send(t, tt.method, tt.path, tt.sent, tt.status, tt.got)
			if diff := cmp.Diff(tt.want, got,
				cmp.Transformer("nilIsEmpty", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReportCounts(t *testing.T) {
	r, _ := send(t, "GET", "/repos/o/r/git/ref/heads/a", "", 200, ref)
	if got := r.Operations(); got["GET /repos/{owner}/{repo}/git/ref/{ref}"] != 1 || len(got) != 1 {
		t.Errorf("operations %v", got)
	}
}

func TestHandler(t *testing.T) {
	r := oracle.NewReport(t)
	s := httptest.NewServer(r.Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"read":%d}`, len(body))
	})))
	defer s.Close()
	for range 2 {
		resp, err := http.Post(s.URL+"/repos/o/r/check-runs", "application/json", strings.NewReader(annotations(51)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusCreated || string(body) != fmt.Sprintf(`{"read":%d}`, len(annotations(51))) {
			t.Errorf("the client got %d %s, %v", resp.StatusCode, body, err)
		}
	}
	got := r.Violations()
	want := "POST /repos/{owner}/{repo}/check-runs: request body: /output/annotations: maximum number of items is 50 (2 times)"
	if !slices.Contains(got, want) || !strings.Contains(strings.Join(got, "\n"), `property "head_sha" is missing`) {
		t.Errorf("violations %q", got)
	}
}

// failures stands in for a test whose failures are looked at.
type failures struct {
	testing.TB
	cleanups []func()
	messages []string
}

func (f *failures) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }
func (f *failures) Errorf(format string, a ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, a...))
}

func TestWatchFailsTheTest(t *testing.T) {
	f := &failures{TB: t}
	r := oracle.Watch(f)
	s := canned(t, 201, "{}")
	client := http.Client{Transport: r.Transport(http.DefaultTransport)}
	resp, err := client.Post(s.URL+"/repos/o/r/issues/1/labels", "application/json", strings.NewReader(`{"labels":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, fn := range f.cleanups {
		fn()
	}
	if len(f.messages) == 0 ||
		!strings.Contains(f.messages[0], "GitHub's documents say otherwise: POST /repos/{owner}/{repo}/issues/{issue_number}/labels") {
		t.Errorf("messages %q", f.messages)
	}
}
