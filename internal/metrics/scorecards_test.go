package metrics

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/scorecard"
)

// TestScorecards: rules are labels only when the server knows them, and rates only when enough was counted.
func TestScorecards(t *testing.T) {
	t.Parallel()
	m := New(func(context.Context) (int, time.Duration, error) { return 0, 0, nil })
	reads := 0
	m.Register(Scorecards([]string{"size/large-file"}, func(context.Context) ([]scorecard.Count, error) {
		reads++
		return []scorecard.Count{
			{Rule: "size/large-file", Name: "ignored", Now: 10}, {Rule: "size/large-file", Name: "addressed", Now: 30},
			{Rule: "made/up", Name: "ignored", Now: 1}, {Rule: "gone/rule", Name: "ignored", Now: 2},
		}, nil
	}))
	_, text := scrape(m)
	for _, want := range []string{`lintel_rule_findings{outcome="ignored",rule="size/large-file"} 10`,
		`lintel_rule_findings{outcome="ignored",rule="other"} 3`,
		`lintel_rule_outcome_ratio{bound="share",rate="effective_fp",rule="size/large-file"} 0.25`} {
		if !strings.Contains(text, want) {
			t.Errorf("the scrape has no %s:\n%s", want, text)
		}
	}
	for _, not := range []string{"made/up", "gone/rule", `rate="effective_fp",rule="other"`, `rate="override"`,
		"lintel_rule_fix_seconds{"} {
		if strings.Contains(text, not) {
			t.Errorf("the scrape has %s", not)
		}
	}
	if reads != 1 {
		t.Errorf("the record was read %d times for one scrape", reads)
	}
}
