package github

import (
	"net/http"
	"testing"
)

// TestBeforeRulesets: "not found" is no answer about a branch's rules, but of a server that has no route for them.
func TestBeforeRulesets(t *testing.T) {
	for version, want := range map[string]bool{"": false, "3.8.1": true, "3.10.0": true, "3.11.0": false, "3.17.2": false,
		"4.0.0": false, "3": false, "3.x": false, "nonsense": false} {
		r := &http.Response{Header: http.Header{}}
		if version != "" {
			r.Header.Set("X-GitHub-Enterprise-Version", version)
		}
		if got := beforeRulesets(r); got != want {
			t.Errorf("version %q: %v, want %v", version, got, want)
		}
	}
}
