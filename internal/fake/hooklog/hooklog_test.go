package hooklog

import (
	"context"
	"crypto/hmac"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// receiver notes what arrives and answers as told.
type receiver struct {
	mu     sync.Mutex
	bodies []string
	guids  []string
	heads  []http.Header
	status int
	hook   Hook
	log    *Log
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusAccepted}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.hook = Hook{ID: 9, AppID: 7, URL: s.URL, Secret: "s3cret"}
	r.log = New(1, 100, 3*time.Minute, time.Now)
	t.Cleanup(r.log.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies, r.guids, r.heads = append(r.bodies, string(body)), append(r.guids, q.Header.Get("X-GitHub-Delivery")),
		append(r.heads, q.Header)
	w.WriteHeader(r.status)
	io.WriteString(w, "seen")
}

func (r *receiver) send(names ...string) {
	for _, n := range names {
		r.log.Send(r.hook, Event{Name: n, Action: "done", InstallationID: 3, Repository: 4, Payload: n})
	}
}

func (r *receiver) wait(t *testing.T) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := r.log.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.bodies
	r.bodies = nil
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range want {
		want[i] = `"` + want[i] + `"`
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDeliversInOrderAndSigned(t *testing.T) {
	r := newReceiver(t)
	r.send("a", "b", "c")
	expect(t, r.wait(t), "a", "b", "c")
	h := r.heads[0]
	if !hmac.Equal([]byte(h.Get("X-Hub-Signature-256")), []byte(Sign("s3cret", []byte(`"a"`)))) {
		t.Errorf("signature %q", h.Get("X-Hub-Signature-256"))
	}
	if Sign("It's a Secret to Everybody",
		[]byte("Hello, World!")) != "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" {
		t.Error("the signature is not the one GitHub documents for its example")
	}
	for name, want := range map[string]string{"X-GitHub-Event": "a", "X-GitHub-Hook-ID": "9", "X-GitHub-Hook-Installation-Target-ID": "7",
		"X-GitHub-Hook-Installation-Target-Type": "integration", "Content-Type": "application/json"} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	if !strings.HasPrefix(h.Get("User-Agent"), "GitHub-Hookshot/") || len(r.guids[0]) != 36 || r.guids[0] == r.guids[1] {
		t.Errorf("user agent %q, GUIDs %v", h.Get("User-Agent"), r.guids)
	}
	all := r.log.Deliveries(7)
	if len(all) != 3 || all[0].Event.Name != "c" || all[0].StatusCode != 202 || all[0].Response != "seen" || all[0].Failed() {
		t.Errorf("log %+v", all)
	}
	if len(r.log.Deliveries(8)) != 0 {
		t.Error("another App sees the log")
	}
}

func TestNothingIsSentAgainUnasked(t *testing.T) {
	r := newReceiver(t)
	r.status = http.StatusServiceUnavailable
	r.send("a")
	expect(t, r.wait(t), "a")
	d := r.log.Deliveries(7)
	if len(d) != 1 || !d[0].Failed() || d[0].StatusCode != 503 {
		t.Fatalf("log %+v", d)
	}
	r.mu.Lock()
	r.status = http.StatusOK
	r.mu.Unlock()
	if !r.log.Redeliver(r.hook, d[0].ID) || r.log.Redeliver(r.hook, 1) {
		t.Error("redelivery of a known and an unknown id")
	}
	expect(t, r.wait(t), "a")
	again := r.log.Deliveries(7)[0]
	if again.GUID != d[0].GUID || again.ID == d[0].ID || !again.Redelivery || again.Failed() || again.Status != "OK" {
		t.Errorf("redelivered as %+v", again)
	}
}

func TestUnreachableReceiver(t *testing.T) {
	r := newReceiver(t)
	r.hook.URL = "http://127.0.0.1:1/"
	r.send("a")
	r.wait(t)
	if d := r.log.Deliveries(7)[0]; !d.Failed() || d.Status != "failed to connect to host" || d.StatusCode != 0 {
		t.Errorf("log %+v", d)
	}
}

func TestFates(t *testing.T) {
	r := newReceiver(t)
	fates := map[string]Fate{"lost": {Lose: true}, "failed": {Fail: true}, "twice": {Copies: 1}, "late": {Delay: 30 * time.Millisecond}}
	r.log.SetFate(func(e Event) Fate { return fates[e.Name] })
	r.send("late", "lost", "failed", "twice", "plain")
	expect(t, r.wait(t), "twice", "twice", "plain", "late")
	if r.guids[0] != r.guids[1] {
		t.Error("a copy has its own GUID")
	}
	var logged []string
	for _, d := range r.log.Deliveries(7) {
		logged = append(logged, d.Event.Name+" "+d.Status)
	}
	if d := cmp.Diff([]string{"late Accepted", "plain Accepted", "twice Accepted", "twice Accepted",
		"failed failed to connect to host"}, logged); d != "" {
		t.Error(d)
	}
}

func TestHeldDeliveriesComeInAnyOrder(t *testing.T) {
	r := newReceiver(t)
	r.log.SetFate(func(Event) Fate { return Fate{Hold: true} })
	r.send("a", "b", "c")
	if got := r.wait(t); len(got) != 0 {
		t.Errorf("held, and yet %v came", got)
	}
	if held := r.log.Held(); len(held) != 3 || held[1].Name != "b" {
		t.Errorf("held %+v", held)
	}
	r.log.Release(2, 0, 2)
	expect(t, r.wait(t), "c", "a", "c")
	if len(r.log.Held()) != 0 {
		t.Error("something is still held")
	}
}

func TestWaitGivesUp(t *testing.T) {
	r := newReceiver(t)
	r.log.SetFate(func(Event) Fate { return Fate{Delay: time.Minute} })
	r.send("a")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := r.log.Wait(ctx); err == nil {
		t.Error("waited for nothing")
	}
}

func TestLogIsBounded(t *testing.T) {
	r := newReceiver(t)
	r.log.keep = 5
	for range 23 {
		r.send("a")
	}
	r.wait(t)
	if n := len(r.log.Deliveries(7)); n < 5 || n > 10 {
		t.Errorf("the log keeps %d", n)
	}
}
