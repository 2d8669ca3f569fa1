package github_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestRegisterAnswers: only a whole answer is an App; a code that GitHub does not know has a kind of its own.
func TestRegisterAnswers(t *testing.T) {
	t.Parallel()
	whole := map[string]any{
		"id": 7, "slug": "lintel", "pem": "key", "webhook_secret": "s", "html_url": "https://github.example/apps/lintel",
	}
	without := func(name string) map[string]any {
		out := map[string]any{}
		for k, v := range whole {
			if k != name {
				out[k] = v
			}
		}
		return out
	}
	unknown := func(err error) bool { return errors.Is(err, github.ErrCode) }
	partial := func(err error) bool {
		var unread *change.Unread
		return errors.As(err, &unread)
	}
	failed := func(err error) bool { return err != nil && !unknown(err) }
	for name, c := range map[string]struct {
		status int
		body   any
		code   string
		is     func(error) bool
	}{
		"whole":            {http.StatusCreated, whole, "abc", func(err error) bool { return err == nil }},
		"used before":      {http.StatusNotFound, map[string]any{"message": "Not Found"}, "abc", unknown},
		"no code":          {http.StatusCreated, whole, "", unknown},
		"a path as a code": {http.StatusCreated, whole, "../../user", unknown},
		"without a key":    {http.StatusCreated, without("pem"), "abc", partial},
		"without a secret": {http.StatusCreated, without("webhook_secret"), "abc", partial},
		"without an id":    {http.StatusCreated, without("id"), "abc", partial},
		"an error inside":  {http.StatusBadGateway, map[string]any{}, "abc", failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.URL.Path != "/app-manifests/abc/conversions" {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_ = json.NewEncoder(w).Encode(c.body)
			}))
			t.Cleanup(server.Close)
			app, err := github.Register(t.Context(), server.URL, c.code, nil)
			if !c.is(err) {
				t.Errorf("%+v, %v", app, err)
			}
			if err != nil && app.Key != nil {
				t.Error("an App that is none has a key")
			}
		})
	}
}
