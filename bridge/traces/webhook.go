package traces

import (
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
)

// continuedFor is for how long after an event its webhook belongs to the event's trace. A later
// attempt is a trace of its own with a link: collectors complete traces within minutes.
const continuedFor = time.Minute

// Attempt begins the span of an attempt to deliver a message, and adds its traceparent to the
// request; see webhook.Config.Trace. An event that was not recorded has no span.
func (t *Tracer) Attempt(req *http.Request, m *bridge.Message) (traced *http.Request, end func(status int)) {
	ctx := req.Context()
	first, event := t.stored(ctx, m.Order, m.Sequence)
	if !event.IsValid() && !first.IsValid() {
		return req, func(int) {}
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attempted(req, m)...)}
	switch {
	case event.IsValid() && t.now().Sub(m.CreatedAt) < continuedFor:
		ctx = trace.ContextWithRemoteSpanContext(ctx, event)
	case event.IsValid():
		options = append(options, trace.WithNewRoot(), trace.WithLinks(linkTo(event, linkEvent)))
	default:
		options = append(options, trace.WithNewRoot())
	}
	if first.IsValid() && first.TraceID() != event.TraceID() {
		options = append(options, trace.WithLinks(linkTo(first, linkOrder)))
	}
	ctx, span := t.tracer.Start(ctx, "webhook "+string(m.Type), options...)
	traced = req.WithContext(ctx)
	if context := format(span); context != "" {
		traced.Header.Set(traceparent, context)
	}
	return traced, func(status int) { delivered(span, status) }
}

// delivered ends the span of an attempt. status is zero when there was no answer.
func delivered(span trace.Span, status int) {
	if status != 0 {
		span.SetAttributes(httpStatus.Int(status))
	}
	switch {
	case status == 0:
		failed(span, "no_answer")
	case status/100 != 2:
		failed(span, strconv.Itoa(status))
	}
	span.End()
}

// attempted are the attributes of an attempt. The endpoint is named by its host: its path
// may have a token of the merchant.
func attempted(req *http.Request, m *bridge.Message) []attribute.KeyValue {
	list := attributes(
		httpMethod.String(req.Method), serverAddress.String(req.URL.Hostname()),
		orderOf(m.Order), eventKey.String(string(m.Type)), deliveryKey.String(m.ID),
	)
	if port, err := strconv.Atoi(req.URL.Port()); err == nil {
		list = append(list, serverPort.Int(port))
	}
	if m.Attempts > 0 {
		list = append(list, httpResend.Int(m.Attempts))
	}
	return list
}
