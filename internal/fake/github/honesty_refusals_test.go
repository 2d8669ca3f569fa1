package github

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v66/github"
)

// appToken signs claims as an App would.
func (s *scene) appToken(method jwt.SigningMethod, key any, issuer string, issued, expires time.Duration) string {
	s.t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(method,
		jwt.RegisteredClaims{
			Issuer:    issuer,
			IssuedAt:  jwt.NewNumericDate(now.Add(issued)),
			ExpiresAt: jwt.NewNumericDate(now.Add(expires)),
		}).SignedString(key)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// TestHonestyOfAppTokens refuses what GitHub refuses:
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func TestHonestyOfAppTokens(t *testing.T) {
	s := newScene(t)
	key := s.hub.App().Key
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const minute = time.Minute
	for _, tt := range []struct {
		name   string
		token  string
		status int
	}{
		{"right", s.appToken(jwt.SigningMethodRS256, key, "4242", -minute, 9*minute), 200},
		{"alive for an hour", s.appToken(jwt.SigningMethodRS256, key, "4242", -minute, 60*minute), 401},
		{"expired", s.appToken(jwt.SigningMethodRS256, key, "4242", -20*minute, -10*minute), 401},
		{"issued in the future", s.appToken(jwt.SigningMethodRS256, key, "4242", 5*minute, 9*minute), 401},
		{"signed by another key", s.appToken(jwt.SigningMethodRS256, other, "4242", -minute, 9*minute), 401},
		{"signed with the public key as a password", s.appToken(jwt.SigningMethodHS256, key.N.Bytes(), "4242", -minute, 9*minute), 401},
		{"not signed", s.appToken(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "4242", -minute, 9*minute), 401},
		{"another algorithm", s.appToken(jwt.SigningMethodRS512, key, "4242", -minute, 9*minute), 401},
		{"of no App", s.appToken(jwt.SigningMethodRS256, key, "4243", -minute, 9*minute), 404},
		{"broken", "a.b.c", 401},
	} {
		_, resp, err := s.as(tt.token).Apps.Get(s.ctx, "")
		if resp == nil || resp.StatusCode != tt.status {
			t.Errorf("%s: %v, want status %d", tt.name, err, tt.status)
		}
	}
	_, resp, err := s.asInstallation.Apps.Get(s.ctx, "")
	s.refused("GET /app with an installation's token", http.StatusUnauthorized, resp, err)
	_, resp, err = s.asApp.Repositories.Get(s.ctx, org, shop)
	if err == nil || resp.StatusCode < 400 {
		t.Error("an App's own token read a repository")
	}
}

// TestHonestyOfInstallationTokens follows an installation's token to the end of its rights.
func TestHonestyOfInstallationTokens(t *testing.T) {
	s := newScene(t)
	s.steps(
		func() error { _, err := s.hub.AddRepo(Repo{Owner: org, Name: "secret", Private: true}); return err },
		func() error { _, err := s.hub.AddRepo(Repo{Owner: "rita", Name: "diary", Private: true}); return err },
	)
	ok[*github.Repository](s, "a private repository of the installation")(s.asInstallation.Repositories.Get(s.ctx, org, "secret"))
	_, resp, err := s.asInstallation.Repositories.Get(s.ctx, "rita", "diary")
	s.refused("a private repository of another installation", http.StatusNotFound, resp, err)
	_, resp, err = s.asInstallation.Issues.CreateComment(s.ctx, "rita", "diary", 1, &github.IssueComment{Body: github.String("x")})
	s.refused("a comment in another installation", http.StatusNotFound, resp, err)
	_, resp, err = s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation,
		&github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Contents: github.String("write")}})
	s.refused("a token with more than the installation may", http.StatusUnprocessableEntity, resp, err)
	_, resp, err = s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation,
		&github.InstallationTokenOptions{Repositories: []string{"diary"}})
	s.refused("a token for a repository elsewhere", http.StatusUnprocessableEntity, resp, err)
	_, resp, err = s.asApp.Apps.CreateInstallationToken(s.ctx, 1, nil)
	s.refused("a token of no installation", http.StatusNotFound, resp, err)

	narrow := s.as(ok[*github.InstallationToken](s,
		"a narrow token")(
		s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation,
			&github.InstallationTokenOptions{Repositories: []string{shop}})).GetToken())
	_, resp, err = narrow.Repositories.Get(s.ctx, org, "secret")
	s.refused("a repository outside a narrow token", http.StatusNotFound, resp, err)

	token := ok[*github.InstallationToken](s, "a token")(s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation, nil)).GetToken()
	s.steps(func() error { return s.hub.Suspend(s.installation, true) })
	_, resp, err = s.as(token).Repositories.Get(s.ctx, org, "secret")
	s.refused("a token of a suspended installation", http.StatusForbidden, resp, err)
	s.steps(func() error { return s.hub.Suspend(s.installation, false) })
	ok[*github.Repository](s, "after it was resumed")(s.as(token).Repositories.Get(s.ctx, org, "secret"))
	s.hub.ExpireTokens()
	_, resp, err = s.as(token).Repositories.Get(s.ctx, org, shop)
	s.refused("an expired token", http.StatusUnauthorized, resp, err)
	token = ok[*github.InstallationToken](s, "another token")(s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation, nil)).GetToken()
	s.steps(func() error { return s.hub.Uninstall(s.installation) })
	_, resp, err = s.as(token).Repositories.Get(s.ctx, org, shop)
	s.refused("a token of an installation that is gone", http.StatusUnauthorized, resp, err)
}

// TestHonestyOfStrangers is what people without rights get.
func TestHonestyOfStrangers(t *testing.T) {
	s := newScene(t)
	s.steps(func() error { _, err := s.hub.AddRepo(Repo{Owner: org, Name: "secret", Private: true}); return err })
	anonymous := s.pointed(s.report.Transport(http.DefaultTransport))
	ok[*github.Repository](s, "a public repository")(anonymous.Repositories.Get(s.ctx, org, shop))
	_, resp, err := anonymous.Repositories.Get(s.ctx, org, "secret")
	s.refused("a private repository, anonymous", http.StatusNotFound, resp, err)
	_, resp, err = s.asRita.Repositories.Get(s.ctx, org, "secret")
	s.refused("a private repository, a stranger", http.StatusNotFound, resp, err)
	_, resp, err = anonymous.PullRequests.Create(s.ctx, org, shop,
		&github.NewPullRequest{Title: github.String("x"), Head: github.String("main"), Base: github.String("main")})
	s.refused("a pull request, anonymous", http.StatusUnauthorized, resp, err)
	_, resp, err = s.asRita.Repositories.CreateFile(s.ctx, org, shop, "x",
		&github.RepositoryContentFileOptions{Message: github.String("x"), Content: []byte("x")})
	if err == nil || resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger's commit: %v, want 403 or 404", err)
	}
	_, resp, err = s.asWendy.Checks.CreateCheckRun(s.ctx, org, shop,
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: s.hub.Tip(org+"/"+shop, "main")})
	s.refused("a person's check run", http.StatusForbidden, resp, err)
	for name, token := range map[string]string{"anonymous": "", "a stranger": s.tokens["rita"]} {
		remote := strings.Replace(s.remote("rita", token), "/"+shop+".git", "/secret.git", 1)
		if out, err := s.git(t.TempDir(), "ls-remote", remote); err == nil {
			t.Errorf("%s reads a private repository by git: %s", name, out)
		}
	}
	req, err := http.NewRequestWithContext(s.ctx, "GET", s.hub.URL()+"/repos/"+org+"/"+shop, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example.com"
	rebound, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = rebound.Body.Close()
	if rebound.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a name that leads here by DNS rebinding: status %d, want 421", rebound.StatusCode)
	}
}

// TestHonestyOfLimits meets GitHub's limits as go-github knows them.
func TestHonestyOfLimits(t *testing.T) {
	s := newScene(t)
	const repo = org + "/" + shop
	files := Files{}
	for i := range 301 {
		files[fmt.Sprintf("many/%03d.txt", i)] = "x\n"
	}
	files["many/large.txt"] = strings.Repeat("0123456789abcdef\n", 60_000) // 1 MB
	n := 0
	s.steps(
		func() error {
			_, err := s.hub.Commit(repo, Commit{Branch: "many", Author: "wendy", Message: "feat: many", Files: files})
			return err
		},
		func() (err error) {
			n, err = s.hub.OpenPull(repo, Pull{Head: "many", Title: "feat: many", Author: "wendy"})
			return err
		},
	)
	page, resp, err := s.asInstallation.PullRequests.ListFiles(s.ctx, org, shop, n, &github.ListOptions{PerPage: 1000})
	if err != nil || len(page) != 100 || resp.NextPage != 2 || resp.LastPage != 4 {
		t.Errorf("a page has %d files, next %d, last %d, %v; want 100, 2, 4", len(page), resp.NextPage, resp.LastPage, err)
	}
	withPatch := 0
	for number := 1; number != 0; {
		page, resp, err := s.asInstallation.PullRequests.ListFiles(s.ctx, org, shop, n, &github.ListOptions{PerPage: 100, Page: number})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page {
			if f.GetFilename() == "many/large.txt" && f.Patch != nil {
				t.Error("a patch of 1 MB is there; GitHub leaves such out")
			}
			if f.Patch != nil {
				withPatch++
			}
		}
		number = resp.NextPage
	}
	if withPatch != 301 {
		t.Errorf("%d files have a patch, want 301", withPatch)
	}
	compared := ok[*github.CommitsComparison](s,
		"compare")(s.asInstallation.Repositories.CompareCommits(s.ctx, org, shop, "main", "many", nil))
	if len(compared.Files) != 300 {
		t.Errorf("a comparison lists %d files, want 300", len(compared.Files))
	}
	_, resp, err = s.asInstallation.PullRequests.GetRaw(s.ctx, org, shop, n, github.RawOptions{Type: github.Diff})
	s.refused("a diff of more than 300 files", http.StatusNotAcceptable, resp, err)

	same, err := http.NewRequestWithContext(s.ctx, "GET", s.hub.URL()+"/repos/"+repo+"/pulls/"+itoa(n), nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.asInstallation.Client().Do(same)
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Body.Close()
	same.Header.Set("If-None-Match", first.Header.Get("ETag"))
	again, err := s.asInstallation.Client().Do(same)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Body.Close()
	if again.StatusCode != http.StatusNotModified ||
		again.Header.Get("X-RateLimit-Remaining") != first.Header.Get("X-RateLimit-Remaining") {
		t.Errorf("the same again: status %d with %s requests left after %s; want 304, and no request spent", again.StatusCode,
			again.Header.Get("X-RateLimit-Remaining"), first.Header.Get("X-RateLimit-Remaining"))
	}

	remove := s.hub.SecondaryLimit("", http.StatusForbidden, 1, 7)
	_, _, err = s.asInstallation.Repositories.Get(s.ctx, org, shop)
	var secondary *github.AbuseRateLimitError
	if !errors.As(err, &secondary) || secondary.GetRetryAfter() != 7*time.Second {
		t.Errorf("secondary limit: %v, want go-github's AbuseRateLimitError with 7 seconds", err)
	}
	remove()
	reset := s.hub.now().Add(time.Hour)
	s.hub.SpendLimit(s.installation, 0, reset)
	_, _, err = s.pointed(s.asInstallation.Client().Transport).Repositories.Get(s.ctx, org, shop)
	var primary *github.RateLimitError
	if !errors.As(err, &primary) || !primary.Rate.Reset.Equal(github.Timestamp{Time: reset}) {
		t.Errorf("primary limit: %v, want go-github's RateLimitError until %v", err, reset)
	}
}
