package github_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// get asks with a token and returns the status.
func (w *world) get(path, token string) int {
	w.t.Helper()
	return w.do("GET", path, token, "").StatusCode
}

func (w *world) do(method, path, token, body string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequest(method, w.URL()+path, strings.NewReader(body))
	must(w.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	must(w.t, err)
	w.t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestAppToken(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	now := time.Now()
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(method, claims).SignedString(key)
		must(t, err)
		return s
	}
	good := jwt.MapClaims{"iss": "12345", "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(9 * time.Minute).Unix()}
	key := w.App().Key
	for _, c := range []struct {
		name, token string
		want        int
	}{
		{"good", sign(jwt.SigningMethodRS256, key, good), 200},
		{"numeric issuer",
			sign(jwt.SigningMethodRS256, key, jwt.MapClaims{"iss": 12345, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}), 200},
		{"another key", sign(jwt.SigningMethodRS256, other, good), 401},
		{"another algorithm", sign(jwt.SigningMethodHS256, []byte("x"), good), 401},
		{"no algorithm", sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), 401},
		{"alive for an hour",
			sign(jwt.SigningMethodRS256, key, jwt.MapClaims{"iss": "12345", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}), 401},
		{"expired", sign(jwt.SigningMethodRS256, key,
			jwt.MapClaims{"iss": "12345", "iat": now.Add(-time.Hour).Unix(), "exp": now.Add(-time.Minute).Unix()}), 401},
		{"issued tomorrow",
			sign(jwt.SigningMethodRS256, key,
				jwt.MapClaims{"iss": "12345", "iat": now.Add(5 * time.Minute).Unix(), "exp": now.Add(9 * time.Minute).Unix()}), 401},
		{"no expiry", sign(jwt.SigningMethodRS256, key, jwt.MapClaims{"iss": "12345", "iat": now.Unix()}), 401},
		{"unknown App", sign(jwt.SigningMethodRS256, key,
			jwt.MapClaims{"iss": "1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}), 404},
		{"nonsense", "a.b.c", 401},
		{"anonymous", "", 401},
	} {
		if got := w.get("/app", c.token); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestInstallationTokens(t *testing.T) {
	clock := time.Now()
	w := newWorld(t, fakehub.Options{Now: func() time.Time { return clock }})
	ctx := context.Background()
	_, err := w.AddRepo(fakehub.Repo{Owner: "acme", Name: "other", Private: true})
	must(t, err)
	asApp := w.github(&http.Client{Transport: w.appTransport()})
	full, _, err := asApp.Apps.CreateInstallationToken(ctx, w.installation, nil)
	must(t, err)
	narrow, _, err := asApp.Apps.CreateInstallationToken(ctx, w.installation, &github.InstallationTokenOptions{
		Repositories: []string{"shop"}, Permissions: &github.InstallationPermissions{Contents: github.String("read")}})
	must(t, err)
	if _, _, err := asApp.Apps.CreateInstallationToken(ctx, w.installation,
		&github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Contents: github.String("write")}}); status(
		err) != 422 {
		t.Errorf("more than the installation has: %v", err)
	}
	if _, _, err := asApp.Apps.CreateInstallationToken(ctx, w.installation,
		&github.InstallationTokenOptions{Repositories: []string{"none"}}); status(err) != 422 {
		t.Errorf("a repository there is not: %v", err)
	}
	for _, c := range []struct {
		name, path, token string
		want              int
	}{
		{"full", "/repos/acme/shop", full.GetToken(), 200},
		{"enterprise path", "/api/v3/repos/acme/shop", full.GetToken(), 200},
		{"narrow", "/repos/acme/shop/contents/README.md", narrow.GetToken(), 200},
		{"narrow, another repository", "/repos/acme/other", narrow.GetToken(), 404},
		{"narrow, another permission", "/repos/acme/shop/pulls", narrow.GetToken(), 403},
		{"narrow, members", "/orgs/acme/teams", narrow.GetToken(), 403},
		{"unknown", "/repos/acme/shop", "ghs_nobody", 401},
		{"anonymous", "/repos/acme/shop", "", 404},
		{"App pages", "/app", full.GetToken(), 401},
	} {
		if got := w.get(c.path, c.token); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	must(t, w.Suspend(w.installation, true))
	if got := w.get("/repos/acme/shop", full.GetToken()); got != 403 {
		t.Errorf("suspended: %d", got)
	}
	must(t, w.Suspend(w.installation, false))
	clock = clock.Add(61 * time.Minute)
	if got := w.get("/repos/acme/shop", full.GetToken()); got != 401 {
		t.Errorf("after an hour: %d", got)
	}
	clock = clock.Add(-61 * time.Minute)
	must(t, w.Uninstall(w.installation))
	if got := w.get("/repos/acme/shop", full.GetToken()); got != 401 {
		t.Errorf("uninstalled: %d", got)
	}
}

func TestWhoMayWhat(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	must(t, w.AddUser(fakehub.User{Login: "stan"}))
	n := w.open("topic", fakehub.Files{"x": "x"})
	if _, _, err := w.as("stan").PullRequests.Get(ctx, "acme", "shop", n); status(err) != 404 {
		t.Errorf("a stranger in a private repository: %v", err)
	}
	if _, _, err := w.as("rita").PullRequests.Edit(ctx, "acme", "shop", n,
		&github.PullRequest{Title: github.String("x")}); status(err) != 403 {
		t.Errorf("a reader edits another's pull request: %v", err)
	}
	if _, _, err := w.as("wendy").Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: w.Tip("acme/shop", "topic")}); status(err) != 403 {
		t.Errorf("a person makes a check run: %v", err)
	}
	reader, _, err := w.as("rita").Repositories.Get(ctx, "acme", "shop")
	must(t, err)
	writer, _, err := w.as("wendy").Repositories.Get(ctx, "acme", "shop")
	must(t, err)
	if reader.AllowSquashMerge != nil || writer.AllowSquashMerge == nil {
		t.Error("merge settings are for those who can push")
	}
	must(t, w.SetPermissions(w.installation, map[string]string{"metadata": "read", "contents": "read", "checks": "read"}))
	w.ExpireTokens()
	if _, _, err := w.client(w.installation).Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: w.Tip("acme/shop", "topic")}); status(err) != 403 {
		t.Errorf("write with read permission: %v", err)
	}
	level, _, err := w.as("olga").Repositories.GetPermissionLevel(ctx, "acme", "shop", "wendy")
	must(t, err)
	if level.GetPermission() != "write" {
		t.Errorf("wendy has %s", level.GetPermission())
	}
}

func TestStaysOnThisMachine(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0"} {
		h, err := fakehub.New(fakehub.Options{Listen: address})
		must(t, err)
		if err := h.Start(); err == nil || !strings.Contains(err.Error(), "insecure") {
			t.Errorf("listening on %q: %v", address, err)
		}
		must(t, h.Close())
	}
	w := newWorld(t, fakehub.Options{})
	for host, want := range map[string]int{"evil.example": 421, "evil.example:80": 421, "localhost": 200, "localhost:99": 200,
		"127.0.0.1": 200, "[::1]:80": 200, "127.0.0.1.evil.example": 421} {
		req, err := http.NewRequest("GET", w.URL()+"/meta", nil)
		must(t, err)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("Host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
}

func TestLogHoldsNoTokens(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, fakehub.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	token, err := w.InstallationToken(w.installation)
	must(t, err)
	w.get("/repos/acme/shop?access_token="+token, token)
	w.get("/repos/acme/shop?x="+token, "ghs_unknown0123456789abcdef")
	if strings.Contains(log.String(), token) || strings.Contains(log.String(), "ghs_unknown") ||
		!strings.Contains(log.String(), "/repos/acme/shop") {
		t.Errorf("log:\n%s", log.String())
	}
	for _, q := range w.Requests() {
		if strings.Contains(q.Path, token) {
			t.Errorf("the record holds a token: %s", q.Path)
		}
	}
}
