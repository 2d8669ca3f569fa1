package gitlab

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// forge is a forge that talks to a handler, and how often it did.
func forge(t *testing.T, h http.HandlerFunc) (f *Forge, calls *int) {
	t.Helper()
	calls = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*calls++
		h(w, r)
	}))
	t.Cleanup(s.Close)
	f, err := New(Options{URL: s.URL, Token: func() (string, error) { return "secret", nil }, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return f, calls
}

// TestLimits: a limit is told to the queue at once, whatever GitLab says of it, and the client neither waits nor tries again.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		header map[string]string
		until  time.Duration
	}{
		"no headers":  {nil, time.Minute},
		"retry-after": {map[string]string{"Retry-After": "3", "RateLimit-Reset": "1"}, 3 * time.Second},
		"reset":       {map[string]string{"RateLimit-Reset": "1772366490"}, 90 * time.Second},
		"a clock an hour ahead": {map[string]string{"RateLimit-Reset": "1772370090", "Date": noon.Add(time.Hour).Format(http.TimeFormat)},
			90 * time.Second},
	} {
		f, calls := forge(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("RateLimit-Limit", "1")
			w.Header().Set("Date", noon.Format(http.TimeFormat))
			for k, v := range c.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte("Retry later\n"))
		})
		_, _, err := f.client.Projects.GetProject(int64(7), nil, within(t.Context()))
		var limited *change.Limited
		if err = f.answer("read project", err); !errors.As(err, &limited) || !limited.Until.Equal(noon.Add(c.until)) || *calls != 1 {
			t.Errorf("%s: %v after %d calls", name, err, *calls)
		}
	}
}

// TestFaultsAreNotTriedAgain: the client's own retries are off, for writes above all.
func TestFaultsAreNotTriedAgain(t *testing.T) {
	f, calls := forge(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	_, _, err := f.client.Commits.SetCommitStatus(int64(7), "abc", &gitlab.SetCommitStatusOptions{}, within(t.Context()))
	if err == nil || *calls != 1 || f.kind(err) != nil {
		t.Errorf("%v after %d calls", err, *calls)
	}
}

// TestAnswers: each status has its meaning for the work that waits.
func TestAnswers(t *testing.T) {
	for code, want := range map[int]any{
		http.StatusUnauthorized: new(*change.Unread), http.StatusForbidden: new(*change.Refused), http.StatusNotFound: new(*change.Unread),
		http.StatusBadRequest: new(*change.Refused),
	} {
		f, _ := forge(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		_, _, err := f.client.Projects.GetProject(int64(7), nil, within(t.Context()))
		if err = f.answer("read project", err); !errors.As(err, want) {
			t.Errorf("%d: %v", code, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: the error tells the token: %v", code, err)
		}
	}
}

// TestTheTokenStaysHere: no redirect takes the token to another address.
func TestTheTokenStaysHere(t *testing.T) {
	thief, stolen := forge(t, func(http.ResponseWriter, *http.Request) {})
	f, _ := forge(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Query().Has("private_token") {
			t.Errorf("the token came by %v", r.Header)
		}
		http.Redirect(w, r, thief.base.String()+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, _, err := f.client.Projects.GetProject(int64(7), nil, within(t.Context()))
	var unread *change.Unread
	if err = f.answer("read project", err); !errors.As(err, &unread) || *stolen != 0 {
		t.Errorf("%v, and %d requests elsewhere", err, *stolen)
	}
}
