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

// TestSay holds Lintel's own texts in the words of a forge: none changes on GitHub.
func TestSay(t *testing.T) {
	const text = "Title of the pull request: Pull requests wait. Press Re-check on the check, or press Re-check; " +
		"Re-check on the check helps pull requests as a press on Re-check does."
	for noun, want := range map[string]string{
		"":             text,
		"pull request": text,
		"merge request": "Title of the merge request: Merge requests wait. Comment /lintel recheck, or comment /lintel recheck; " +
			"a comment /lintel recheck helps merge requests as a comment /lintel recheck does.",
	} {
		if got := WordsWith(noun).Say(text); got != want {
			t.Errorf("%q: got %q, want %q", noun, got, want)
		}
	}
}
