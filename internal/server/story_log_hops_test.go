package server_test

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/server"
)

// TestStoryLogsNameTheDelivery: whoever follows one delivery through the log finds what each hop of its look had to say: the
// webhook, the forge that limits us, the job that failed at its check, and the comment that was refused.
//
//race:unwatched
func TestStoryLogsNameTheDelivery(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	log := &ledger{}
	r := start(t, hub, t.TempDir(), noSweeps, func(_ *config.Config, o *server.Options) {
		o.Log = slog.New(otlp.Handler(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	})
	r.quiet()
	for _, f := range []traffic.Fault{
		{Method: http.MethodGet, Route: compare, Times: 1, Status: http.StatusTooManyRequests,
			Header: map[string]string{"Retry-After": "1"}},
		{Method: http.MethodPost, Route: "/repos/{owner}/{repo}/check-runs", Times: 1, Status: http.StatusBadGateway},
		{Method: http.MethodPost, Route: "/repos/{owner}/{repo}/issues/{issue_number}/comments", Status: http.StatusForbidden},
	} {
		hub.Fault(f)
	}
	sha := badCoupon(t, hub)
	open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Author: "wendy"})
	r.run(sha, "failure")
	r.quiet()
	hops := map[string]string{"delivery stored": "", "the forge limits our requests": "", "look failed and will be tried again": "",
		"refused; the check stands without it": ""}
	opened := ""
	lines := bufio.NewScanner(strings.NewReader(log.String()))
	for lines.Scan() {
		var line struct{ Msg, Delivery, Event, Action, Change string }
		must(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Event == "pull_request" && line.Action == "opened" {
			opened = line.Delivery
		}
		if _, ok := hops[line.Msg]; ok && (line.Delivery == opened || line.Change != "") {
			hops[line.Msg] = line.Delivery
		}
		if line.Change != "" && line.Delivery == "" {
			t.Errorf("it names a change and no delivery: %s", lines.Text())
		}
	}
	for hop, delivery := range hops {
		if opened == "" || delivery != opened {
			t.Errorf("%q is said of the delivery %q, want %q", hop, delivery, opened)
		}
	}
	if t.Failed() {
		t.Log(log.String())
	}
}
