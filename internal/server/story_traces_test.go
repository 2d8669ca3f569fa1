package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/server"
)

// collected is what a collector of OpenTelemetry was sent.
type collected struct {
	mu  sync.Mutex
	raw bytes.Buffer
	// names are the spans of each trace.
	names map[string][]string
}

func (c *collected) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what did not come whole cannot be read below
	var sent struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct{ TraceID, Name string }
			}
		}
	}
	_ = json.Unmarshal(body, &sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, resource := range sent.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				c.names[s.TraceID] = append(c.names[s.TraceID], s.Name)
			}
		}
	}
}

// oneTrace: one trace leads from a delivery, which one process takes, to the check that another publishes; it holds no
// text of people; and the other's log names the delivery.
func oneTrace(t *testing.T) {
	t.Parallel()
	got := &collected{names: map[string][]string{}}
	collector := httptest.NewServer(got)
	t.Cleanup(collector.Close)
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	dir, log := t.TempDir(), &ledger{}
	gate := start(t, hub, dir, noSweeps, func(c *config.Config, o *server.Options) {
		c.Traces.Endpoint = collector.URL
		o.Log = slog.New(otlp.Handler(slog.NewJSONHandler(log, nil)))
	})
	// The webhook leads to the one that starts last, and it can judge nothing.
	web := start(t, hub, dir, noSweeps, func(c *config.Config, _ *server.Options) {
		c.Roles, c.Traces.Endpoint = []string{"web"}, collector.URL
	})
	hub.Fault(
		traffic.Fault{Method: http.MethodPost, Route: "/repos/{owner}/{repo}/check-runs", Times: 1, Status: http.StatusBadGateway},
	)
	head := commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: topic",
		Files: fakehub.Files{"cart/a.go": "package cart\n"}})
	open(t, hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy"})
	awaitRun(t, hub, head, "success")
	role := "lintel_process_role{role="
	for r, want := range map[*rig]string{web: "web", gate: "gate"} {
		text := r.page("http://" + r.config.AdminListen + "/metrics")
		if !strings.Contains(text, role+`"`+want+`"} 1`) || (r == gate) != strings.Contains(text, role+`"sweeps"} 1`) {
			t.Errorf("the metrics of %s do not say what it works on", want)
		}
	}
	web.stop()
	gate.stop()
	hops := []string{"delivery", "wait", "job", "snapshot", "forge call", "judge", "save", "effect"}
	whole := func(names []string) bool {
		return !slices.ContainsFunc(hops, func(hop string) bool { return !slices.Contains(names, hop) })
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	found := false
	for _, names := range got.names {
		found = found || whole(names)
	}
	if !found {
		t.Errorf("no trace has all of %v: %v", hops, got.names)
	}
	for _, text := range []string{"acme", "shop", "wendy", "cart", "topic", "ghs_", hub.URL()} {
		if strings.Contains(got.raw.String(), text) {
			t.Errorf("the collector was told %q", text)
		}
	}
	if line := log.String(); !strings.Contains(line, `"delivery":`) || !strings.Contains(line, `"trace_id":`) {
		t.Errorf("what failed does not name its delivery and trace:\n%s", line)
	}
}
