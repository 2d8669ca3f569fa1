package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestStorySignIn follows an operator, an auditor, viewers of both ways, and somebody without a role.
func TestStorySignIn(t *testing.T) {
	t.Parallel()
	r, p, _, n := doors(t)
	page, vault := fmt.Sprintf("/pr/github/acme/shop/%d", n), "/pr/github/acme/vault/1"
	nobody := r.browser()
	if a := nobody.get(page); a.status != http.StatusSeeOther || a.to.Path != "/signin" || a.to.Query().Get("return") != page {
		t.Errorf("without a session: %d %v", a.status, a.to)
	}
	// A page that htmx exchanges asks for itself once more when the session has ended, and comes to the sign-in.
	htmx := nobody.do(http.MethodGet, "/flow", "", func(q *http.Request) {
		q.Header.Set("Accept", "*/*")
		q.Header.Set("HX-Request", "true")
	})
	if htmx.status != http.StatusUnauthorized || htmx.header.Get("HX-Refresh") != "true" {
		t.Errorf("htmx without a session: %d %v", htmx.status, htmx.header)
	}
	if a := nobody.get("/assets/htmx-2.0.11.min.js"); a.status != http.StatusOK {
		t.Errorf("the script of pages: %d", a.status)
	}
	program := func(q *http.Request) { q.Header.Del("Accept") }
	for _, path := range []string{"/", "/audit", "/audit.json", "/gate", "/rules", "/metrics", "/debug/pprof/", "/readyz", "/nowhere"} {
		if a := nobody.do(http.MethodGet, path, "", program); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", path, a.status)
		}
	}
	metrics := func(token string) int {
		return nobody.do(http.MethodGet, "/metrics", "", func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token) }).status
	}
	right, wrong := metrics("a-token-for-prometheus"), metrics("a-token-for-prometheu")
	if right != http.StatusOK || wrong == http.StatusOK {
		t.Errorf("metrics by a token: %d, by another: %d", right, wrong)
	}
	people := map[string]struct {
		way, login string
		groups     []string
		// The answers to the overview, a page of shop (public), one of vault (private to the organisation), and a profile.
		want [4]int
	}{
		"an operator":                {"oidc", "oscar", []string{"platform"}, [4]int{200, 200, 200, 200}},
		"an auditor":                 {"oidc", "ann", nil, [4]int{200, 200, 200, 403}},
		"a viewer by a group":        {"oidc", "vic", []string{"shop"}, [4]int{403, 200, 404, 403}},
		"a viewer by GitHub":         {"github", "wendy", nil, [4]int{403, 200, 200, 403}},
		"an owner on GitHub":         {"github", "olga", nil, [4]int{403, 200, 200, 403}},
		"a stranger on GitHub":       {"github", "mallory", nil, [4]int{403, 200, 404, 403}},
		"a group that GitHub claims": {"github", "rita", []string{"platform"}, [4]int{403, 200, 200, 403}},
	}
	for name, x := range people {
		b := r.browser()
		if a := b.signIn(p, x.way, x.login, x.groups...); a.status != http.StatusSeeOther || a.to.String() != "/audit" {
			t.Errorf("%s is not let in: %d %s", name, a.status, a.body)
			continue
		}
		for i, path := range []string{"/", page, vault, "/debug/pprof/cmdline"} {
			if a := b.get(path); a.status != x.want[i] {
				t.Errorf("%s at %s: %d, want %d", name, path, a.status, x.want[i])
			}
		}
		if gone := b.get("/pr/github/acme/nowhere/1"); x.want[2] == 404 && gone.body != b.get("/pr/github/acme/nothere/1").body {
			t.Errorf("%s can tell what exists from what does not", name)
		}
	}
	if a := r.browser().signIn(p, "oidc", "eve"); a.status != http.StatusForbidden || !strings.Contains(a.body, "nobody gave you a role") {
		t.Errorf("somebody without a role: %d %s", a.status, a.body)
	}
	if got := r.audited(); strings.Count(got, "signin.done") != len(people) || strings.Count(got, "signin.refused") != 1 {
		t.Errorf("audited %q", got)
	}
}

// ATTACK: make somebody use a session that the attacker knows, or go on with one that is over.
//
// WHAT MUST HOLD: each sign-in gives a new session; what was signed out, is idle, is old, or was begun by a clock that is
// set back since is over.
//
//race:unwatched
func TestStorySignInSessions(t *testing.T) {
	t.Parallel()
	r, p, clock, _ := doors(t)
	const cookie = "__Host-lintel"
	b := r.browser()
	b.cookies[cookie] = strings.Repeat("A", 43)
	b.signIn(p, "oidc", "oscar", "platform")
	first := b.cookies[cookie]
	if first == strings.Repeat("A", 43) || len(first) != 43 {
		t.Fatalf("the session is the attacker's: %q", first)
	}
	b.signIn(p, "oidc", "oscar", "platform")
	thief := r.browser()
	is := func(what, session string, want int) {
		t.Helper()
		thief.cookies[cookie] = session
		if a := thief.get("/audit"); a.status != want {
			t.Errorf("%s: %d, want %d", what, a.status, want)
		}
	}
	is("a session after another sign-in", first, http.StatusSeeOther)
	is("the new session", b.cookies[cookie], http.StatusOK)
	second := b.cookies[cookie]
	if a := b.do(http.MethodPost, "/signout", url.Values{"csrf": {b.token()}}.Encode(), form); a.status != http.StatusSeeOther {
		t.Errorf("signing out: %d %s", a.status, a.body)
	}
	is("a session that was signed out", second, http.StatusSeeOther)
	for what, x := range map[string][]time.Duration{
		"idle": {61 * time.Minute}, "old": append(make([]time.Duration, 0), steps(13*time.Hour, 50*time.Minute)...),
		"begun in the future": {-time.Hour},
	} {
		b := r.browser()
		b.signIn(p, "oidc", "oscar", "platform")
		ahead := time.Duration(0)
		for i, d := range x {
			clock.forward(d)
			ahead += d
			want := http.StatusOK
			if i == len(x)-1 {
				want = http.StatusSeeOther
			}
			if a := b.get("/audit"); a.status != want {
				t.Errorf("a session that is %s, after %v: %d, want %d", what, ahead, a.status, want)
			}
		}
		clock.forward(-ahead)
	}
	// What the database holds lets nobody in.
	var hash string
	must(t, r.server.Reader().QueryRowContext(t.Context(), `SELECT hash FROM session LIMIT 1`).Scan(&hash))
	is("the hash of a session", hash[:43], http.StatusSeeOther)
	if got := r.audited(); strings.Count(got, "signin.ended") != 1 {
		t.Errorf("audited %q", got)
	}
}

// steps goes on in small steps until so much time has passed.
func steps(whole, step time.Duration) (all []time.Duration) {
	for done := time.Duration(0); done+step < 12*time.Hour; done += step {
		all = append(all, step)
	}
	return append(all, whole-time.Duration(len(all))*step)
}

func form(q *http.Request) { q.Header.Set("Content-Type", "application/x-www-form-urlencoded") }

// ATTACK: have an operator's browser switch a gate or sign out from another page.
//
// WHAT MUST HOLD: without the token of the session, or from another origin, nothing changes; the audit log names the
// person who signed in, whatever the body says.
//
// Attack by another web page, or another sign-in: Act as an operator who signed in: a token for each session, the
// origin, and a state bound to the browser. Also `internal/server/story_signin_test.go`
// `TestStorySignInForgedAnswers`.
//
//race:unwatched
func TestStorySignInForgedRequests(t *testing.T) {
	t.Parallel()
	r, p, _, _ := doors(t)
	b := r.browser()
	b.signIn(p, "oidc", "oscar", "platform")
	token := b.token()
	const body = `{"state":"open","org":"acme","for":"1h","reason":"why","actor":"mallory"}`
	post := func(change ...func(*http.Request)) int {
		t.Helper()
		all := append([]func(*http.Request){func(q *http.Request) { q.Header.Set("Content-Type", "application/json") }}, change...)
		return b.do(http.MethodPost, "/gate", body, all...).status
	}
	with := func(name, value string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set(name, value) }
	}
	for what, got := range map[string]int{
		"no token":       post(),
		"a wrong token":  post(with("X-CSRF-Token", strings.Repeat("A", len(token)))),
		"another origin": post(with("X-CSRF-Token", token), with("Origin", "https://evil.example")),
		"another site":   post(with("X-CSRF-Token", token), with("Sec-Fetch-Site", "cross-site")),
	} {
		if got != http.StatusForbidden {
			t.Errorf("%s: %d", what, got)
		}
	}
	if a := b.do(http.MethodPost, "/signout", "", form); a.status != http.StatusForbidden {
		t.Errorf("signed out without a token: %d", a.status)
	}
	ann := r.browser()
	ann.signIn(p, "oidc", "ann")
	own := ann.token()
	if a := ann.do(http.MethodPost, "/gate", body, with("X-CSRF-Token", own), with("Content-Type", "application/json")); a.status != 403 {
		t.Errorf("an auditor switches the gate: %d", a.status)
	}
	if a := b.do(http.MethodPost, "/gate", body, with("X-CSRF-Token", own), with("Content-Type", "application/json")); a.status != 403 {
		t.Errorf("the token of another session: %d", a.status)
	}
	if strings.Contains(r.audited(), "gate.") {
		t.Errorf("audited %q", r.audited())
	}
	if got := post(with("X-CSRF-Token", token)); got != http.StatusOK {
		t.Errorf("the operator's own wish: %d", got)
	}
	var record string
	must(t, r.server.Reader().QueryRowContext(t.Context(), `SELECT body FROM audit WHERE act = 'gate.opened'`).Scan(&record))
	if !strings.Contains(record, "oidc:oscar (sub-oscar)") || strings.Contains(record, "mallory") {
		t.Errorf("the audit log names another: %s", record)
	}
}

// ATTACK: end a sign-in that another browser began, twice, too late, elsewhere, or by a token that is forged; be sent to
// another site by it.
//
// WHAT MUST HOLD: nobody is let in, and the provider is not even asked where the browser is another.
//
//race:unwatched
func TestStorySignInForgedAnswers(t *testing.T) {
	t.Parallel()
	r, p, clock, _ := doors(t)
	out := func(what string, b *browser, a reply) {
		t.Helper()
		if a.status < 400 || b.cookies["__Host-lintel"] != "" {
			t.Errorf("%s: %d %v", what, a.status, a.to)
		}
	}
	// State: of another browser, of another sign-in, used before, for the other way, after its time.
	b, other := r.browser(), r.browser()
	at := b.leave("oidc", "/")
	out("a code in another browser", other, other.get(callback("oidc", at, p.code(at, "oscar", "platform"))))
	mine := other.leave("oidc", "/")
	out("the state of another browser", other, other.get(callback("oidc", at, p.code(mine, "oscar", "platform"))))
	if p.asked != 0 {
		t.Errorf("the provider was asked %d times for a state that is wrong", p.asked)
	}
	kept := b.cookies["__Host-lintel-signin"]
	back := callback("oidc", at, p.code(at, "oscar", "platform"))
	if a := b.get(back); a.status != http.StatusSeeOther {
		t.Fatalf("an honest sign-in: %d %s", a.status, a.body)
	}
	again := r.browser()
	again.cookies["__Host-lintel-signin"] = kept
	out("a state that was used", again, again.get(back))
	elsewhere := r.browser()
	at = elsewhere.leave("oidc", "/")
	out("the state of the other way", elsewhere, elsewhere.get(callback("github", at, p.code(at, "oscar", "platform"))))
	late := r.browser()
	at = late.leave("oidc", "/")
	clock.forward(11 * time.Minute)
	out("after its time", late, late.get(callback("oidc", at, p.code(at, "oscar", "platform"))))
	clock.forward(-11 * time.Minute)
	denied := r.browser()
	at = denied.leave("oidc", "/")
	out("denied", denied, denied.get("/signin/oidc/callback?error=access_denied&error_description=%3Cb%3E&state="+at.Query().Get("state")))
	// Tokens.
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for what, x := range map[string]struct {
		twist func(map[string]any)
		forge func(string) string
	}{
		"another audience": {twist: func(c map[string]any) { c["aud"] = "shop" }},
		"two audiences":    {twist: func(c map[string]any) { c["aud"] = []string{"lintel", "shop"} }},
		"made for another": {twist: func(c map[string]any) { c["azp"] = "shop" }},
		"another issuer":   {twist: func(c map[string]any) { c["iss"] = "https://evil.example" }},
		"expired":          {twist: func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }},
		"another nonce":    {twist: func(c map[string]any) { c["nonce"] = "n" }},
		"no nonce":         {twist: func(c map[string]any) { c["nonce"] = nil }},
		"nobody":           {twist: func(c map[string]any) { c["sub"] = "" }},
		"an address not proved": {twist: func(c map[string]any) {
			c["email"], c["email_verified"], c["groups"] = "ann@corp.example", false, nil
		}},
		"groups that are no list": {twist: func(c map[string]any) { c["groups"] = map[string]any{"platform": true} }},
		"no signature": {forge: func(s string) string {
			return header + "." + strings.Split(s, ".")[1] + "."
		}},
		"another text": {forge: func(s string) string {
			parts := strings.Split(s, ".")
			body, _ := base64.RawURLEncoding.DecodeString(parts[1])
			parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(body), "platfor", "platforx", 1)))
			return strings.Join(parts, ".")
		}},
		"no token": {forge: func(string) string { return "" }},
	} {
		p.twist, p.forge = x.twist, x.forge
		b := r.browser()
		out(what, b, b.signIn(p, "oidc", "oscar", "platform"))
	}
	p.twist, p.forge = nil, nil
	// Where the browser goes afterwards.
	for to, want := range map[string]string{
		"/audit?act=gate": "/audit?act=gate", "https://evil.example/": "/", "//evil.example/": "/", "/\\evil.example": "/",
		"/%2fevil.example": "/", "javascript:alert(1)": "/", "/signin/oidc": "/", "/a\nb": "/", "": "/",
	} {
		b := r.browser()
		at := b.leave("oidc", to)
		if a := b.get(callback("oidc", at, p.code(at, "oscar", "platform"))); a.to == nil || a.to.String() != want {
			t.Errorf("return to %q leads to %v, want %q", to, a.to, want)
		}
	}
	// A name that is not ours, for a page of another site that points its name at the listener.
	if a := r.browser().do(http.MethodGet, "/signin", "", func(q *http.Request) { q.Host = "evil.example" }); a.status != 421 {
		t.Errorf("another name: %d", a.status)
	}
	// Too many.
	b = r.browser()
	last := 0
	for range 70 {
		last = b.get("/signin/oidc").status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("sign-ins without end: %d", last)
	}
}
