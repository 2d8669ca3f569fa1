package github_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
)

// BenchmarkHotRoutes measures what one request costs the machine, without the network: the numbers of the server's own
// benchmarks stand on it.
func BenchmarkHotRoutes(b *testing.B) {
	h, err := fakehub.New(fakehub.Options{Record: -1, Limits: unlimited, Key: testkey.RSA()})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	n, token, sha := seedBench(b, h)
	base := h.Tip("acme/shop", "main")
	query, err := json.Marshal(
		map[string]any{"query": snapshotQuery,
			"variables": map[string]any{"owner": "acme", "name": "shop", "number": n, "base": "refs/heads/main"}})
	if err != nil {
		b.Fatal(err)
	}
	run := fmt.Sprintf(`{"name":"lintel","head_sha":%q,"conclusion":"success","output":{"title":"t","summary":"s"}}`, sha)
	for _, c := range []struct{ name, method, path, body string }{
		{"graphql-snapshot", "POST", "/graphql", string(query)},
		{"compare", "GET", "/repos/acme/shop/compare/" + base + "..." + sha, ""},
		{"pull", "GET", fmt.Sprintf("/repos/acme/shop/pulls/%d", n), ""},
		{"check-run", "POST", "/repos/acme/shop/check-runs", run},
		{"reviews", "GET", fmt.Sprintf("/repos/acme/shop/pulls/%d/reviews", n), ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(c.method, "http://localhost"+c.path, bytes.NewReader([]byte(c.body)))
				r.Header.Set("Authorization", "Bearer "+token)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code >= 300 {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkOpenPull measures a commit, a push and a pull request with its webhooks queued.
func BenchmarkOpenPull(b *testing.B) {
	h, err := fakehub.New(fakehub.Options{Record: -1, Key: testkey.RSA()})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	seedBench(b, h)
	i := 0
	for b.Loop() {
		i++
		branch := fmt.Sprintf("b%d", i)
		if _, err := h.Commit("acme/shop",
			fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Files: fakehub.Files{branch: branch}}); err != nil {
			b.Fatal(err)
		}
		if _, err := h.OpenPull("acme/shop", fakehub.Pull{Head: branch, Title: branch, Author: "wendy"}); err != nil {
			b.Fatal(err)
		}
	}
}

func seedBench(b *testing.B, h *fakehub.Hub) (number int, token, sha string) {
	b.Helper()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, login := range []string{"olga", "wendy", "rita"} {
		check(h.AddUser(fakehub.User{Login: login, Email: login + "@example.com"}))
	}
	check(h.AddOrg(fakehub.Org{Login: "acme", Members: map[string]string{"olga": "admin", "rita": "member"}}))
	_, err := h.AddRepo(fakehub.Repo{Owner: "acme", Name: "shop", Private: true, Collaborators: map[string]string{"wendy": "push"}})
	check(err)
	check(h.AddTeam(fakehub.Team{
		Org:     "acme",
		Slug:    "core",
		Members: map[string]string{"rita": "member"},
		Repos:   map[string]string{"acme/shop": "push"},
	}))
	files := fakehub.Files{"dir/b.txt": "b", "a.txt": "one\ntwo\n"}
	for i := range 20 {
		files[fmt.Sprintf("src/f%d.go", i)] = "package src\n\nfunc F() {}\n"
	}
	_, err = h.Commit("acme/shop", fakehub.Commit{Author: "olga", Files: files})
	check(err)
	for name := range files {
		files[name] += "more\n"
	}
	sha, err = h.Commit("acme/shop", fakehub.Commit{Branch: "topic", Author: "wendy", Files: files})
	check(err)
	h.SetWebhook("http://127.0.0.1:1/", "")
	installation, err := h.Install("acme")
	check(err)
	number, err = h.OpenPull("acme/shop", fakehub.Pull{Head: "topic", Title: "feat: x", Author: "wendy"})
	check(err)
	_, err = h.Review("acme/shop", number, fakehub.Review{Author: "rita", State: "APPROVE"})
	check(err)
	token, err = h.InstallationToken(installation)
	check(err)
	return number, token, sha
}

var _ http.Handler = (*fakehub.Hub)(nil)
