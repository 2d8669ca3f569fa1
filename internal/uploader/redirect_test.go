package uploader

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/ci"
)

// TestNoTokenFollowsARedirect: neither the upload's token nor the key for one goes where an answer leads.
func TestNoTokenFollowsARedirect(t *testing.T) {
	var heard atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		leading := httptest.NewServer(http.RedirectHandler(other.URL+"/stolen", status))
		c := &Client{Server: leading.URL, HTTP: NewHTTP(), Attempts: 1,
			Token: func(context.Context) (string, error) { return "token", nil },
			Sleep: func(context.Context, time.Duration) error { return nil }, Again: func(error, time.Duration) {}}
		if _, err := c.Send(t.Context(), ci.Target{SHA: "aaa"}, Report{Kind: "coverage", Body: []byte("x")}); err == nil {
			t.Errorf("%d: the report counts as sent", status)
		}
		if _, err := ActionsToken(NewHTTP(), leading.URL, "key", "audience")(t.Context()); err == nil {
			t.Errorf("%d: a token was made", status)
		}
		leading.Close()
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("the other host heard %d requests", n)
	}
}
