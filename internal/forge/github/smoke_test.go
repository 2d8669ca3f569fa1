package github_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// memoryCache keeps blobs in memory.
type memoryCache struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (s *memoryCache) Kept(_ context.Context, kind, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[kind+key], nil
}

func (s *memoryCache) Keep(_ context.Context, kind, key string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[kind+key] = body
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shop is a fake GitHub with acme/shop, seen through the App.
type shop struct {
	hub          *fakehub.Hub
	forge        *github.Forge
	installation int64
	repo         int64
}

func newShop(t testing.TB, o fakehub.Options) *shop {
	t.Helper()
	o.Key = testkey.RSA()
	hub, err := fakehub.New(o)
	must(t, err)
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, hub.Start())
	for _, login := range []string{"olga", "mika", "wendy", "rita"} {
		must(t, hub.AddUser(fakehub.User{Login: login}))
	}
	must(t, hub.AddOrg(fakehub.Org{Login: "acme", Members: map[string]string{"olga": "admin", "mika": "member", "wendy": "member"}}))
	s := &shop{hub: hub}
	s.repo, err = hub.AddRepo(
		fakehub.Repo{Owner: "acme", Name: "shop", Collaborators: map[string]string{"wendy": "write", "mika": "write", "rita": "read"}})
	must(t, err)
	_, err = hub.Commit("acme/shop", fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: start", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\n", "CODEOWNERS": "/pay/ @mika @acme/core\n", "README.md": "# Shop\n",
		"pay/pay.go": "package pay\n", "gen/.gitattributes": "* linguist-generated\n", "gen/a.go": "package gen\n"}})
	must(t, err)
	must(t, hub.AddTeam(
		fakehub.Team{
			Org:     "acme",
			Slug:    "core",
			Members: map[string]string{"olga": "maintainer"},
			Repos:   map[string]string{"acme/shop": "push"},
		}))
	s.installation, err = hub.Install("acme")
	must(t, err)
	spec := hub.App()
	s.forge, err = github.New(
		github.Options{AppID: spec.ID, PrivateKey: spec.PEM(), APIURL: hub.URL(), Kept: &memoryCache{kept: map[string][]byte{}},
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Owners: func(file []byte, _ []string) (teams, users, emails []string) {
				return []string{"acme/core"}, []string{"mika"}, nil
			},
			ValidSettings: func(b []byte) bool { return strings.HasPrefix(string(b), "version: 1\n") }})
	must(t, err)
	return s
}

func (s *shop) record(number int) change.Record {
	return change.Record{
		Ref: change.Ref{
			Key:        change.Key{Forge: change.GitHub, RepoID: s.repo, Number: number},
			Owner:      "acme",
			Name:       "shop",
			Connection: s.installation,
		},
		State: change.Open,
	}
}

func TestSmoke(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	_, err := s.hub.Commit("acme/shop",
		fakehub.Commit{
			Branch:  "coupon",
			Author:  "wendy",
			Message: "feat: coupon",
			Files:   fakehub.Files{"pay/coupon.go": "package pay\n\nvar Coupon = 1\n", "gen/b.go": "package gen\n"},
		})
	must(t, err)
	n, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupon", Author: "wendy"})
	must(t, err)
	_, err = s.hub.Review("acme/shop", n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	snap, err := s.forge.Snapshot(context.Background(), s.record(n))
	must(t, err)
	t.Logf("%+v", snap)
	for _, r := range s.hub.Requests() {
		t.Logf("%s %s %d %v", r.Method, r.Path, r.Status, r.Duration)
	}
}
