//race:unwatched
package builtin

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
)

// TestDescriptionsAreForAuthors: a description stands before whoever opened a change. What concerns those who set
// up a merge queue stands in the manual alone.
func TestDescriptionsAreForAuthors(t *testing.T) {
	t.Parallel()
	engine, err := Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range engine.Rules() {
		if r.ID == policy.GateFamily+"/merge-group" {
			continue
		}
		for _, word := range []string{"merge queue", "merge group"} {
			if strings.Contains(strings.ToLower(r.Description), word) {
				t.Errorf("the description of %s speaks of the %s: %s", r.ID, word, r.Description)
			}
		}
	}
}
