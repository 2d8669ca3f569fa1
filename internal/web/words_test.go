package web

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestPageHasTheForgesWords opens a merge request before its first verdict, when its page has no title to show.
func TestPageHasTheForgesWords(t *testing.T) {
	g := newGate(t)
	for forge, want := range map[change.Forge]string{
		change.GitHub: `Pull request</bdi> <span class="no">#31<`,
		change.GitLab: `Merge request</bdi> <span class="no">!31<`,
	} {
		ref := pull(31)
		ref.Forge = forge
		g.deliver(ref, sha("1"), nil, "opened")
		w := get(g.Handler, g.signed(ref))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, the page does not say %q", forge, w.Code, want)
		}
	}
}
