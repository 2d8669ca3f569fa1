package github

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v66/github"
)

// newApp registers an App from a manifest. Its code is good once.
func (s *scene) newApp() {
	s.t.Helper()
	manifest := `{"name": "Lintel " , "url": "https://lintel.example", "redirect_url": "http://127.0.0.1:1/created?a=b",
		"hook_attributes": {"url": "https://lintel.example/hooks/github"}, "default_permissions": {"checks": "write"}}`
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	send := func(owner, manifest string) *http.Response {
		resp, err := client.PostForm(s.hub.URL()+"/organizations/"+owner+"/settings/apps/new?state=st", url.Values{"manifest": {manifest}})
		if err != nil {
			s.t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	for name, status := range map[string]int{"nobody": http.StatusNotFound, org: http.StatusUnprocessableEntity} {
		if got := send(name, map[bool]string{true: manifest, false: `{"name": "x"}`}[name == "nobody"]).StatusCode; got != status {
			s.t.Errorf("a form of %s gets status %d, want %d", name, got, status)
		}
	}
	back, err := send(org, strings.Replace(manifest, "Lintel ", "Second App", 1)).Location()
	if err != nil || back.Query().Get("state") != "st" || back.Query().Get("a") != "b" {
		s.t.Fatalf("the browser is sent to %v: %v", back, err)
	}
	nobody := s.pointed(s.report.Transport(http.DefaultTransport))
	made := ok[*github.AppConfig](s, "the App of a code")(nobody.Apps.CompleteAppManifest(s.ctx, back.Query().Get("code")))
	if made.GetSlug() != "second-app" || made.GetPEM() == "" || made.GetWebhookSecret() == "" {
		s.t.Errorf("the new App is %v", made)
	}
	_, resp, err := nobody.Apps.CompleteAppManifest(s.ctx, back.Query().Get("code"))
	s.refused("a code a second time", http.StatusNotFound, resp, err)
}
