//race:unwatched
package rollouts_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/web/rollouts"
)

type shell struct{}

func (shell) Page(w http.ResponseWriter, _ *http.Request, status int, title, _ string, content template.HTML) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<title>%s</title>%s", title, content)
}

func (shell) Trouble(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

func get(t *testing.T, path string, report stepped.Report, err error) (int, string) {
	t.Helper()
	mux := http.NewServeMux()
	rollouts.Pages{Report: func(context.Context) (stepped.Report, error) { return report, err }, Shell: shell{}}.Route(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
	return w.Code, w.Body.String()
}

var report = stepped.Report{Method: "By method.", Rollouts: []stepped.Rollout{{
	Name: "advice", First: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Last: time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC),
	Unknown: []string{`acme/<b>"x`},
	Cycle: stepped.Estimate{Begun: 6, Of: 8, Others: 9, Pulls: 412, Change: &stepped.Range{By: -0.25, Low: -0.4, High: -0.062},
		Before: &stepped.Range{By: 0.02, Low: -0.1, High: 0.15}},
	Pickup: stepped.Estimate{Begun: 6, Of: 8, Others: 9, Pulls: 400, Change: &stepped.Range{By: -0.1, Low: -0.3, High: 0.15},
		Before: &stepped.Range{By: -0.2, Low: -0.3, High: -0.1}},
	Merged: stepped.Estimate{Begun: 2, Of: 8, Others: 9, Why: "2 repositories that began can be compared"},
}}}

// An estimate never stands without its interval, its number and its name; where the sides went apart before, that is said.
func TestPage(t *testing.T) {
	_, page := get(t, "/flow/rollouts", report, nil)
	for _, want := range []string{"≈ 25 % shorter", "<small>estimate</small>", "between 40 % shorter and 6 % shorter",
		"6 of 8 repositories that began, against 9 that had not; 412 pull requests",
		"between 30 % shorter and 15 % longer: no clear change",
		"⚠ Both sides went apart before it began (20 % shorter)", "2 repositories that began can be compared", "acme/&lt;b&gt;&#34;x",
		"8 repositories began, from 5 Jan 2026 to 2 Feb 2026", "These are estimates", `href="../definitions#rollout_change"`,
		"Before it began: no clear difference (10 % shorter to 15 % longer)."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Count(page, ">estimate<") != strings.Count(page, "≈") {
		t.Error("a change is not called an estimate")
	}
	if _, page := get(t, "/flow/rollouts", stepped.Report{}, nil); !strings.Contains(page, "No repository began with anything yet.") {
		t.Error(page)
	}
	for _, path := range []string{"/flow/rollouts", "/flow/rollouts.json", "/flow/rollouts.csv"} {
		if code, _ := get(t, path, report, errors.New("no record")); code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestExports(t *testing.T) {
	_, body := get(t, "/flow/rollouts.json", report, nil)
	var got stepped.Report
	if err := json.Unmarshal([]byte(body), &got); err != nil || *got.Rollouts[0].Cycle.Change != *report.Rollouts[0].Cycle.Change ||
		got.Rollouts[0].Merged.Change != nil {
		t.Errorf("%v: %s", err, body)
	}
	_, body = get(t, "/flow/rollouts.csv", report, nil)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v: %s", err, body)
	}
	const first = "advice|false|2026-01-05|2026-02-02|8|cycle|6|9|412|-0.2500|-0.4000|-0.0620|0.0200|-0.1000|0.1500|"
	if got := strings.Join(rows[1], "|"); got != first {
		t.Error(got)
	}
	const last = "advice|false|2026-01-05|2026-02-02|8|throughput|2|9|0|||||||2 repositories that began can be compared"
	if got := strings.Join(rows[3], "|"); got != last {
		t.Error(got)
	}
}
