package comment

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/risk"
)

func TestRiskIsTheFirstLine(t *testing.T) {
	v := Verdict{Snapshot: &change.Snapshot{}, Facts: &facts.Facts{}}
	if s := v.Summary(); strings.Contains(s, "Risk") {
		t.Errorf("a change without a risk: %s", s)
	}
	v.Facts.Risk = risk.Facts{Level: risk.High, Reasons: []risk.Reason{{Text: "900 new lines"}, {Text: "1 migration of stored data"}}}
	want := "Risk: **high**. 900 new lines; 1 migration of stored data.\n\n"
	if s := v.Summary(); !strings.HasPrefix(s, want) {
		t.Errorf("got %q, want it to begin with %q", s, want)
	}
	v.Snapshot.Draft = true
	if s := v.Summary(); !strings.HasPrefix(s, want) {
		t.Errorf("of a draft: %q", s)
	}
}
