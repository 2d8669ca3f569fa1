package oracle_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/fake/github/oracle"
)

func example(t *testing.T, event string, index int) []byte {
	t.Helper()
	for e := range oracle.Examples(t) {
		if e.Event == event && e.Index == index {
			return e.Body
		}
	}
	t.Fatalf("no example %s %d", event, index)
	return nil
}

// change edits one payload as decoded JSON.
func change(t *testing.T, body []byte, edit func(map[string]any)) []byte {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	edit(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWebhook(t *testing.T) {
	pull := example(t, "pull_request", 2)
	tests := []struct {
		name, event string
		body        []byte
		want        string
	}{
		{"recorded", "pull_request", pull, ""},
		{"an unknown property", "pull_request", change(t, pull, func(v map[string]any) { v["newer"] = 1 }), ""},
		{"a missing number", "pull_request", change(t, pull, func(v map[string]any) { delete(v, "number") }), "missing property 'number'"},
		{"a deep field of the wrong kind", "pull_request", change(t, pull, func(v map[string]any) {
			v["pull_request"].(map[string]any)["head"].(map[string]any)["sha"] = 7
		}), "/pull_request/head/sha: got number, want string"},
		{"another event's body", "check_run", pull, `GitHub sends no action "assigned"`},
		{"an unknown action", "pull_request", change(t, pull, func(v map[string]any) { v["action"] = "exploded" }),
			`GitHub sends no action "exploded" for this event`},
		{"an unknown event", "pull_rqst", pull, "GitHub sends no such event"},
		{"not JSON", "push", []byte("{"), "is not JSON"},
		{"an event without actions", "push", example(t, "push", 2), ""},
		{"push without its ref", "push", change(t, example(t, "push", 2), func(v map[string]any) { delete(v, "ref") }),
			"missing property 'ref'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(oracle.Webhook(t, tt.event, tt.body), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	events := map[string]int{}
	total, valid := 0, 0
	for e := range oracle.Examples(t) {
		total++
		events[e.Event]++
		var v struct {
			Installation *struct {
				ID int64 `json:"id"`
			} `json:"installation"`
		}
		if err := json.Unmarshal(e.Body, &v); err != nil {
			t.Fatalf("%s %d: %v", e.Event, e.Index, err)
		}
		if v.Installation == nil || v.Installation.ID == 0 {
			t.Errorf("%s %d has no installation: %s", e.Event, e.Index, bytes.TrimSpace(e.Body[len(e.Body)-80:]))
		}
		if len(oracle.Webhook(t, e.Event, e.Body)) == 0 {
			valid++
		}
	}
	if total != 329 || len(events) != 58 || events["pull_request"] != 29 || events["check_run"] != 9 {
		t.Errorf("%d payloads in %d events, %d of pull_request, %d of check_run", total, len(events), events["pull_request"],
			events["check_run"])
	}
	// GitHub's own recordings break its schemas this often; a check that accepted all of them, or few, would be broken.
	if valid != 276 {
		t.Errorf("%d of %d recorded payloads satisfy GitHub's schemas, 276 did when this was written", valid, total)
	}
}
