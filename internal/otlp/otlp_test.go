package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/trace"
)

// heard is a collector that keeps what it was sent.
type heard struct {
	mu    sync.Mutex
	spans []spanOf
	raw   strings.Builder
	head  http.Header
	times int
	say   int
}

func (h *heard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	var all exported
	if err = errors.Join(err, json.Unmarshal(body, &all)); err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	h.raw.Write(body)
	h.head = r.Header
	h.times++
	for _, res := range all.ResourceSpans {
		for _, s := range res.ScopeSpans {
			h.spans = append(h.spans, s.Spans...)
		}
	}
	if h.say != 0 {
		w.WriteHeader(h.say)
	}
}

func (h *heard) named(name string) (found spanOf) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.spans {
		if s.Name == name {
			found = s
		}
	}
	return found
}

func opened(t *testing.T, h *heard, share float64, log io.Writer) *Traces {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	traces, err := Open(Options{Endpoint: server.URL + "/", Share: share, Header: "Authorization: Bearer of-tests", Version: "1",
		Process: "one", Log: slog.New(Handler(slog.NewJSONHandler(log, nil))), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = traces.Close() })
	return traces
}

// A job that another process works on goes on with the trace of its delivery, and its log lines name both.
func TestOneTraceAcrossProcesses(t *testing.T) {
	h, log := &heard{}, &bytes.Buffer{}
	web, worker := opened(t, h, 1, log), opened(t, h, 1, log)
	ctx, end := trace.Deliver(t.Context(), web, "d-1", trace.Word(trace.Event, "pull_request"), trace.Int(trace.Connection, 7))
	row := trace.Carry(ctx)
	end(nil)
	ctx, done := trace.Resume(t.Context(), worker, row, 3*time.Second, trace.Word(trace.Job, "look"))
	forge := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			t.Error("the forge was told of the trace")
		}
	}))
	t.Cleanup(forge.Close)
	inner, read := trace.Start(ctx, "snapshot")
	req, err := http.NewRequestWithContext(inner, http.MethodGet, forge.URL+"/repos/acme/shop?token=hush", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := Transport(http.DefaultTransport).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	read(fmt.Errorf("read acme/shop: %w", &http.MaxBytesError{}))
	slog.New(Handler(slog.NewJSONHandler(log, nil))).InfoContext(inner, "looked")
	second, also := trace.Deliver(t.Context(), web, "d-2")
	trace.Join(second, row)
	also(nil)
	done(nil)
	for _, all := range []*Traces{web, worker} {
		if err := all.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first, job, call := h.named("wait"), h.named("job"), h.named("forge call")
	if job.TraceID == "" || job.TraceID != first.TraceID || job.TraceID != call.TraceID || call.Parent != h.named("snapshot").SpanID {
		t.Errorf("the spans are of several traces: %+v", h.spans)
	}
	failure := h.named("snapshot")
	if failure.Status.Code != failed || failure.Attributes[0].Value["stringValue"] != "*http.MaxBytesError" {
		t.Errorf("the failed reading says %+v", failure)
	}
	var links []linkOf
	for _, s := range h.spans {
		links = append(links, s.Links...)
	}
	if len(links) != 1 || links[0].TraceID != job.TraceID {
		t.Errorf("the delivery that joined another links to %v, want one link to %s", links, job.TraceID)
	}
	if line := log.String(); !strings.Contains(line, `"delivery":"d-1"`) || !strings.Contains(line, `"trace_id":"`+job.TraceID) {
		t.Errorf("the line does not name its cause: %s", line)
	}
	if h.head.Get("Authorization") != "Bearer of-tests" {
		t.Error("the collector did not get the header")
	}
	for _, secret := range []string{"acme", "hush", "127.0.0.1"} {
		if strings.Contains(h.raw.String(), secret) {
			t.Errorf("the collector was told %q", secret)
		}
	}
}

// Without an endpoint log lines name the delivery all the same, in another process too.
func TestDeliveryWithoutTraces(t *testing.T) {
	log := &bytes.Buffer{}
	off, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var none *Traces
	ctx, end := trace.Deliver(t.Context(), off, `d"1`)
	end(nil)
	ctx, end = trace.Resume(t.Context(), none, trace.Carry(ctx), time.Second)
	end(errors.New("failed"))
	slog.New(Handler(slog.NewJSONHandler(log, nil))).With("kept", 1).InfoContext(ctx, "looked")
	line := log.String()
	if !strings.Contains(line, `"delivery":"d\"1"`) || strings.Contains(line, "trace_id") || !strings.Contains(line, "kept") {
		t.Errorf("the line is %s", line)
	}
	if got := trace.Carry(t.Context()); got != "" {
		t.Errorf("what follows nothing carries %q", got)
	}
	if err := errors.Join(off.Close(), none.Close(), none.Flush(t.Context())); err != nil {
		t.Error(err)
	}
}

// A trace that is not kept is kept nowhere, also not by a process that keeps all.
func TestShareHoldsForTheWholeTrace(t *testing.T) {
	h := &heard{}
	none, all := opened(t, h, 0, io.Discard), opened(t, h, 1, io.Discard)
	ctx, end := trace.Deliver(t.Context(), none, "d-1")
	end(nil)
	_, end = trace.Resume(t.Context(), all, trace.Carry(ctx), 0)
	end(nil)
	if err := errors.Join(none.Flush(t.Context()), all.Flush(t.Context())); err != nil || len(h.spans) != 0 {
		t.Errorf("%v, and %d spans were sent, want none", err, len(h.spans))
	}
}

// A collector that takes nothing is said once a minute, and nothing fails.
func TestCollectorInTrouble(t *testing.T) {
	h, log := &heard{say: http.StatusServiceUnavailable}, &bytes.Buffer{}
	traces := opened(t, h, 1, log)
	for range 3 {
		_, end := trace.Deliver(t.Context(), traces, "d")
		end(nil)
		if err := traces.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "traces were not taken"); n != 1 || h.times != 3 || !strings.Contains(log.String(), "503") {
		t.Errorf("it was said %d times after %d requests: %s", n, h.times, log.String())
	}
}

// Text of others never becomes an attribute.
func TestWordsAlone(t *testing.T) {
	for text, want := range map[string]string{"look": "look", "pull_request.opened": "pull_request.opened", "Fix the login": "other",
		"../etc": "other", "": "other", "ghs_" + strings.Repeat("a", 40): "other"} {
		if got := attributes([]trace.Fact{trace.Word(trace.Job, text)})[0].Value.AsString(); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := trace.Follow(context.Background(), `{"traceparent": "00-zz"`); got != context.Background() {
		t.Error("what cannot be read changed the context")
	}
}

// The file of the server decides alone: variables that the library reads add nothing to what is sent, and break nothing.
func TestEnvironmentChangesNothing(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_RESOURCE_ATTRIBUTES": "team=hush", "OTEL_SERVICE_NAME": "hush", "OTEL_TRACES_SAMPLER": "always_off",
		"OTEL_BSP_MAX_QUEUE_SIZE": "-1", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "-1", "OTEL_BSP_SCHEDULE_DELAY": "-1",
		"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "0", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "1",
	} {
		t.Setenv(name, value)
	}
	h := &heard{}
	traces := opened(t, h, 1, io.Discard)
	_, end := trace.Deliver(t.Context(), traces, "d", trace.Word(trace.Event, "push"))
	end(nil)
	if err := traces.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := h.named("delivery"); len(s.Attributes) != 1 || s.Attributes[0].Value["stringValue"] != "push" {
		t.Errorf("the span says %+v", s)
	}
	if sent := h.raw.String(); strings.Contains(sent, "hush") || !strings.Contains(sent, `{"stringValue":"lintel"}`) {
		t.Errorf("sent: %s", sent)
	}
}

// A collector that hangs makes no stop fail: what is left is lost, and said.
func TestStopBesideCollectorThatHangs(t *testing.T) {
	free, log := make(chan struct{}), &bytes.Buffer{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-free }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(free) })
	traces, err := Open(Options{Endpoint: server.URL, Share: 1, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, end := trace.Deliver(t.Context(), traces, "d")
	end(nil)
	if err := traces.close(time.Millisecond); err != nil {
		t.Errorf("the stop failed: %v", err)
	}
	if !strings.Contains(log.String(), "traces were not taken") {
		t.Errorf("what was lost is not said: %s", log.String())
	}
}
