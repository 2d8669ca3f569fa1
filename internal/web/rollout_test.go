package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/finding"
)

// TestEvidenceOfRules holds that operators see what rules in shadow would have blocked, escaped, and nobody else does.
func TestEvidenceOfRules(t *testing.T) {
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, func(mux *http.ServeMux) { s.Pages.RouteEvidence(mux, s.Store) })
	if w := get(admin, "/rules/evidence"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "No rule would have blocked any") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	hostile := finding.Finding{Rule: `x/<script>alert("1")</script>`, Severity: finding.Error, Mode: `<b>`}
	found := finding.Finding{Rule: "size/too-large", Severity: finding.Error, Mode: finding.Shadow}
	for i := 200; i < 203; i++ {
		s.deliver(pull(i), sha("a"), nil, "pull_request.opened")
		s.verdict(pull(i), judgement{title: "feat: sell", findings: []finding.Finding{found, hostile}})
	}
	s.deliver(pull(203), sha("b"), nil, "pull_request.opened")
	s.verdict(pull(203), judgement{title: "feat: sell", lost: true})
	for _, path := range []string{"/rules/evidence", "/rules/evidence?repo=acme/shop"} {
		text := get(admin, path).Body.String()
		for _, want := range []string{
			"docs/rules/size#too-large", "would have blocked 3 of the last 3 changes", "none of them was merged", "x/&lt;script&gt;",
			"The verdicts on 1 change are no longer kept",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not show %q: %s", path, want, text)
			}
		}
		if strings.Contains(text, "<script>") || strings.Contains(text, "<b>") {
			t.Errorf("%s shows what others wrote as markup", path)
		}
	}
	var report evidence.Report
	err := json.Unmarshal(get(admin, "/rules/evidence.json?repo=acme/shop").Body.Bytes(), &report)
	if err != nil || report.Pulls != 4 || report.Lost != 1 || report.Repository != "acme/shop" || report.Rules[0].WouldBlock != 3 {
		t.Errorf("%+v %v", report, err)
	}
	for _, path := range []string{
		"/rules/evidence?repo=acme/other", "/rules/evidence.json?repo=acme/other", "/rules/evidence?repo=%3Cscript%3E",
	} {
		if w := get(admin, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/rules/evidence"); w.Code != http.StatusNotFound {
		t.Errorf("the public listener answers %d", w.Code)
	}
}
