package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

func key(b byte) []byte { return []byte(strings.Repeat(string(rune(b)), MinKey)) }

func mustCapability(t *testing.T, keys ...[]byte) Capability {
	t.Helper()
	c, err := NewCapability(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCapability(t *testing.T) {
	c, other := mustCapability(t, key('a')), mustCapability(t, key('b'))
	mine := change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}
	good := c.Sign(mine)
	if !c.Valid(mine, good) || !shaped(good) || http.CanonicalHeaderKey(good) == "" {
		t.Fatalf("%q is not valid for its own change", good)
	}
	for name, try := range map[string]struct {
		key  change.Key
		cap  string
		with Capability
	}{
		"another repository":  {change.Key{Forge: change.GitHub, RepoID: 8, Number: 12}, good, c},
		"another number":      {change.Key{Forge: change.GitHub, RepoID: 7, Number: 1}, good, c},
		"another forge":       {change.Key{Forge: change.GitLab, RepoID: 7, Number: 12}, good, c},
		"a merge group":       {change.Key{Forge: change.GitHub, RepoID: 7, Group: "12"}, good, c},
		"no change":           {change.Key{}, good, c},
		"truncated":           {mine, good[:len(good)-1], c},
		"lengthened":          {mine, good + "A", c},
		"empty":               {mine, "", c},
		"another key":         {mine, good, other},
		"without its version": {mine, strings.TrimPrefix(good, "v1."), c},
		"a later version":     {mine, "v2." + strings.TrimPrefix(good, "v1."), c},
	} {
		if try.with.Valid(try.key, try.cap) {
			t.Errorf("%s: accepted", name)
		}
	}
	rotated := mustCapability(t, key('b'), key('a'))
	if !rotated.Valid(mine, good) || rotated.Sign(mine) != other.Sign(mine) {
		t.Error("after a rotation the old key must read and the new one sign")
	}
	if _, err := NewCapability([]byte("short")); err == nil {
		t.Error("a short key was taken")
	}
	if _, err := NewCapability(); err == nil {
		t.Error("no key was taken")
	}
}

func TestPageURL(t *testing.T) {
	c := mustCapability(t, key('a'))
	pr := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}, Owner: "acme", Name: "shop"}
	if got, want := c.URL("https://lintel.example.com/", pr),
		"https://lintel.example.com/pr/github/acme/shop/12?c="+c.Sign(pr.Key); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	group := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Group: "abc"}, Owner: "acme", Name: "shop"}
	if got, want := pagePath(group), "/group/github/acme/shop/abc"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := c.URL("", pr); got != "" {
		t.Errorf("without a public address there is no link, got %s", got)
	}
}
