package web

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestPathsOfNestedGroups: the segments that a browser counts are those that the server counts.
func TestPathsOfNestedGroups(t *testing.T) {
	for want, r := range map[string]change.Ref{
		"/pr/github/acme/shop/12":      {Key: change.Key{Forge: change.GitHub, Number: 12}, Owner: "acme", Name: "shop"},
		"/pr/gitlab/group/sub/name/12": {Key: change.Key{Forge: change.GitLab, Number: 12}, Owner: "group/sub", Name: "name"},
		"/group/github/a%3Fb/shop/abc": {Key: change.Key{Forge: change.GitHub, Group: "abc"}, Owner: "a?b", Name: "shop"},
	} {
		if got := pagePath(r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := rootFrom("/pr/gitlab/group/sub/name/12"); got != "../../../../../" {
		t.Errorf("the root is %q away", got)
	}
}
