package change

import "testing"

// TestAddresses: each forge has paths of its own, hostile names stay within their place, and what is not known has none.
func TestAddresses(t *testing.T) {
	sites := Sites{GitHub: "https://github.com/", GitLab: "https://gitlab.example.com"}
	hub := Ref{Key: Key{Forge: GitHub, Number: 12}, Owner: "acme", Name: "shop"}
	lab := Ref{Key: Key{Forge: GitLab, Number: 12}, Owner: "group/sub", Name: "name"}
	local := Ref{Key: Key{Forge: Local, Number: 12}, Owner: "acme", Name: "shop"}
	odd := hub
	odd.Owner, odd.Name = "a/../b", "c?d#e"
	for _, c := range []struct{ what, got, want string }{
		{"a repository of GitHub", sites.Repository(hub), "https://github.com/acme/shop"},
		{"a pull request", sites.Change(hub, 12), "https://github.com/acme/shop/pull/12"},
		{"a commit of GitHub", sites.Commit(hub, "abc"), "https://github.com/acme/shop/commit/abc"},
		{"a file of GitHub", sites.Lines(hub, "abc", "a b/c.go", 0, 0), "https://github.com/acme/shop/blob/abc/a%20b/c.go"},
		{"lines of GitHub", sites.Lines(hub, "abc", "c.go", 3, 5), "https://github.com/acme/shop/blob/abc/c.go#L3-L5"},
		{"a nested project", sites.Repository(lab), "https://gitlab.example.com/group/sub/name"},
		{"a merge request", sites.Change(lab, 12), "https://gitlab.example.com/group/sub/name/-/merge_requests/12"},
		{"a commit of GitLab", sites.Commit(lab, "abc"), "https://gitlab.example.com/group/sub/name/-/commit/abc"},
		{"one line of GitLab", sites.Lines(lab, "abc", "c#d.go", 3, 3), "https://gitlab.example.com/group/sub/name/-/blob/abc/c%23d.go#L3"},
		{"lines of GitLab", sites.Lines(lab, "abc", "c.go", 3, 5), "https://gitlab.example.com/group/sub/name/-/blob/abc/c.go#L3-5"},
		{"names with marks of an address", sites.Repository(odd), "https://github.com/a%2F..%2Fb/c%3Fd%23e"},
		{"a path that leaves the tree", sites.Lines(hub, "abc", "a/../../b", 1, 1), ""},
		{"no number", sites.Change(hub, 0), ""},
		{"no commit", sites.Commit(lab, ""), ""},
		{"a forge without a site", sites.Change(local, 12) + sites.Lines(local, "abc", "c.go", 1, 2), ""},
		{"a site that is not known", Sites{}.Repository(hub), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
}
