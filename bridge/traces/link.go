package traces

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
)

// traceparent is the header of W3C Trace Context that names a span. Its companions,
// tracestate and baggage, are neither read nor sent: they have texts of others.
const traceparent = "traceparent"

// The links that spans have.
const (
	linkOrder  = "order"  // to the commit that created the order
	linkEvent  = "event"  // to the commit of the event that a webhook reports
	linkCaller = "caller" // to the span that the caller of a request names
)

// parse returns the span that a traceparent names, or an invalid context.
func parse(text string) trace.SpanContext {
	if text == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: text})
	return trace.SpanContextFromContext(ctx)
}

// format returns the traceparent of a span that is recorded; empty for another.
func format(span trace.Span) string {
	of := span.SpanContext()
	if !of.IsSampled() {
		return ""
	}
	return "00-" + of.TraceID().String() + "-" + of.SpanID().String() + "-01"
}

func linkTo(of trace.SpanContext, kind string) trace.Link {
	return trace.Link{SpanContext: of, Attributes: attributes(linkKey.String(kind))}
}

// Follows reports whether one of a new span's links leads to a span of this till that was
// recorded. A sampler that records such spans keeps the whole history of an order, or nothing
// of it. The links to spans that callers name do not count.
func Follows(links []trace.Link) bool {
	for _, link := range links {
		for _, a := range link.Attributes {
			if a.Key == linkKey && a.Value.AsString() != linkCaller && link.SpanContext.IsSampled() {
				return true
			}
		}
	}
	return false
}

// stored returns the spans that committed an order's first event and the event with a
// sequence. They are invalid where nothing is stored, or the store cannot be read: a trace is
// never the reason why a request fails. The log line is written without ctx: its own span may
// be the one that is about to begin.
func (t *Tracer) stored(ctx context.Context, id bridge.OrderID, sequence int64) (first, event trace.SpanContext) {
	if id == "" {
		return first, event
	}
	firstText, eventText, err := t.store.Traces(ctx, id, sequence)
	if err != nil {
		t.log.Warn("the trace of an order cannot be read; its spans are not linked", "order", id, "fault", err)
		return first, event
	}
	return parse(firstText), parse(eventText)
}

// created returns the link to the commit that created an order; none where it is not known.
func (t *Tracer) created(ctx context.Context, id bridge.OrderID) []trace.Link {
	first, _ := t.stored(ctx, id, 1)
	if !first.IsValid() {
		return nil
	}
	return []trace.Link{linkTo(first, linkOrder)}
}
