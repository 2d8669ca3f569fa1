// Package shop is test support: it fills a fake GitHub with the organisation acme and its repository acme/shop, which many tests look at.
package shop

import (
	"testing"

	"github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
)

// Name is the repository.
const Name = "acme/shop"

// Open starts a fake GitHub with the shop in it. It ends with the test.
func Open(t testing.TB, o github.Options) *github.Hub {
	t.Helper()
	if o.Key == nil {
		o.Key = testkey.RSA()
	}
	hub, err := github.New(o)
	must(t, err)
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, hub.Start())
	people := map[string]string{"olga": "admin", "mika": "member", "wendy": "member", "rita": "member"}
	for login := range people {
		must(t, hub.AddUser(github.User{Login: login}))
	}
	must(t, hub.AddOrg(github.Org{Login: "acme", Members: people}))
	_, err = hub.AddRepo(github.Repo{
		Owner:         "acme",
		Name:          "shop",
		Collaborators: map[string]string{"wendy": "write", "rita": "write", "mika": "write", "olga": "admin"},
	})
	must(t, err)
	_, err = hub.Commit(Name, github.Commit{Branch: "main", Author: "olga", Message: "feat: start the shop", Files: github.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: enforce }\nsize: { mode: warn }\n",
		"CODEOWNERS":         "/pay/ @mika\n",
		"README.md":          "# Shop\n",
		"pay/pay.go":         "package pay\n",
		"cart/cart.go":       "package cart\n",
	}})
	must(t, err)
	return hub
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
