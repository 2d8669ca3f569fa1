package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

func (g *gate) ready(t *testing.T, admin bool) (int, readiness) {
	t.Helper()
	var w *httptest.ResponseRecorder
	if admin {
		w = get(g.admin(g.overview(), g.Health), "/readyz")
	} else {
		w = get(Public(g.Pages.o.Log, g.Health, g.Pages, g.Hooks.Route), "/readyz")
	}
	var r readiness
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return w.Code, r
}

func TestReadiness(t *testing.T) {
	g := newGate(t)
	var trouble error
	var ran int
	g.Health = g.health(Check{Name: "database", Run: g.Store.Ping, Remedy: "look at the disk"},
		Check{Name: "forge", Run: func(context.Context) error { ran++; return trouble }, Remedy: "look at the key", Keep: 10 * time.Second})
	if code, r := g.ready(t, false); code != 200 || !r.Ready || len(r.Checks) != 2 || r.Checks[0].Name != "database" {
		t.Errorf("got %d %+v", code, r)
	}
	trouble = &change.Refused{What: "GitHub does not know the App at https://internal.example", Remedy: "correct github.app_id"}
	if code, _ := g.ready(t, false); code != 200 || ran != 1 {
		t.Errorf("a result of a moment ago stands: got %d after %d runs", code, ran)
	}
	g.now = g.now.Add(11 * time.Second)
	code, r := g.ready(t, false)
	if code != 503 || r.Ready || r.Checks[1].OK || r.Checks[1].Remedy != "correct github.app_id" || r.Checks[1].Error != "" ||
		!r.Checks[0].OK {
		t.Errorf("got %d %+v", code, r)
	}
	if code, r := g.ready(t, true); code != 503 || !strings.Contains(r.Checks[1].Error, "internal.example") || r.Checks[1].At == nil {
		t.Errorf("operators see why: got %d %+v", code, r)
	}
	if err := g.Health.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "forge: ") {
		t.Errorf("got %v", err)
	}
	g.now = g.now.Add(11 * time.Second)
	trouble = errors.New("HTTP 500")
	if _, r := g.ready(t, true); r.Checks[1].Remedy != "look at the key" {
		t.Errorf("got %+v", r)
	}
	g.now = g.now.Add(11 * time.Second)
	trouble = nil
	if code, _ := g.ready(t, false); code != 200 {
		t.Errorf("after it is well again: %d", code)
	}
	if n := strings.Count(g.log.String(), "not ready"); n != 1 || strings.Count(g.log.String(), "ready again") != 1 {
		t.Errorf("the log tells of each turn once:\n%s", g.log)
	}
	g.now = g.now.Add(11 * time.Second)
	trouble = &Degraded{errors.New("no worker lives")}
	if code, r := g.ready(t, true); code != 200 || !r.Ready || !r.Degraded || !r.Checks[1].Degraded ||
		r.Checks[1].Error != "no worker lives" || r.Checks[1].Remedy != "look at the key" {
		t.Errorf("when another process is missing: %d %+v", code, r)
	}
	g.Health.Drain()
	if code, r := g.ready(t, false); code != 503 || !strings.Contains(r.Reason, "stopping") {
		t.Errorf("while it stops: %d %+v", code, r)
	}
	if w := get(g.Handler, "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("the process lives: %d %s", w.Code, w.Body)
	}
}

func TestReadinessIsBounded(t *testing.T) {
	g := newGate(t)
	deaf := make(chan struct{})
	defer close(deaf)
	var runs atomic.Int32
	g.Health = g.health(
		Check{
			Name:    "deaf",
			Remedy:  "wait",
			Timeout: 10 * time.Millisecond,
			Keep:    time.Hour,
			Run:     func(context.Context) error { runs.Add(1); <-deaf; return nil },
		},
		Check{Name: "panics", Remedy: "wait", Run: func(context.Context) error { panic("boom") }})
	answers := make(chan error)
	for range 5 {
		go func() { answers <- g.Health.Check(context.Background()) }()
	}
	for range 5 {
		if err := <-answers; err == nil || !strings.Contains(err.Error(), "no answer within 10ms") {
			t.Errorf("got %v", err)
		}
	}
	if runs.Load() != 1 {
		t.Errorf("a check ran %d times for five askers", runs.Load())
	}
	if _, r := g.ready(t, true); !strings.Contains(r.Checks[1].Error, "boom") {
		t.Errorf("got %+v", r)
	}
}
