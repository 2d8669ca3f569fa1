package inbound

import (
	"testing"

	"github.com/lintel-review/lintel/internal/trace"
)

// TestEventsAreSpokenOf: traces name the events of both forges, none is "other".
func TestEventsAreSpokenOf(t *testing.T) {
	for name, want := range map[string]string{"Merge Request Hook": "merge_request", "Note Hook": "note", "Push Hook": "push",
		"Pipeline Hook": "pipeline", "Feature Flag Hook": "feature_flag", "Resource Access Token Hook": "resource_access_token",
		"System Hook": "system", "external_status_check": "external_status_check", "pull_request": "pull_request",
		"a text of <others>": "other"} {
		if got := trace.Word(trace.Event, spoken(name)); got.Text != want {
			t.Errorf("%s is %q, want %q", name, got.Text, want)
		}
	}
}
