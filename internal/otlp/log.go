package otlp

import (
	"context"
	"log/slog"

	"github.com/lintel-review/lintel/internal/trace"
)

// Handler adds the delivery and the trace of a context to each line that is written with it.
func Handler(next slog.Handler) slog.Handler { return following{next} }

type following struct{ slog.Handler }

// Handle adds them.
func (h following) Handle(ctx context.Context, r slog.Record) error {
	delivery, id := trace.Cause(ctx)
	if delivery != "" {
		r.AddAttrs(slog.String("delivery", delivery))
	}
	if id != "" {
		r.AddAttrs(slog.String("trace_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps adding them.
func (h following) WithAttrs(a []slog.Attr) slog.Handler { return following{h.Handler.WithAttrs(a)} }

// WithGroup keeps adding them.
func (h following) WithGroup(name string) slog.Handler { return following{h.Handler.WithGroup(name)} }
