package traces

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
)

// scope names the instrumentation in its spans.
const scope = "github.com/minitill/minitill"

// Config is what a Tracer is made of. Provider and Store are required.
type Config struct {
	Provider trace.TracerProvider
	// Store has the trace contexts of orders' events: the store of the engine.
	Store store.Traces
	// Database is the store's database as OpenTelemetry names it: "sqlite", "postgresql".
	Database string
	Version  string           // of the till
	Now      func() time.Time // the engine's clock; time.Now when nil
	Log      *slog.Logger
}

// Tracer begins the spans of a till. Its methods are the hooks of the packages that have
// spans: engine.Config.Tracer, server.Config.Trace (Request), merchant.Config.Authenticated
// (Trust), webhook.Config.Trace (Attempt); Store wraps the engine's store.
type Tracer struct {
	tracer   trace.Tracer
	store    store.Traces
	database string
	now      func() time.Time
	log      *slog.Logger
}

var _ engine.Tracer = (*Tracer)(nil)

// New returns a tracer. It panics without a Provider or a Store.
func New(config Config) *Tracer {
	if config.Provider == nil || config.Store == nil {
		panic("traces: Config.Provider and Config.Store are required")
	}
	t := &Tracer{
		tracer: config.Provider.Tracer(scope, trace.WithInstrumentationVersion(config.Version)),
		store:  config.Store, database: config.Database, now: config.Now, log: config.Log,
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	return t
}

// IDs returns the ids of the trace and span that a context is in, for logs; empty outside of
// a trace.
func (t *Tracer) IDs(ctx context.Context) (traceID, spanID string) {
	ctx, _ = t.within(ctx, false)
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() { // or the provider begins none
		return "", ""
	}
	return span.TraceID().String(), span.SpanID().String()
}

// within returns ctx with the span that a new span is a child of. The span of a request
// begins now if it has not, linked to the creation of its order when linked is set. ok is
// false outside of a trace.
func (t *Tracer) within(ctx context.Context, linked bool) (_ context.Context, ok bool) {
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, true
	}
	r := requestOf(ctx)
	if r == nil {
		return ctx, false
	}
	return trace.ContextWithSpan(ctx, r.begin(ctx, t, linked)), true
}

// noSpan is a span that records nothing.
func noSpan() trace.Span { return trace.SpanFromContext(context.Background()) }

// failed marks a span as failed. kind is one of a few words.
func failed(span trace.Span, kind string) {
	span.SetAttributes(errorType.String(kind))
	span.SetStatus(codes.Error, "")
}

// The attributes that OpenTelemetry does not name. Order ids are in log lines, too, and give
// no access to anything.
const (
	orderKey     = attribute.Key("minitill.order.id")
	walletKey    = attribute.Key("minitill.wallet")
	operationKey = attribute.Key("minitill.wallet.operation")
	outcomeKey   = attribute.Key("minitill.wallet.outcome")
	eventKey     = attribute.Key("minitill.event.type")
	deliveryKey  = attribute.Key("minitill.delivery.id")
	linkKey      = attribute.Key("minitill.link")
)

// The attributes of OpenTelemetry's semantic conventions.
const (
	errorType      = attribute.Key("error.type")
	httpMethod     = attribute.Key("http.request.method")
	httpRoute      = attribute.Key("http.route")
	httpStatus     = attribute.Key("http.response.status_code")
	httpResend     = attribute.Key("http.request.resend_count")
	serverAddress  = attribute.Key("server.address")
	serverPort     = attribute.Key("server.port")
	databaseSystem = attribute.Key("db.system.name")
	databaseCall   = attribute.Key("db.operation.name")
	peerService    = attribute.Key("peer.service")
)

func orderOf(id bridge.OrderID) attribute.KeyValue { return orderKey.String(string(id)) }
