package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/trace"
	"github.com/lintel-review/lintel/internal/worker"
)

// collected is what a collector of OpenTelemetry was sent.
type collected struct {
	mu  sync.Mutex
	raw bytes.Buffer
	// spans are those of each trace, by their ids.
	spans map[string]map[string]spanSent
}

// spanSent is a span as a collector gets it.
type spanSent struct {
	TraceID, SpanID, ParentSpanID, Name string
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue string }
	}
	// from is the path at which it was sent.
	from string
}

// says is the word of one fact.
func (s spanSent) says(key trace.Key) string {
	for _, a := range s.Attributes {
		if a.Key == string(key) {
			return a.Value.StringValue
		}
	}
	return ""
}

func (c *collected) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what did not come whole cannot be read below
	var sent struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []spanSent
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
				s.from = r.URL.Path
				if c.spans[s.TraceID] == nil {
					c.spans[s.TraceID] = map[string]spanSent{}
				}
				c.spans[s.TraceID][s.SpanID] = s
			}
		}
	}
}

// hops are the names of a trace's spans. That of a job of advice, and of what happens inside it, says so.
func hops(spans map[string]spanSent) []string {
	var all []string
	for _, s := range spans {
		name := s.Name
		for in, known := s, true; known; in, known = spans[in.ParentSpanID] {
			if in.says(trace.Job) == (job.Advise{}).Kind() {
				name += " of advice"
				break
			}
		}
		if strings.HasPrefix(s.from, "/worker") {
			name += ", at the worker"
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// awaitMetrics waits until a process says all of these. A job is counted a moment after what it did can be seen.
func (r *rig) awaitMetrics(listener string, wanted ...string) {
	r.t.Helper()
	text := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text = r.page("http://" + listener + "/metrics")
		if !slices.ContainsFunc(wanted, func(line string) bool { return !strings.Contains(text, line+"\n") }) {
			return
		}
	}
	r.t.Fatalf("the metrics do not say all of %q:\n%s", wanted, text)
}

// oneTrace: one trace leads from a delivery, which one process takes, to the check that another publishes, to the question
// that a third asks a model, and to the comment with its answer; it holds no text of people; and the log of what failed
// names the delivery.
func oneTrace(t *testing.T) {
	t.Parallel()
	got := &collected{spans: map[string]map[string]spanSent{}}
	collector := httptest.NewServer(got)
	t.Cleanup(collector.Close)
	hub := advisedWorld(t, "")
	_, model := endpoint(t, opinion("")...)
	dir, log := t.TempDir(), &ledger{}
	gate := start(t, hub, dir, noSweeps, func(c *config.Config, o *server.Options) {
		c.Traces.Endpoint, c.Advice.Run, c.Advice.Debounce = collector.URL, "worker", "0s"
		o.Log, o.AdviceTries = slog.New(otlp.Handler(slog.NewJSONHandler(log, nil))), 1
	})
	// The webhook leads to the one that starts last, and it can judge nothing.
	web := start(t, hub, dir, noSweeps, func(c *config.Config, _ *server.Options) {
		c.Roles, c.Traces.Endpoint, c.Advice.Run = []string{"web"}, collector.URL, "worker"
	})
	c, err := config.LoadWorker(workerFile(t, gate.config.Database, model, "traces: { endpoint: \""+collector.URL+"/worker\" }\n"),
		[]string{"PATH=/bin"}, nil)
	must(t, err)
	c.AdminListen = freePort(t)
	ctx, stop := context.WithCancel(context.Background())
	asked := make(chan error, 1)
	go func() { asked <- worker.Run(ctx, c, io.Discard) }()
	hub.Fault(
		traffic.Fault{Method: http.MethodPost, Route: "/repos/{owner}/{repo}/check-runs", Times: 1, Status: http.StatusBadGateway},
	)
	n, head := offer(t, hub)
	awaitRun(t, hub, head, "success")
	gate.comment(n, "A coupon becomes a share of hundred.")
	role := "lintel_process_role{role="
	for r, want := range map[*rig]string{web: "web", gate: "gate"} {
		text := r.page("http://" + r.config.AdminListen + "/metrics")
		if !strings.Contains(text, role+`"`+want+`"} 1`) || (r == gate) != strings.Contains(text, role+`"sweeps"} 1`) {
			t.Errorf("the metrics of %s do not say what it works on", want)
		}
	}
	gate.awaitMetrics(c.AdminListen, role+`"ask"} 1`, `lintel_job_seconds_count{outcome="done",queue="advise"} 1`,
		`lintel_jobs_running{queue="advise"} 0`, `lintel_queue_age_seconds{queue="advise"} 0`)
	gate.awaitMetrics(gate.config.AdminListen, `lintel_job_seconds_count{outcome="failed",queue="look"} 1`,
		`lintel_job_seconds_count{outcome="done",queue="consult"} 2`, `lintel_jobs_running{queue="look"} 0`)
	stop()
	must(t, <-asked)
	web.stop()
	gate.stop()
	wanted := []string{"delivery", "wait", "job", "snapshot", "forge call", "judge", "save", "effect", "job of advice",
		"forge call of advice", "job of advice, at the worker", "model call of advice, at the worker", "effect of advice"}
	got.mu.Lock()
	defer got.mu.Unlock()
	found, most := false, []string{}
	for _, spans := range got.spans {
		have := hops(spans)
		found = found || !slices.ContainsFunc(wanted, func(hop string) bool { return !slices.Contains(have, hop) })
		if len(have) > len(most) {
			most = have
		}
	}
	if !found {
		t.Errorf("no trace has all of %q; the longest has %q", wanted, most)
	}
	for _, text := range []string{"acme", "shop", "wendy", "cart", "coupon", "ghs_", "hundred", hub.URL(), model} {
		if strings.Contains(got.raw.String(), text) {
			t.Errorf("the collector was told %q", text)
		}
	}
	if line := log.String(); !strings.Contains(line, `"delivery":`) || !strings.Contains(line, `"trace_id":`) {
		t.Errorf("what failed does not name its delivery and trace:\n%s", line)
	}
}
