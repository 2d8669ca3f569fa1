package github_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/github"
)

const tokenRoute = "/app/installations/{installation_id}/access_tokens"

// TestNoCredentialFollowsARedirect: whatever the API answers with, another host hears nothing of it, and the error says what to check.
func TestNoCredentialFollowsARedirect(t *testing.T) {
	var heard atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s brings a credential", r.Method, r.URL.Path)
		}
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, at := range []struct{ method, route string }{{"POST", "/graphql"}, {"GET", compareRoute}, {"POST", tokenRoute}} {
			s := newShop(t, fakehub.Options{})
			n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
			s.hub.Fault(
				traffic.Fault{
					Method: at.method,
					Route:  at.route,
					Status: status,
					Header: map[string]string{"Location": other.URL + "/stolen"},
				})
			_, err := s.forge.Snapshot(t.Context(), s.record(n))
			if err == nil {
				t.Errorf("%d at %s: no error", status, at.route)
			}
			var unread *change.Unread
			if at.route != tokenRoute && (!errors.As(err, &unread) || !strings.Contains(unread.Remedy, "github.api_url")) {
				t.Errorf("%d at %s: %v", status, at.route, err)
			}
		}
	}
	s := newShop(t, fakehub.Options{})
	ref := change.Ref{Owner: "acme", Name: "shop", Connection: s.installation}
	s.hub.Fault(traffic.Fault{
		Method: "GET",
		Route:  "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}",
		Status: 301,
		Header: map[string]string{"Location": other.URL + "/stolen"},
	})
	if _, err := s.forge.Artifact(t.Context(), ref, 1, 1000); err == nil {
		t.Error("an artifact that has moved away is read")
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("the other host heard %d requests", n)
	}
}

// TestARevokedTokenIsReplaced: a token that ends before its hour costs one request more and no try; no token is ever
// taken from an answer that holds none.
func TestARevokedTokenIsReplaced(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	s.read(t, n)
	s.hub.ExpireTokens()
	s.hub.Reset()
	s.read(t, n)
	if made := s.hub.Count("POST", tokenRoute); made != 1 {
		t.Errorf("%d tokens were made, want 1", made)
	}
	for _, fault := range []traffic.Fault{
		{Status: 201, Body: "null"},
		{Status: 201, Body: "{}"},
		{Status: 201, Empty: true},
		{Status: 201, Body: `{"token":`},
	} {
		s.hub.ExpireTokens()
		fault.Method, fault.Route = "POST", tokenRoute
		remove := s.hub.Fault(fault)
		if _, err := s.forge.Snapshot(t.Context(), s.record(n)); err == nil {
			t.Errorf("%+v: a token was read", fault)
		}
		remove()
	}
	s.read(t, n)
}

// TestAClockIsSetBack: an installation's token that ended by GitHub's clock alone is replaced, and nothing of the
// installation is asked for with the App's own token.
func TestAClockIsSetBack(t *testing.T) {
	var off atomic.Int64
	s := newShop(t, fakehub.Options{Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) }})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	s.read(t, n)
	off.Store(int64(2 * time.Hour))
	s.hub.Reset()
	s.read(t, n)
	refused := 0
	for _, q := range s.hub.Requests() {
		if q.Status == http.StatusUnauthorized && strings.HasSuffix(q.Path, "/access_tokens") {
			refused++
		}
	}
	if refused != 1 { // else GitHub's clock was learned from a request of the installation, which was sent again as the App's
		t.Errorf("%d requests for a token were refused, want 1", refused)
	}
}

// TestManyAreRefusedAtOnce: each request that was signed before GitHub's clock was known is sent once more, and accepts what
// it did.
func TestManyAreRefusedAtOnce(t *testing.T) {
	var asked atomic.Int64
	both := make(chan struct{})
	accepted := make(chan string, 4)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted <- strings.Join(r.Header["Accept"], ", ")
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		switch n := asked.Add(1); {
		case n > 2:
			_, _ = w.Write([]byte("[]"))
			return
		case n == 2:
			close(both)
		}
		<-both
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer hub.Close()
	s := newShop(t, fakehub.Options{})
	s.at(t, hub.URL)
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := s.forge.Installations(context.WithoutCancel(t.Context()))
			failed <- err
		}()
	}
	must(t, errors.Join(<-failed, <-failed))
	first := <-accepted
	for range 3 {
		if again := <-accepted; again != first || !strings.Contains(first, ", ") {
			t.Errorf("a request accepts %q, and %q once more", first, again)
		}
	}
}

// orphan makes a branch begin anew: its one commit has no parent.
func (s *shop) orphan(t *testing.T, branch string) {
	t.Helper()
	dir, err := s.hub.GitDir("acme/shop")
	must(t, err)
	git := func(args ...string) string {
		c := exec.CommandContext(t.Context(), "git",
			append([]string{"-C", dir, "-c", "user.name=wendy", "-c", "user.email=wendy@example.com"}, args...)...)
		out, err := c.Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	sha := git("commit-tree", "-m", "feat: begin anew", git("rev-parse", "refs/heads/main^{tree}"))
	must(t, s.hub.Push("acme/shop", branch, sha, "wendy", true))
}

// at lets the forge of the shop ask another address.
func (s *shop) at(t *testing.T, address string) {
	t.Helper()
	spec := s.hub.App()
	var err error
	s.forge, err = github.New(
		github.Options{
			AppID:      spec.ID,
			PrivateKey: spec.PEM(),
			APIURL:     address,
			Kept:       &memoryCache{kept: map[string][]byte{}},
			Now:        time.Now,
			Log:        slog.New(slog.DiscardHandler),
		})
	must(t, err)
}

// TestNoCommonAncestor: a history that shares nothing with its base has a kind of its own, as GitHub says it and the fake does.
func TestNoCommonAncestor(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	s.orphan(t, "topic")
	_, err := s.forge.Snapshot(t.Context(), s.record(n))
	var unrelated *change.Unrelated
	if !errors.As(err, &unrelated) {
		t.Errorf("%v", err)
	}
}

// TestNotGitHub: the error for an address that is no API says so, and never that the change is gone.
func TestNotGitHub(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	s.at(t, page.URL)
	_, err := s.forge.Snapshot(t.Context(), s.record(n))
	var unread *change.Unread
	if !errors.As(err, &unread) || !strings.Contains(unread.What, "answers like no GitHub API") {
		t.Errorf("%v", err)
	}
	if err := s.forge.Ready(t.Context()); !strings.Contains(change.Remedy(err), "github.api_url") {
		t.Errorf("%v", err)
	}
}
