package setup

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
)

// browser is one that keeps cookies, and follows nothing that leads elsewhere.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// answer reads what came of a request.
func answer(t *testing.T, ask func() (*http.Response, error)) (int, string) {
	t.Helper()
	resp, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// about is the form about an App, filled in.
func (s *site) about() url.Values {
	return url.Values{"public-url": {"https://lintel.acme.example"}, "organisation": {"acme"}, "web-url": {s.hub.URL()}}
}

// newGuarded is a site whose page asks for the App and opens once.
func newGuarded(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.options.Guarded, s.options.Asks = true, true
	s.options.App = App{File: s.options.App.File}
	return s
}

// TestGuarded goes the whole way on a page that opens once: token, form, button, code, files. Everybody else is kept
// out at each step, the token's second bearer included.
func TestGuarded(t *testing.T) {
	t.Parallel()
	s := newGuarded(t)
	address := s.start()
	root, _, _ := strings.Cut(address, "?")
	stranger, mine := browser(t), browser(t)
	refused := func(when string, status int, body string) {
		t.Helper()
		if status != http.StatusForbidden || strings.Contains(body, "<form") {
			t.Errorf("%s, a stranger gets status %d:\n%s", when, status, body)
		}
	}
	_, query, _ := strings.Cut(address, "?")
	for _, try := range []string{root, root + "?token=", root + "?token=x", root + "created?code=a&state=b",
		root + "created?" + query} {
		status, body := answer(t, func() (*http.Response, error) { return stranger.Get(try) })
		refused("without the token", status, body)
	}
	mine.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.Response.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the browser tells others the address with the token")
		}
		c := r.Response.Cookies()
		if len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode {
			t.Errorf("the ticket: %v", c)
		}
		return nil
	}
	status, body := answer(t, func() (*http.Response, error) { return mine.Get(address) })
	mine.CheckRedirect = nil
	if status != http.StatusOK || !strings.Contains(body, `name="public-url"`) {
		t.Fatalf("status %d:\n%s", status, body)
	}
	status, body = answer(t, func() (*http.Response, error) { return stranger.Get(address) })
	refused("with a token that was used", status, body)
	status, body = answer(t, func() (*http.Response, error) { return stranger.PostForm(root, s.about()) })
	refused("with a form", status, body)

	// A mistake in the form: the words say what, and what was typed is still there.
	wrong := s.about()
	wrong.Set("public-url", `lintel"><script>`)
	status, body = answer(t, func() (*http.Response, error) { return mine.PostForm(root, wrong) })
	if status != http.StatusBadRequest || !strings.Contains(body, "is no address") ||
		!strings.Contains(body, `value="acme"`) ||
		strings.Contains(body, "<script>") {
		t.Errorf("status %d:\n%s", status, body)
	}
	// The form of another site, sent by the browser that has the ticket.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, root, strings.NewReader(s.about().Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, body = answer(t, func() (*http.Response, error) { return mine.Do(r) }); status != http.StatusForbidden {
		t.Errorf("a form of another site gets status %d:\n%s", status, body)
	}

	_, body = answer(t, func() (*http.Response, error) { return mine.PostForm(root, s.about()) })
	back := press(t, body)
	if !strings.HasPrefix(back, root+"created?") {
		t.Fatalf("GitHub leads back to %s", back)
	}
	status, body = answer(t, func() (*http.Response, error) { return stranger.Get(back) })
	refused("with GitHub's answer", status, body)
	// The answer to an earlier form belongs to another App.
	other := s.about()
	other.Set("name", "Lintel two")
	_, _ = answer(t, func() (*http.Response, error) { return mine.PostForm(root, other) })
	if status, body = answer(t, func() (*http.Response, error) { return mine.Get(back) }); status != http.StatusForbidden {
		t.Errorf("an earlier answer gets status %d:\n%s", status, body)
	}
	_, form := answer(t, func() (*http.Response, error) { return mine.PostForm(root, other) })
	if status, body = answer(t, func() (*http.Response, error) { return mine.Get(press(t, form)) }); status != http.StatusOK ||
		!strings.Contains(body, "The App Lintel two is registered") {
		t.Errorf("status %d:\n%s", status, body)
	}
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.options.App.File)
	if err != nil || !strings.Contains(string(text), `public_url: "https://lintel.acme.example"`) {
		t.Errorf("%v:\n%s", err, text)
	}
}

// TestBeyondThisMachine: the page may be reached from elsewhere only behind the token, and says what that is worth.
func TestBeyondThisMachine(t *testing.T) {
	t.Parallel()
	s := newGuarded(t)
	s.options.Listen = "0.0.0.0:0"
	s.start()
	if !strings.Contains(s.out.String(), "?token=") ||
		!strings.Contains(s.out.String(), "It opens once. It speaks plain http") {
		t.Errorf("it prints:\n%s", s.out.String())
	}
	s.stop()
	if err := <-s.ended; err == nil {
		t.Error("it claims to have an App")
	}
	for address, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, "0.0.0.0:1": false, ":1": false,
		"10.0.0.1:1": false, "127.0.0.1": false, "localhost.example:1": false} {
		if got := Loopback(address); got != want {
			t.Errorf("Loopback(%q) = %t", address, got)
		}
	}
}
