package web

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestLinksOutliveNames renames and transfers a repository, and lets another take its name: each link still opens its
// own change, and no other.
func TestLinksOutliveNames(t *testing.T) {
	g := newGate(t)
	old := pull(1)
	g.deliver(old, sha("1"), nil, "opened")
	group := old
	group.Number, group.Group = 0, sha("2")
	g.deliver(group, sha("2"), &change.Group{Number: 1, Head: sha("2"), Base: sha("b"), Ref: "gh-readonly-queue/main/pr-1"}, "group")
	link, groupLink := g.signed(old), g.signed(group)

	renamed := old
	renamed.Owner, renamed.Name = "acme", "store"
	g.deliver(renamed, sha("1"), nil, "renamed")
	moved := renamed
	moved.Owner = "globex"
	g.deliver(moved, sha("1"), nil, "transferred")

	other := pull(1)
	other.RepoID = 99
	open := func(what, path string, want int) {
		t.Helper()
		if w := get(g.Handler, path); w.Code != want {
			t.Errorf("%s: %s answers %d, want %d", what, path, w.Code, want)
		}
	}
	for what, path := range map[string]string{
		"by the first name": link, "after the rename": g.signed(renamed), "after the transfer": g.signed(moved),
		"a merge group by its first name": groupLink,
	} {
		open(what, path, 200)
	}
	g.deliver(other, sha("3"), nil, "opened")
	open("the name is another's, and the link is not", link, 200)
	open("the other's own link", g.signed(other), 200)
	open("a number that the renamed repository never had", pagePath(pull(2))+"?c="+g.Pages.o.Capability.Sign(old.Key), 404)
	open("no capability", pagePath(old), 404)
}
