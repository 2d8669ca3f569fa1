//race:unwatched
package queues

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/queue"
)

// shell is a page without head and foot.
type shell struct{}

func (shell) Page(w http.ResponseWriter, _ *http.Request, status int, title, _ string, content template.HTML) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<title>%s</title>%s", template.HTMLEscapeString(title), content)
}

func (shell) Trouble(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

func (shell) Caller(*http.Request) string { return "olga" }

var survey = queue.Survey{
	Leader: "p-1",
	Queues: []queue.Waiting{{Queue: "look", Ready: 3, OldestSeconds: 90, GivenUp: 1}, {Queue: "sweep", Later: 2}},
	Failing: []queue.Failing{
		{ID: 7, Kind: "look", Args: `{"key":"github:1:2"}`, State: "discarded", Attempt: 10, Error: "<script>alert(1)</script>"},
		{ID: 8, Kind: "look", State: "retryable", Attempt: 2, Error: "the forge is down"},
	},
}

func serve(p Pages) *http.ServeMux {
	mux := http.NewServeMux()
	p.Route(mux)
	return mux
}

// The page says how much waits and what failed; text of others is no markup; only an operator gets buttons, whose forms
// carry the person's token.
func TestPage(t *testing.T) {
	p := Pages{Shell: shell{}, Survey: func(context.Context) (queue.Survey, error) { return survey, nil }}
	get := func(g *access.Granted) string {
		r := httptest.NewRequest(http.MethodGet, "/queue", http.NoBody)
		if g != nil {
			r = r.WithContext(access.With(r.Context(), *g))
		}
		w := httptest.NewRecorder()
		serve(p).ServeHTTP(w, r)
		return w.Body.String()
	}
	body := get(nil)
	for _, want := range []string{"p-1", "1m30s", "given up", "tried again", "&lt;script&gt;", `value="7"`, "Retry job 8"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q:\n%s", want, body)
		}
	}
	if strings.Contains(body, "<script>") {
		t.Error("an error of others became markup")
	}
	if got := get(&access.Granted{Role: access.Auditor, CSRF: "t0ken"}); strings.Contains(got, "<form") || strings.Contains(got, "t0ken") {
		t.Error("an auditor got buttons")
	}
	if got := get(&access.Granted{Role: access.Operator, CSRF: "t0ken"}); !strings.Contains(got, `name="csrf" value="t0ken"`) {
		t.Error("an operator's form carries no token")
	}
}

// ATTACK: a page of another site makes an operator's browser press a button.
//
// WHAT MUST HOLD: it is refused, and nothing is done. A press of the page's own button is done once and named.
func TestButtons(t *testing.T) {
	var done []string
	answer := error(nil)
	p := Pages{Shell: shell{}, Act: func(_ context.Context, act audit.Act, id int64, actor string) error {
		done = append(done, fmt.Sprint(act, " ", id, " ", actor))
		return answer
	}}
	post := func(path, id, site string) int {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"id": {id}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		serve(p).ServeHTTP(w, r)
		if to := w.Header().Get("Location"); w.Code == http.StatusSeeOther && to != "../queue" {
			t.Errorf("%s leads to %s, which is wrong behind a proxy with a path of its own", path, to)
		}
		return w.Code
	}
	for _, c := range []struct {
		path, id, site string
		answer         error
		want           int
	}{
		{"/queue/retry", "7", "cross-site", nil, http.StatusForbidden},
		{"/queue/discard", "7", "cross-site", nil, http.StatusForbidden},
		{"/queue/retry", "x", "same-origin", nil, http.StatusBadRequest},
		{"/queue/retry", "", "same-origin", nil, http.StatusBadRequest},
		{"/queue/retry", "7", "same-origin", nil, http.StatusSeeOther},
		{"/queue/discard", "8", "same-origin", nil, http.StatusSeeOther},
		{"/queue/retry", "9", "same-origin", fmt.Errorf("retry: %w", change.ErrNotFound), http.StatusConflict},
		{"/queue/retry", "10", "same-origin", errors.New("the disk is full"), http.StatusServiceUnavailable},
	} {
		answer = c.answer
		if got := post(c.path, c.id, c.site); got != c.want {
			t.Errorf("%s %s from %s: %d, want %d", c.path, c.id, c.site, got, c.want)
		}
	}
	if got := strings.Join(done, ", "); got != "job.retried 7 olga, job.discarded 8 olga, job.retried 9 olga, job.retried 10 olga" {
		t.Errorf("done: %s", got)
	}
}

// TestReadsEndInTime holds both forms of the page to an end, however long the database takes.
func TestReadsEndInTime(t *testing.T) {
	p := Pages{Shell: shell{}, Survey: func(ctx context.Context) (queue.Survey, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a page reads for as long as the database takes")
		}
		return queue.Survey{}, nil
	}}
	for _, path := range []string{"/queue", "/queue.json"} {
		serve(p).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
}
