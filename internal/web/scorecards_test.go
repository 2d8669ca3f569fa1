package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// noisyScene makes changes from a number on whose one finding was ignored, or addressed every third time.
func noisyScene(s *scene, from, n int) {
	s.t.Helper()
	for i := from; i < from+n; i++ {
		s.deliver(pull(i), sha("a"), nil, "pull_request.opened")
		look := func(state change.State, head, line string, found bool) {
			record, err := s.Store.Record(s.t.Context(), pull(i).Key)
			if err != nil {
				s.t.Fatal(err)
			}
			record.State = state
			l := plan.Look{Record: record, Seen: outcome.NewLook(head, []diff.File{{Path: "a.go", State: diff.Text, Blob: line,
				Hunks: []diff.Hunk{{NewStart: 1, Lines: []diff.Line{{Op: diff.Add, Text: line}}}}}})}
			l.Seen.Judged = []string{"size/large-file"}
			if found {
				l.Seen.Sight(finding.Finding{Rule: "size/large-file", Mode: finding.Enforce, Blocking: true, Path: "a.go", Line: 1,
					Fingerprint: "f"}, false)
			}
			if _, err := s.Store.SavePlan(s.t.Context(), l, nothing); err != nil {
				s.t.Fatal(err)
			}
		}
		look(change.Open, sha("a"), "bad", true)
		if i%3 == 0 {
			look(change.Open, sha("b"), "good", false)
		}
		look(change.Merged, sha("b"), "", false)
	}
	if _, err := s.Store.Review(s.t.Context(), func(string) bool { return false }); err != nil {
		s.t.Fatal(err)
	}
}

func TestScorecards(t *testing.T) {
	s := newScene(t)
	admin := s.admin(s.overview(), s.health())
	if w := get(admin, "/rules"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "No rule posted anything in that time") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	noisyScene(s, 100, 60)
	for _, path := range []string{"/rules", "/rules?repo=acme/shop&days=7"} {
		w := get(admin, path)
		for _, want := range []string{"docs/rules/size#large-file", "too noisy to block", "67 % (54–77)", "33 % (23–46)",
			"40 of 60 decided findings unwanted, proposed to warn"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s does not show %q: %s", path, want, w.Body)
			}
		}
	}
	var cards []scorecard.Card
	if err := json.Unmarshal(get(admin, "/rules.json").Body.Bytes(), &cards); err != nil || len(cards) != 1 || cards[0].Decided != 60 ||
		cards[0].Outcomes[outcome.Ignored] != 40 {
		t.Errorf("%+v %v", cards, err)
	}
	for path, want := range map[string]int{"/rules?repo=acme/other": 404, "/rules?repo=%3Cscript%3E": 404, "/rules?days=0": 400,
		"/rules?days=x": 400, "/rules.json?days=1000": 400} {
		if w := get(admin, path); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/rules"); w.Code != http.StatusNotFound {
		t.Errorf("strangers read scorecards: %d", w.Code)
	}
}
