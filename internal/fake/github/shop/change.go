package shop

import (
	"testing"

	"github.com/lintel-review/lintel/internal/fake/github"
)

// Commit makes a commit in the shop.
func Commit(t testing.TB, hub *github.Hub, c github.Commit) (sha string) {
	t.Helper()
	sha, err := hub.Commit(Name, c)
	must(t, err)
	return sha
}

// Pull opens a pull request of the shop.
func Pull(t testing.TB, hub *github.Hub, p github.Pull) (number int) {
	t.Helper()
	number, err := hub.OpenPull(Name, p)
	must(t, err)
	return number
}

// OpenOwned starts a fake GitHub with the shop in it, whose branch "topic" touches what a person and a team own.
func OpenOwned(t testing.TB) *github.Hub {
	t.Helper()
	hub := Open(t, github.Options{})
	must(t, hub.AddTeam(github.Team{
		Org:     "acme",
		Slug:    "core",
		Members: map[string]string{"olga": "maintainer", "mika": "member"},
		Repos:   map[string]string{Name: "push"},
	}))
	must(t, hub.SetMerge(Name, github.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "BLANK"}))
	Commit(t, hub, github.Commit{
		Branch:  "main",
		Author:  "olga",
		Message: "feat: own it",
		Files:   github.Files{"CODEOWNERS": "/pay/ @mika\n/cart/ @acme/core\n"},
	})
	Commit(t, hub, github.Commit{
		Branch:  "topic",
		From:    "main",
		Author:  "wendy",
		Message: "whatever",
		Files:   github.Files{"pay/pay.go": "package pay\n\nvar A int\n", "cart/cart.go": "package cart\n\nvar B int\n"},
	})
	return hub
}
