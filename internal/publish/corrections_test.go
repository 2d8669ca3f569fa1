package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/thread"
)

// corrected is a finding of a tool with what it would write on lines 3 and 4.
func corrected(name string) finding.Finding {
	return finding.Finding{
		Rule: "lint/error", Family: "lint", Mode: finding.Enforce, Severity: finding.Error, Blocking: true, Path: "a.go", Line: 3,
		Message: "hostile <b>words</b> @olga", Fingerprint: finding.Fingerprint(name), Docs: "https://example.com/rule",
		Source:     &finding.Source{Tool: "gofmt", Rule: "format"},
		Suggestion: &finding.Suggestion{Line: 3, EndLine: 4, Text: "var a = 1\n"},
	}
}

// TestCorrections: a correction is posted once, where the settings want it; one that is gone says so once, and one that came
// back says it again; what a person dismissed stays so.
func TestCorrections(t *testing.T) {
	rule := func(name string, state thread.State, posted bool, addressedIn string) thread.Finding {
		p := stands(inlineAt(name, 3), state, 7)
		p.About.Origin = effect.FromRule
		p.Posted.Effect.Inline.AddressedIn = addressedIn
		if !posted {
			p.Posted = nil
		}
		return p
	}
	one := []finding.Finding{corrected("p1")}
	open, posted := rule("p1", thread.Open, false, ""), rule("p1", thread.Open, true, "")
	plain := corrected("p1")
	plain.Suggestion = nil
	ours := corrected("p1")
	ours.Source = nil
	for name, c := range map[string]struct {
		how    string
		draft  bool
		stands []thread.Finding
		found  []finding.Finding
		want   string
	}{
		"new":                       {how: "inline", found: one, want: "p1:3-4 new"},
		"the check alone":           {how: "check", found: one},
		"a draft":                   {how: "inline", draft: true, found: one},
		"without a correction":      {how: "inline", found: []finding.Finding{plain}},
		"of no tool":                {how: "inline", found: []finding.Finding{ours}},
		"followed, and not said":    {how: "inline", stands: []thread.Finding{open}, found: one, want: "p1:3-4 new"},
		"said":                      {how: "inline", stands: []thread.Finding{posted}, found: one},
		"dismissed":                 {how: "inline", stands: []thread.Finding{rule("p1", thread.Dismissed, true, "")}, found: one},
		"dismissed before it spoke": {how: "inline", stands: []thread.Finding{rule("p1", thread.Dismissed, false, "")}, found: one},
		"gone": {how: "inline", stands: []thread.Finding{rule("p1", thread.Addressed, true, "")},
			want: "p1:3-3 edits 7 gone"},
		"gone, as it says":        {how: "inline", stands: []thread.Finding{rule("p1", thread.Addressed, true, "ccc")}},
		"gone, without a comment": {how: "inline", stands: []thread.Finding{rule("p1", thread.Addressed, false, "")}},
		"gone, and not wanted": {how: "check", stands: []thread.Finding{rule("p1", thread.Addressed, true, "")},
			want: "p1:3-3 edits 7 gone"},
		"it came back": {how: "inline", stands: []thread.Finding{rule("p1", thread.Open, true, "ccc")}, found: one,
			want: "p1:3-4 edits 7"},
		"two on the same lines": {how: "inline", found: []finding.Finding{corrected("p1"), corrected("p2")}, want: "p1:3-4 new"},
	} {
		in := Input{
			Record:   change.Record{Ref: change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}}},
			Snapshot: &change.Snapshot{Head: change.Rev{SHA: "bbb"}, Draft: c.draft},
			Decision: policy.Decision{Findings: c.found},
			Report:   settings.Presentation{Suggestions: c.how},
			Standing: plan.Standing{Findings: c.stands},
		}
		var got []string
		for _, e := range corrections(in) {
			m := e.Inline
			if err := m.Check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			says := fmt.Sprintf("%s:%d-%d", m.Fingerprint, m.StartLine, m.Line)
			switch m.Edits {
			case "":
				says += " new"
			default:
				says += " edits " + string(m.Edits)
			}
			if m.AddressedIn != "" {
				says += " gone"
			} else if m.Suggestion == nil || *m.Suggestion != "var a = 1\n" {
				t.Errorf("%s: it suggests %v", name, m.Suggestion)
			}
			if strings.Contains(m.Body, "<b>") || strings.Contains(m.Body, " @olga") {
				t.Errorf("%s: a tool's words are not escaped: %s", name, m.Body)
			}
			got = append(got, says)
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
	var many []finding.Finding
	for i := range 100 {
		f := corrected(fmt.Sprint("p", i))
		f.Suggestion.Line, f.Suggestion.EndLine = 10*i+1, 10*i+2
		many = append(many, f)
	}
	if n := len(corrections(Input{
		Record:   change.Record{Ref: change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}}},
		Snapshot: &change.Snapshot{Head: change.Rev{SHA: "bbb"}}, Decision: policy.Decision{Findings: many},
		Report: settings.Presentation{Suggestions: "inline"},
	})); n != maxCorrections {
		t.Errorf("%d comments on one change", n)
	}
}
