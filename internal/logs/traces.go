package logs

import (
	"context"
	"log/slog"
)

// The attributes that have the ids of a trace and of a span in it, as OpenTelemetry names
// them.
const (
	TraceKey = "trace_id"
	SpanKey  = "span_id"
)

// Traces returns a handler that adds the ids of the trace and span that a record's context is
// in, which of returns; none where they are empty.
func Traces(next slog.Handler, of func(context.Context) (traceID, spanID string)) slog.Handler {
	return traced{next, of}
}

type traced struct {
	slog.Handler
	of func(context.Context) (traceID, spanID string)
}

// Handle adds the ids.
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if trace, span := h.of(ctx); trace != "" {
		r = r.Clone()
		r.AddAttrs(slog.String(TraceKey, trace), slog.String(SpanKey, span))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns the handler with attributes.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traced{h.Handler.WithAttrs(attrs), h.of}
}

// WithGroup returns the handler with a group.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name), h.of} }
