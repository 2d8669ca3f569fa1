// Package otlp measures by OpenTelemetry's library, and sends what it measured to a collector. It is the only door to that
// library.
//
// Callers may rely on: without an endpoint nothing is measured and nothing sent; a collector that is slow or gone delays
// nothing but a stop, by ten seconds at most.
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
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Traces is a trace.Tracer. The zero value, and nil, measure nothing. It is safe for concurrent use.
type Traces struct {
	provider *sdk.TracerProvider
	to       *collector
}

// Options say where traces go.
type Options struct {
	// Endpoint is the collector's address, to which /v1/traces is added; empty switches traces off.
	Endpoint string
	// Share is how many of all traces are kept, from 0 to 1.
	Share float64
	// Header is sent with each request, as "Name: value" (empty: none).
	Header string
	// Version is the program's, Process names this process among others.
	Version, Process string
	Log              *slog.Logger
	// Now is the clock by which failures are logged once a minute.
	Now func() time.Time
}

// timeout bounds one request to the collector, and what is left at the end.
const timeout = 10 * time.Second

// Open prepares the sending. It connects to nothing.
func Open(o Options) (*Traces, error) {
	if o.Endpoint == "" {
		return &Traces{}, nil
	}
	if o.Log == nil || o.Now == nil {
		return nil, errors.New("prepare traces: no log or no clock")
	}
	name, value, _ := strings.Cut(o.Header, ":")
	to := &collector{
		url: strings.TrimSuffix(o.Endpoint, "/") + "/v1/traces", name: strings.TrimSpace(name), value: strings.TrimSpace(value),
		log: o.Log, now: o.Now,
		// A redirect would take the header elsewhere.
		client: &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	to.about = keyValues([]attribute.KeyValue{attribute.String("service.name", "lintel"),
		attribute.String("service.version", o.Version), attribute.String("service.instance.id", o.Process)})
	// All that the library would take from OTEL_* of the environment is said here, or not sent: a queue of a negative size
	// panics, and keys are a closed list.
	return &Traces{to: to, provider: sdk.NewTracerProvider(
		sdk.WithResource(resource.Empty()),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Share))),
		sdk.WithRawSpanLimits(sdk.SpanLimits{
			AttributeValueLengthLimit: sdk.DefaultAttributeValueLengthLimit, AttributeCountLimit: sdk.DefaultAttributeCountLimit,
			EventCountLimit: sdk.DefaultEventCountLimit, LinkCountLimit: sdk.DefaultLinkCountLimit,
			AttributePerEventCountLimit: sdk.DefaultAttributePerEventCountLimit,
			AttributePerLinkCountLimit:  sdk.DefaultAttributePerLinkCountLimit,
		}),
		sdk.WithBatcher(to, sdk.WithExportTimeout(timeout), sdk.WithMaxQueueSize(sdk.DefaultMaxQueueSize),
			sdk.WithMaxExportBatchSize(sdk.DefaultMaxExportBatchSize),
			sdk.WithBatchTimeout(sdk.DefaultScheduleDelay*time.Millisecond)),
	)}, nil
}

// Flush sends what has ended so far.
func (t *Traces) Flush(ctx context.Context) error {
	if t == nil || t.provider == nil {
		return nil
	}
	return t.provider.ForceFlush(ctx)
}

// Close sends what is left, for ten seconds at the most. What a collector does not take until then is lost, and no failure
// of whoever stops.
func (t *Traces) Close() error { return t.close(timeout) }

func (t *Traces) close(within time.Duration) error {
	if t == nil || t.provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := t.provider.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		t.to.lost(context.WithoutCancel(ctx), err)
		return nil
	}
	return err
}

// collector sends spans as OTLP over HTTP, in its JSON encoding.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
type collector struct {
	url, name, value string
	about            []keyValue
	client           *http.Client
	log              *slog.Logger
	now              func() time.Time
	mu               sync.Mutex
	reported         time.Time
}

// ExportSpans sends spans. A collector that does not take them is told of in the log once a minute, and they are gone: no
// queue grows for it.
func (c *collector) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := c.post(ctx, spans); err != nil {
		c.lost(ctx, err)
	}
	return nil
}

func (c *collector) lost(ctx context.Context, err error) {
	c.mu.Lock()
	now := c.now()
	due := now.Sub(c.reported).Abs() >= time.Minute
	if due {
		c.reported = now
	}
	c.mu.Unlock()
	if due {
		c.log.WarnContext(ctx, "traces were not taken and are lost; nothing else is", "error", err.Error(),
			"remedy", "look at the collector and at traces.endpoint")
	}
}

// Shutdown has nothing to do: the batches are the library's.
func (c *collector) Shutdown(context.Context) error { return nil }

func (c *collector) post(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(c.exportOf(spans))
	if err != nil {
		return fmt.Errorf("write spans: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send spans: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.name != "" {
		req.Header.Set(c.name, c.value)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("send spans: %w", err)
	}
	// The connection is used again once the answer was read; what it says does not matter.
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("send spans: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("send spans: the collector answered %d", resp.StatusCode)
	}
	return nil
}

// The encoding: ids in hexadecimal, 64-bit integers as texts.

type exported struct {
	ResourceSpans []resourceSpans `json:"resourceSpans"`
}

type resourceSpans struct {
	Resource struct {
		Attributes []keyValue `json:"attributes"`
	} `json:"resource"`
	ScopeSpans []scopeSpans `json:"scopeSpans"`
}

type scopeSpans struct {
	Scope struct {
		Name string `json:"name"`
	} `json:"scope"`
	Spans []spanOf `json:"spans"`
}

type linkOf struct {
	TraceID string `json:"traceId"`
	SpanID  string `json:"spanId"`
}

type spanOf struct {
	linkOf
	Parent     string     `json:"parentSpanId,omitempty"`
	Name       string     `json:"name"`
	Kind       int        `json:"kind"`
	Start      string     `json:"startTimeUnixNano"`
	End        string     `json:"endTimeUnixNano"`
	Attributes []keyValue `json:"attributes,omitempty"`
	Links      []linkOf   `json:"links,omitempty"`
	Status     statusOf   `json:"status"`
}

type statusOf struct {
	Code int `json:"code,omitempty"`
}

// failed is OTLP's number for an error; the library counts otherwise.
const failed = 2

type keyValue struct {
	Key   string            `json:"key"`
	Value map[string]string `json:"value"`
}

func (c *collector) exportOf(spans []sdk.ReadOnlySpan) (all exported) {
	if len(spans) == 0 {
		return all
	}
	var r resourceSpans
	r.Resource.Attributes = c.about
	one := scopeSpans{}
	one.Scope.Name = scope
	for _, s := range spans {
		one.Spans = append(one.Spans, encode(s))
	}
	r.ScopeSpans = []scopeSpans{one}
	all.ResourceSpans = []resourceSpans{r}
	return all
}

func encode(s sdk.ReadOnlySpan) spanOf {
	nano := func(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
	out := spanOf{
		linkOf: linkOf{s.SpanContext().TraceID().String(), s.SpanContext().SpanID().String()},
		Name:   s.Name(), Kind: int(s.SpanKind()), Start: nano(s.StartTime()), End: nano(s.EndTime()),
		Attributes: keyValues(s.Attributes()),
	}
	if s.Parent().HasSpanID() {
		out.Parent = s.Parent().SpanID().String()
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, linkOf{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
	}
	if s.Status().Code == codes.Error {
		out.Status.Code = failed
	}
	return out
}

func keyValues(attrs []attribute.KeyValue) (all []keyValue) {
	for _, a := range attrs {
		kind := "stringValue"
		if a.Value.Type() == attribute.INT64 {
			kind = "intValue"
		}
		all = append(all, keyValue{string(a.Key), map[string]string{kind: a.Value.String()}})
	}
	return all
}
