package change

import "testing"

// TestRefsAreWrittenAsOnTheirForge holds the names that people read, in logs, pages and comments.
func TestRefsAreWrittenAsOnTheirForge(t *testing.T) {
	for want, r := range map[string]Ref{
		"acme/shop#12":       {Key: Key{Forge: GitHub, Number: 12}, Owner: "acme", Name: "shop"},
		"acme/shop@abcdef1":  {Key: Key{Forge: GitHub, Group: "abcdef1234"}, Owner: "acme", Name: "shop"},
		"group/sub/name!12":  {Key: Key{Forge: GitLab, Number: 12}, Owner: "group/sub", Name: "name"},
		"local/repository#1": {Key: Key{Forge: Local, Number: 1}, Owner: "local", Name: "repository"},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
