package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/issuer"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/server"
)

// provider is an OpenID provider, and the OAuth of GitHub before the fake one, that sign in whomever a test wants.
type provider struct {
	issuer.Issuer
	url string
	hub *fakehub.Hub
	mu  sync.Mutex
	// codes are those that were given and not yet taken.
	codes map[string]grant
	// twist changes the claims of the next tokens (nil: they are honest), forge replaces the token itself.
	twist func(claims map[string]any)
	forge func(token string) string
	asked int
}

type grant struct {
	login, challenge, nonce string
	groups                  []string
}

func newProvider(t *testing.T, hub *fakehub.Hub) *provider {
	t.Helper()
	p := &provider{Issuer: issuer.Issuer{First: testkey.RSA()}, hub: hub, codes: map[string]grant{}}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.url = s.URL
	return p
}

// ServeHTTP is the provider; everything that is not OAuth is the fake GitHub's.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		writeJSON(w, map[string]any{"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token",
			"jwks_uri": p.url + "/.well-known/jwks", "id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}})
	case "/token", "/login/oauth/access_token":
		p.token(w, r)
	default:
		if p.Serve(w, r.URL.Path, p.url) {
			return
		}
		p.pass(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	_ = r.ParseForm()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	g, known := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !known || id != "lintel" || secret != "s3cret" || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, map[string]string{"error": "invalid_grant"})
		return
	}
	if r.URL.Path != "/token" {
		token, err := p.hub.Token(g.login)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, map[string]any{"access_token": token, "token_type": "bearer", "scope": ""})
		return
	}
	claims := map[string]any{"iss": p.url, "aud": "lintel", "sub": "sub-" + g.login, "preferred_username": g.login, "nonce": g.nonce,
		"email": g.login + "@corp.example", "email_verified": true, "groups": g.groups,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	if p.twist != nil {
		p.twist(claims)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	token, err := p.Sign(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if p.forge != nil {
		token = p.forge(token)
	}
	writeJSON(w, map[string]any{"access_token": "x", "token_type": "bearer", "id_token": token})
}

// pass asks the fake GitHub.
func (p *provider) pass(w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, p.hub.URL()+r.URL.RequestURI(), r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// code is what the provider sends back with the browser when somebody signs in at an address of a sign-in.
func (p *provider) code(address *url.URL, login string, groups ...string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := address.Query()
	code := "code-" + login + "-" + q.Get("state")
	p.codes[code] = grant{login, q.Get("code_challenge"), q.Get("nonce"), groups}
	return code
}

// browser keeps cookies as a browser does, and follows nothing.
type browser struct {
	t       *testing.T
	site    string
	cookies map[string]string
}

type reply struct {
	status int
	to     *url.URL
	body   string
	header http.Header
}

func (b *browser) do(method, path, body string, change ...func(*http.Request)) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site+path, strings.NewReader(body))
	must(b.t, err)
	req.Header.Set("Accept", "text/html")
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, f := range change {
		f(req)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	must(b.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(b.t, err)
	for _, c := range resp.Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
			!strings.HasPrefix(c.Name, "__Host-") {
			b.t.Errorf("a cookie that others could use: %v", c)
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	a := reply{status: resp.StatusCode, body: string(text), header: resp.Header}
	if at := resp.Header.Get("Location"); at != "" {
		a.to, err = url.Parse(at)
		must(b.t, err)
	}
	return a
}

func (b *browser) get(path string) reply { b.t.Helper(); return b.do(http.MethodGet, path, "") }

// leave begins a sign-in and returns where the provider is.
func (b *browser) leave(way, back string) *url.URL {
	b.t.Helper()
	a := b.get("/signin/" + way + "?return=" + url.QueryEscape(back))
	if a.status != http.StatusSeeOther || a.to == nil {
		b.t.Fatalf("the sign-in does not begin: %d %s", a.status, a.body)
	}
	return a.to
}

func callback(way string, at *url.URL, code string) string {
	return "/signin/" + way + "/callback?code=" + url.QueryEscape(code) + "&state=" + url.QueryEscape(at.Query().Get("state"))
}

// signIn signs somebody in.
func (b *browser) signIn(p *provider, way, login string, groups ...string) reply {
	b.t.Helper()
	at := b.leave(way, "/audit")
	return b.get(callback(way, at, p.code(at, login, groups...)))
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// token is the token of the forms of a session.
func (b *browser) token() string {
	b.t.Helper()
	m := csrfField.FindStringSubmatch(b.get("/signin").body)
	if m == nil {
		b.t.Fatal("the page of the sign-in has no form")
	}
	return m[1]
}

// doors is a server whose operators sign in, with a clock that the test moves, and a red pull request.
func doors(t *testing.T) (r *rig, p *provider, clock *hands, number int) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	must(t, hub.AddUser(fakehub.User{Login: "mallory"}))
	_, err := hub.AddRepo(fakehub.Repo{Owner: "acme", Name: "vault", Private: true, Collaborators: map[string]string{"olga": "admin"}})
	must(t, err)
	commit(t, hub, "acme/vault", fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: vault", Files: fakehub.Files{"a": "a\n"}})
	_, err = hub.Install("acme")
	must(t, err)
	p, clock = newProvider(t, hub), &hands{}
	r = start(t, hub, t.TempDir(), func(c *config.Config, o *server.Options) {
		dir := filepath.Dir(strings.TrimPrefix(c.Database, "sqlite://"))
		file := filepath.Join(dir, "client-secret")
		must(t, os.WriteFile(file, []byte("s3cret\n"), 0o600))
		token := filepath.Join(dir, "metrics-token")
		must(t, os.WriteFile(token, []byte("a-token-for-prometheus\n"), 0o600))
		c.GitHub.WebURL, c.GitHub.APIURL = p.url, p.url
		c.SignIn.URL = "http://" + c.AdminListen
		c.SignIn.OIDC = config.SignInOIDC{Issuer: p.url, ClientID: "lintel", ClientSecretFile: file, GroupsClaim: "groups"}
		c.SignIn.GitHub = config.SignInGitHub{ClientID: "lintel", ClientSecretFile: file}
		c.SignIn.Operators = []string{"group:platform"}
		c.SignIn.Auditors = []string{"email:ann@corp.example"}
		c.SignIn.Viewers = []string{"github:*", "group:shop"}
		c.SignIn.Groups = []config.SignInGroup{{Name: "shop", Repositories: []string{"acme/shop*"}}}
		c.SignIn.MetricsTokenFile = token
		o.Now = clock.now
	})
	sha := commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "Fixed it.",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	number = open(t, hub, shop, fakehub.Pull{Title: "fix: it", Head: "topic", Base: "main", Author: "wendy"})
	r.run(sha, "failure")
	commit(t, hub, "acme/vault", fakehub.Commit{Branch: "topic", From: "main", Author: "olga", Message: "feat: more",
		Files: fakehub.Files{"a": "b\n"}})
	open(t, hub, "acme/vault", fakehub.Pull{Title: "feat: more", Head: "topic", Base: "main", Author: "olga"})
	r.quiet()
	return r, p, clock, number
}

func (r *rig) browser() *browser {
	return &browser{t: r.t.(*testing.T), site: "http://" + r.config.AdminListen, cookies: map[string]string{}}
}
