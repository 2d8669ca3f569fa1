package config

import "testing"

func TestChangeURL(t *testing.T) {
	t.Parallel()
	c := Default()
	c.GitLab.URL = "https://lab.example/"
	for _, want := range []struct {
		forge, owner, name string
		number             int
		address            string
	}{
		{"github", "acme", "shop", 12, "https://github.com/acme/shop/pull/12"},
		{"gitlab", "acme/web", "shop", 3, "https://lab.example/acme/web/shop/-/merge_requests/3"},
		{"github", "a b", "s?", 1, "https://github.com/a%20b/s%3F/pull/1"},
		{"local", "acme", "shop", 12, ""},
		{"github", "acme", "shop", 0, ""},
		{"github", "", "shop", 1, ""},
	} {
		if got := c.ChangeURL(want.forge, want.owner, want.name, want.number); got != want.address {
			t.Errorf("%+v: %q", want, got)
		}
	}
	if got := (Config{}).ChangeURL("gitlab", "acme", "shop", 1); got != "" {
		t.Errorf("no GitLab: %q", got)
	}
}
