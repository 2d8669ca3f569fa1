package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestProfilesAreForOperatorsAlone: profiles show what the process holds, so only the admin listener has them.
//
//race:unwatched
func TestProfilesAreForOperatorsAlone(t *testing.T) {
	t.Parallel()
	r := begin(t)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/threadcreate?debug=1", "/debug/pprof/cmdline", "/debug/pprof/goroutine"} {
		if status, body := answers(t, "http://"+r.config.AdminListen+path); status != http.StatusOK || body == "" {
			t.Errorf("the admin listener answers %s with %d", path, status)
		}
		if status, body := answers(t, "http://"+r.config.Listen+path); status != http.StatusNotFound ||
			strings.Contains(body, "goroutine") {
			t.Errorf("the public listener answers %s with %d: %.200s", path, status, body)
		}
	}
	if _, index := answers(t, "http://"+r.config.AdminListen+"/debug/pprof/"); !strings.Contains(index, "goroutine") {
		t.Errorf("the index lists no profile: %.200s", index)
	}
}
