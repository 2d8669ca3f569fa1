package otlp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	vendor "go.opentelemetry.io/otel/trace"

	"github.com/lintel-review/lintel/internal/trace"
)

// scope names the instrumentation in what is sent.
const scope = "github.com/lintel-review/lintel"

// parentHeader is the header of W3C's Trace Context.
const parentHeader = "traceparent"

// outer is a context with the span that a header names.
func outer(parent string) context.Context {
	return propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{parentHeader: parent})
}

// Begin begins a span of its own trace, or of the one that it has waited in.
func (t *Traces) Begin(parent string, waited time.Duration, facts []trace.Fact) trace.Span {
	if t == nil || t.provider == nil {
		return nil
	}
	tracer := t.provider.Tracer(scope)
	name, kind, ctx := "delivery", vendor.SpanKindServer, context.Background()
	if waited != 0 || parent != "" {
		name, kind, ctx = "job", vendor.SpanKindConsumer, outer(parent)
	}
	if vendor.SpanContextFromContext(ctx).IsValid() {
		now := time.Now()
		_, wait := tracer.Start(ctx, "wait", vendor.WithTimestamp(now.Add(-max(0, waited))))
		wait.End(vendor.WithTimestamp(now))
	}
	_, s := tracer.Start(ctx, name, vendor.WithSpanKind(kind), vendor.WithAttributes(attributes(facts)...))
	return span{s, tracer}
}

// span is one of OpenTelemetry's.
type span struct {
	vendor.Span
	by vendor.Tracer
}

func (s span) Start(name string, call bool, facts []trace.Fact) trace.Span {
	kind := vendor.SpanKindInternal
	if call {
		kind = vendor.SpanKindClient
	}
	_, inner := s.by.Start(vendor.ContextWithSpan(context.Background(), s.Span), name, vendor.WithSpanKind(kind),
		vendor.WithAttributes(attributes(facts)...))
	return span{inner, s.by}
}

func (s span) Note(facts []trace.Fact) { s.SetAttributes(attributes(facts)...) }

func (s span) Link(parent string) {
	if other := vendor.SpanContextFromContext(outer(parent)); other.IsValid() {
		s.AddLink(vendor.Link{SpanContext: other})
	}
}

func (s span) Parent() string {
	header := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(vendor.ContextWithSpan(context.Background(), s.Span), header)
	return header[parentHeader]
}

func (s span) Trace() string {
	if !s.SpanContext().IsSampled() {
		return ""
	}
	return s.SpanContext().TraceID().String()
}

// End tells of an error its type alone: its text may hold names and paths of others.
func (s span) End(err error) {
	if err != nil {
		s.SetStatus(codes.Error, "")
		s.SetAttributes(attribute.String("error.type", typeOf(err)))
	}
	s.Span.End()
}

// typeOf is the type of the innermost error.
func typeOf(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprintf("%T", err)
		}
		err = inner
	}
}

func attributes(facts []trace.Fact) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, len(facts))
	for _, f := range facts {
		if f.Text != "" {
			all = append(all, attribute.String(string(f.Key), f.Text))
			continue
		}
		all = append(all, attribute.Int64(string(f.Key), f.Number))
	}
	return all
}

// Transport measures the calls of a forge until the head of the answer is there. It tells neither addresses nor headers
// to the collector, and nothing of the trace to the forge.
func Transport(next http.RoundTripper) http.RoundTripper { return calls{next} }

type calls struct{ next http.RoundTripper }

// RoundTrip is described at Transport.
func (c calls) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, end := trace.Call(r.Context(), "forge call", trace.Word(trace.Method, r.Method))
	resp, err := c.next.RoundTrip(r)
	if err == nil {
		trace.Note(ctx, trace.Int(trace.Status, resp.StatusCode))
	}
	end(err)
	return resp, err
}
