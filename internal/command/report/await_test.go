package report

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/terminal"
)

// TestAwait: only a verdict ends the wait, and only success passes.
func TestAwait(t *testing.T) {
	t.Parallel()
	const pending = `{"state":"pending","change":"acme/shop#12","url":"https://lintel.example/p"}`
	for name, c := range map[string]struct {
		answers []string
		passed  bool
		fault   string
	}{
		"green":   {[]string{`{"state":"pending","change":"","url":""}`, pending, `{"state":"success","change":"acme/shop#12"}`}, true, ""},
		"red":     {[]string{`{"state":"failure","change":"acme/shop#12"}`}, false, ""},
		"unknown": {[]string{`{"state":"neutral"}`}, false, ""},
		"overdue": {[]string{pending}, false, "there was no verdict on 3333333 within"},
		"refused": {[]string{`403 {"message":"not your pull request","remedy":"ask for your own"}`}, false, "not your pull request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/v1/verdict" ||
					r.Header.Get("Authorization") != "Bearer secret" || r.URL.Query().Get("pull") != "12" {
					t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
				}
				text := c.answers[min(asked, len(c.answers)-1)]
				asked++
				if after, found := strings.CutPrefix(text, "403 "); found {
					w.WriteHeader(http.StatusForbidden)
					text = after
				}
				if _, err := w.Write([]byte(text)); err != nil {
					t.Error(err)
				}
			}))
			defer server.Close()
			var out, notes bytes.Buffer
			env := map[string]string{"LINTEL_UPLOAD_TOKEN": "secret"}
			a := Await{Pull: 12, Timeout: time.Minute, Every: time.Millisecond}
			a.sender = sender{Server: server.URL, SHA: strings.Repeat("3", 40), Tries: 1, Getenv: func(n string) string { return env[n] }}
			if c.fault != "" {
				a.Timeout = 50 * time.Millisecond
			}
			passed, err := a.wait(t.Context(), terminal.Terminal{Out: &out, Err: &notes})
			if passed != c.passed || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("passed %v, %v, %s", passed, err, out.String())
			}
			if c.fault == "" && asked != len(c.answers) {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}
