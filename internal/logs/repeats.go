package logs

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// mostOfMessage bounds the records of one message in an interval, whatever they are about.
	mostOfMessage = 100
	// RepeatedKey is the attribute that says how many records like this one were left out.
	RepeatedKey = "repeated"
)

// Repeats returns a handler that passes a warning or an error once in an interval: those are
// the same whose message and attributes are, except for the ids of request, trace and span. The first of it
// passes once more with the number of those that were left out, before the next record after
// the interval. Of one message at most a hundred pass in an interval. Records below warnings
// pass.
func Repeats(next slog.Handler, interval time.Duration) slog.Handler {
	return repeats{next, "", &seen{interval: interval, windows: map[string]*window{}}}
}

type repeats struct {
	next slog.Handler
	with string // attributes and groups of the logger, as part of the key
	seen *seen
}

// seen is what has passed in the present intervals.
type seen struct {
	interval time.Duration
	mu       sync.Mutex
	windows  map[string]*window
	ends     time.Time // of the first window; zero without one
}

// window is one interval of a key.
type window struct {
	passed, left int
	first        slog.Record
	next         slog.Handler // of the logger that logged it
}

// Enabled reports whether next handles a level.
func (h repeats) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle passes a record, or leaves it out.
func (h repeats) Handle(ctx context.Context, r slog.Record) error {
	for _, w := range h.seen.ended(r.Time) {
		w.first.Time = r.Time
		w.first.AddAttrs(slog.Int(RepeatedKey, w.left))
		_ = w.next.Handle(ctx, w.first) // as slog's loggers do
	}
	if r.Level < slog.LevelWarn || h.passes(r) {
		return h.next.Handle(ctx, r)
	}
	return nil
}

// ended forgets the windows that have ended, and returns those that left something out, the
// earliest first.
func (s *seen) ended(now time.Time) (list []*window) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends.IsZero() || now.Before(s.ends) {
		return nil
	}
	s.ends = time.Time{}
	for key, w := range s.windows {
		end := w.first.Time.Add(s.interval)
		switch {
		case now.Before(end):
			if s.ends.IsZero() || end.Before(s.ends) {
				s.ends = end
			}
			continue
		case w.left > 0:
			list = append(list, w)
		}
		delete(s.windows, key)
	}
	slices.SortFunc(list, func(a, b *window) int { return a.first.Time.Compare(b.first.Time) })
	return list
}

// passes reports whether a record is the first of its kind in an interval, and its message is
// not there too often. Else it is counted.
func (h repeats) passes(r slog.Record) bool {
	h.seen.mu.Lock()
	defer h.seen.mu.Unlock()
	key := h.keyOf(r)
	if w := h.seen.windows[key]; w != nil {
		w.left++
		return false
	}
	message := h.window(r.Message, r)
	if message.passed >= mostOfMessage {
		message.left++
		return false
	}
	message.passed++
	h.window(key, r)
	return true
}

// window returns the window of a key. The first record of it begins the interval.
func (h repeats) window(key string, r slog.Record) *window {
	w := h.seen.windows[key]
	if w == nil {
		w = &window{first: r.Clone(), next: h.next}
		h.seen.windows[key] = w
		if h.seen.ends.IsZero() {
			h.seen.ends = r.Time.Add(h.seen.interval)
		}
	}
	return w
}

// keyOf is a record's message and attributes.
func (h repeats) keyOf(r slog.Record) string {
	var b strings.Builder
	b.WriteString(h.with + "\x00" + r.Level.String() + "\x00" + r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != RequestKey && a.Key != TraceKey && a.Key != SpanKey {
			b.WriteString("\x00" + a.String())
		}
		return true
	})
	return b.String()
}

// WithAttrs returns the handler with attributes.
func (h repeats) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := h.with
	for _, a := range attrs {
		with += a.String() + "\x00"
	}
	return repeats{h.next.WithAttrs(attrs), with, h.seen}
}

// WithGroup returns the handler with a group.
func (h repeats) WithGroup(name string) slog.Handler {
	return repeats{h.next.WithGroup(name), h.with + name + ".", h.seen}
}
