package web

import (
	"bytes"
	"net/http/httptest"
	"testing"
)

func FuzzHook(f *testing.F) {
	g := newGate(f)
	f.Add("pull_request", "1", "application/json", []byte(opened), true)
	f.Add("push", "2", "application/json;", []byte("{"), true)
	f.Add("", "", "", []byte{}, false)
	f.Fuzz(func(t *testing.T, event, id, kind string, body []byte, signed bool) {
		r := httptest.NewRequest("POST", "/hooks/github", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("X-GitHub-Event", event)
		r.Header.Set("X-GitHub-Delivery", id)
		r.Header.Set("X-Hub-Signature-256", sign("wrong", string(body)))
		if signed {
			r.Header.Set("X-Hub-Signature-256", sign(secret, string(body)))
		}
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, r)
		switch {
		case w.Code == 202 && signed, w.Code == 400 && signed, w.Code == 401 && !signed, w.Code == 415:
		default:
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}
