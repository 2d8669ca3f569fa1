package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/objective"
)

// promised judges the heads of a scene's record.
func (s *scene) promised(ctx context.Context) (objective.Report, error) {
	p := objective.Promise{Target: 0.99, Window: 28 * 24 * time.Hour, Within: map[objective.Name]time.Duration{
		objective.Ack: 10 * time.Second, objective.FirstStatus: 10 * time.Second, objective.RulesDone: time.Minute,
		objective.AdviceDone: 10 * time.Minute,
	}}
	heads, err := s.Store.Heads(ctx, s.now.Add(-p.Window))
	return p.Report(heads, s.now), err
}

func TestObjectives(t *testing.T) {
	s := newScene(t)
	admin := s.admin(s.overview(), s.health())
	if w := get(admin, "/objectives"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Slowest") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.deliver(pull(1), sha("a"), nil, "pull_request.opened")
	s.verdict(pull(1), judgement{title: "fix: x"})
	s.deliver(pull(2), sha("c"), nil, "pull_request.opened")
	s.now = s.now.Add(2 * time.Hour)
	page := get(admin, "/objectives").Body.String()
	for _, want := range []string{`<th scope="row">rules_done</th><td>60 s</td><td>1</td><td>1</td><td>0</td>`, "-4900 %",
		"Slowest by rules_done", "<bdi>acme/shop#2</bdi>", "still waits"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q: %s", want, page)
		}
	}
	var report objective.Report
	if err := json.Unmarshal(get(admin, "/objectives.json").Body.Bytes(), &report); err != nil || len(report.Objectives) != 4 ||
		report.Objectives[2].Bad != 1 {
		t.Errorf("%+v %v", report, err)
	}
	s.Pages.o.Objectives = func(context.Context) (objective.Report, error) { return objective.Report{}, errors.New("locked") }
	if w := get(admin, "/objectives"); w.Code < 500 {
		t.Errorf("%d", w.Code)
	}
	if w := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/objectives"); w.Code != http.StatusNotFound {
		t.Errorf("strangers read response times: %d", w.Code)
	}
}
