package traces

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server"
)

// request is the span of an HTTP request. The span begins with the first span within it, or
// at the latest when the request ends, and has the time of the request: whether its caller is
// trusted, and which order it is about, is not known before. From then on its parent and its
// links stay as they are.
type request struct {
	route, method string
	began         time.Time
	caller        trace.SpanContext // as the request says

	mu      sync.Mutex
	trusted bool           // the caller has a valid API key
	order   bridge.OrderID // that the request is about; empty while none is known
	span    trace.Span     // nil until it begins
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// Request begins the span of a request; see server.Config.Trace. Where the host has a span for
// the request already, it is the parent, and the host decides whom it trusts.
func (t *Tracer) Request(req *http.Request, route, method string) (context.Context, func(server.Answer)) {
	ctx := req.Context()
	r := &request{route: route, method: method, began: time.Now()}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		r.caller = parse(req.Header.Get(traceparent))
		ctx = context.WithValue(ctx, requestKey{}, r)
		return ctx, func(a server.Answer) { answered(r.begin(ctx, t, false), a) }
	}
	ctx, span := t.tracer.Start(ctx, r.name(), trace.WithSpanKind(trace.SpanKindInternal), trace.WithAttributes(r.attributes()...))
	return ctx, func(a server.Answer) { answered(span, a) }
}

// Trust makes the span that the caller of a request names the parent of the request's span;
// see merchant.Config.Authenticated.
func (t *Tracer) Trust(ctx context.Context) {
	if r := requestOf(ctx); r != nil {
		r.mu.Lock()
		r.trusted = true
		r.mu.Unlock()
	}
}

// about stores the order that the request of a context is about.
func about(ctx context.Context, id bridge.OrderID) {
	if r := requestOf(ctx); r != nil {
		r.mu.Lock()
		r.order = id
		r.mu.Unlock()
	}
}

// begin returns the span of the request, and begins it when it has not begun: linked to the
// creation of its order, where that is wanted and known.
func (r *request) begin(ctx context.Context, t *Tracer, linked bool) trace.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.span != nil {
		return r.span
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(r.began), trace.WithAttributes(r.attributes()...),
	}
	switch {
	case r.trusted && r.caller.IsValid():
		ctx = trace.ContextWithRemoteSpanContext(ctx, r.caller)
	case r.caller.IsValid():
		options = append(options, trace.WithLinks(linkTo(r.caller, linkCaller)))
	}
	if linked {
		options = append(options, trace.WithLinks(t.created(ctx, r.order)...))
	}
	_, r.span = t.tracer.Start(ctx, r.name(), options...)
	return r.span
}

func (r *request) name() string {
	if r.route == server.Unmatched {
		return r.method
	}
	return r.method + " " + r.route
}

func (r *request) attributes() []attribute.KeyValue {
	method := r.method
	if method == server.OtherMethod {
		method = "_OTHER" // as the conventions have it
	}
	if r.route == server.Unmatched {
		return attributes(httpMethod.String(method))
	}
	return attributes(httpMethod.String(method), httpRoute.String(r.route))
}

// answered ends the span of a request.
func answered(span trace.Span, a server.Answer) {
	span.SetAttributes(httpStatus.Int(a.Status))
	if a.Status >= http.StatusInternalServerError {
		failed(span, strconv.Itoa(a.Status))
	}
	span.End()
}

func attributes(list ...attribute.KeyValue) []attribute.KeyValue { return list }
