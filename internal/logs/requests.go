package logs

import (
	"context"
	"log/slog"
)

// RequestKey is the attribute that has a request's id.
const RequestKey = "request"

// Requests returns a handler that adds the id of the request in a record's context, which of
// returns, unless the record has one.
func Requests(next slog.Handler, of func(context.Context) string) slog.Handler {
	return requests{next, of}
}

type requests struct {
	slog.Handler
	of func(context.Context) string
}

// Handle adds the id.
func (h requests) Handle(ctx context.Context, r slog.Record) error {
	if id := h.of(ctx); id != "" && !has(r, RequestKey) {
		r = r.Clone()
		r.AddAttrs(slog.String(RequestKey, id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns the handler with attributes.
func (h requests) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requests{h.Handler.WithAttrs(attrs), h.of}
}

// WithGroup returns the handler with a group.
func (h requests) WithGroup(name string) slog.Handler {
	return requests{h.Handler.WithGroup(name), h.of}
}

func has(r slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
