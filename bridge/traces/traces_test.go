package traces_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/traces"
	"github.com/minitill/minitill/internal/logs"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// world is a tracer over a store in memory, and what it records.
type world struct {
	*testing.T
	*traces.Tracer
	store    *memstore.Store
	provider *sdktrace.TracerProvider
	recorded *tracetest.SpanRecorder
	now      time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, store: memstore.New(), recorded: tracetest.NewSpanRecorder(), now: noon}
	w.provider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.recorded))
	w.Tracer = traces.New(traces.Config{Provider: w.provider, Store: w.store, Database: "sqlite", Now: func() time.Time { return w.now }})
	return w
}

// created creates an order within a trace, and returns the span of its commit.
func (w *world) created() (bridge.OrderID, trace.SpanContext) {
	w.Helper()
	ctx, root := w.provider.Tracer("test").Start(w.Context(), "request")
	defer root.End()
	id, err := bridge.NewOrderID(noon, rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	o := bridge.Order{ID: id, App: "shop", Sequence: 1, CreatedAt: noon}
	c := bridge.NewChange(o)
	c.Events = []bridge.Event{{Order: id, Sequence: 1, Type: bridge.OrderCreated, At: noon, Data: bridge.EventData{Order: &o}}}
	if _, err := w.Store(w.store).CreateOrder(ctx, c); err != nil {
		w.Fatal(err)
	}
	return id, w.last("create_order").SpanContext()
}

// last returns the span of a name that ended last.
func (w *world) last(name string) sdktrace.ReadOnlySpan {
	w.Helper()
	ended := w.recorded.Ended()
	for i := len(ended) - 1; i >= 0; i-- {
		if ended[i].Name() == name {
			return ended[i]
		}
	}
	w.Fatalf("no span %q has ended", name)
	return nil
}

// attempt sends a message about the first event of an order.
func (w *world) attempt(id bridge.OrderID, status int) *http.Request {
	w.Helper()
	req := httptest.NewRequest(http.MethodPost, "https://shop.example:8443/hook/secret", nil)
	req, end := w.Attempt(req, &bridge.Message{ID: "dlv_1", Order: id, Sequence: 1, Type: bridge.OrderCreated, CreatedAt: noon, Attempts: 2})
	end(status)
	return req
}

func TestAnAttemptWithinAMinuteBelongsToTheTraceOfItsEvent(t *testing.T) {
	w := newWorld(t)
	id, commit := w.created()
	w.now = noon.Add(59 * time.Second)
	req := w.attempt(id, 503)
	span := w.last("webhook order.created")
	if span.Parent().SpanID() != commit.SpanID() || len(span.Links()) != 0 {
		t.Errorf("the span is below %v with the links %v, want it below %v", span.Parent(), span.Links(), commit)
	}
	of := span.SpanContext()
	if got, want := req.Header.Get("Traceparent"), "00-"+of.TraceID().String()+"-"+of.SpanID().String()+"-01"; got != want {
		t.Errorf("traceparent: got %q, want %q", got, want)
	}
	got := texts(span)
	for _, want := range []string{"http.response.status_code=503", "error.type=503", "http.request.resend_count=2", "server.address=shop.example", "server.port=8443"} {
		if !strings.Contains(got, want) {
			t.Errorf("the attributes are %s, want %s", got, want)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("the attributes have the path: %s", got)
	}
}

func TestALaterAttemptIsATraceOfItsOwn(t *testing.T) {
	w := newWorld(t)
	id, commit := w.created()
	w.now = noon.Add(time.Minute)
	w.attempt(id, 0)
	span := w.last("webhook order.created")
	if span.Parent().IsValid() || len(span.Links()) != 1 || span.Links()[0].SpanContext.SpanID() != commit.SpanID() {
		t.Errorf("the span is below %v with the links %v, want one to %v", span.Parent(), span.Links(), commit)
	}
	if got := texts(span); !strings.Contains(got, "error.type=no_answer") {
		t.Errorf("the attributes are %s, want that there was no answer", got)
	}
}

func TestWhatFollowsFromAnOrderThatWasNotRecordedHasNoSpan(t *testing.T) {
	w := newWorld(t)
	if req := w.attempt("ord_1", 200); req.Header.Get("Traceparent") != "" {
		t.Error("the webhook has a traceparent")
	}
	ctx, end := w.Query(t.Context(), "ord_1")
	_, endCall := w.Call(ctx, "sandbox", outbound.QueryPayment)
	endCall(outbound.OK)
	end()
	if n := len(w.recorded.Started()); n != 0 {
		t.Errorf("%d spans have begun, want none", n)
	}
}

func TestStatusQueriesOfADueOrderAreLinkedToItsCreation(t *testing.T) {
	w := newWorld(t)
	id, commit := w.created()
	ctx, end := w.Query(t.Context(), id)
	_, endCall := w.Call(ctx, "sandbox", outbound.QueryPayment)
	endCall(outbound.Outcome("unavailable"))
	if _, err := w.Store(w.store).UpdateOrder(ctx, id, func(*bridge.Change) error { return nil }); err != nil {
		t.Fatal(err)
	}
	end()
	query := w.last("query_due_order")
	if query.Parent().IsValid() || len(query.Links()) != 1 || query.Links()[0].SpanContext.SpanID() != commit.SpanID() || !follows(query) {
		t.Errorf("the query is below %v with the links %v, want one to %v", query.Parent(), query.Links(), commit)
	}
	for _, name := range []string{"query_payment sandbox", "update_order"} {
		if got := w.last(name).Parent().SpanID(); got != query.SpanContext().SpanID() {
			t.Errorf("%s is below %v, want the query", name, got)
		}
	}
	if got := texts(w.last("query_payment sandbox")); !strings.Contains(got, "error.type=unavailable") {
		t.Errorf("the call is %s, want its failure", got)
	}
}

func TestALinkThatACallerNamesDecidesNothing(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, end := w.Request(r, "/", http.MethodGet)
	end(server.Answer{Status: 200})
	if span := w.last("GET /"); len(span.Links()) != 1 || follows(span) {
		t.Errorf("the links are %v, want one that Follows ignores", span.Links())
	}
}

// TestTheHostsSpanIsTheParent: a host with OpenTelemetry's own middleware has decided already
// whom it trusts.
func TestTheHostsSpanIsTheParent(t *testing.T) {
	w := newWorld(t)
	ctx, host := w.provider.Tracer("host").Start(t.Context(), "host")
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	within, end := w.Request(r, "/return/:order", "other")
	w.Trust(within)
	end(server.Answer{Status: 500})
	span := w.last("other /return/:order")
	if span.Parent().SpanID() != host.SpanContext().SpanID() || len(span.Links()) != 0 {
		t.Errorf("the span is below %v with the links %v, want the host's", span.Parent(), span.Links())
	}
	if got := texts(span); !strings.Contains(got, "http.request.method=_OTHER") || !strings.Contains(got, "error.type=500") {
		t.Errorf("the attributes are %s", got)
	}
}

func TestLogLinesHaveTheIdsOfTheirSpan(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	log := slog.New(logs.Traces(slog.NewTextHandler(&text, nil), w.IDs))
	log.InfoContext(t.Context(), "outside")
	ctx, end := w.Request(httptest.NewRequest(http.MethodGet, "/", nil), "/", http.MethodGet)
	log.With("order", "ord_1").InfoContext(ctx, "inside")
	end(server.Answer{Status: 200})
	of := w.last("GET /").SpanContext()
	lines := strings.Split(text.String(), "\n")
	if want := "trace_id=" + of.TraceID().String() + " span_id=" + of.SpanID().String(); strings.Contains(lines[0], "trace_id") || !strings.Contains(lines[1], want) {
		t.Errorf("logged %q, want %s in the second line alone", lines, want)
	}
}

func TestAProviderThatBeginsNoSpansGivesNoIds(t *testing.T) {
	w := newWorld(t)
	w.Tracer = traces.New(traces.Config{Provider: noop.NewTracerProvider(), Store: w.store})
	ctx, end := w.Request(httptest.NewRequest(http.MethodGet, "/", nil), "/", http.MethodGet)
	if traceID, spanID := w.IDs(ctx); traceID != "" || spanID != "" {
		t.Errorf("the ids are %q and %q, want none", traceID, spanID)
	}
	end(server.Answer{Status: 200})
}

// broken is a store that reads no trace contexts.
type broken struct{ *memstore.Store }

func (broken) Traces(context.Context, bridge.OrderID, int64) (string, string, error) {
	return "", "", errors.New("down")
}

func TestAStoreThatReadsNoTracesFailsNothing(t *testing.T) {
	w := newWorld(t)
	id, _ := w.created()
	w.Tracer = traces.New(traces.Config{Provider: w.provider, Store: broken{w.store}})
	ctx, end := w.Request(httptest.NewRequest(http.MethodPost, "/", nil), "/notify/:wallet", http.MethodPost)
	if _, err := w.Store(w.store).UpdateOrder(ctx, id, func(*bridge.Change) error { return nil }); err != nil {
		t.Errorf("UpdateOrder: got %v, want nil", err)
	}
	end(server.Answer{Status: 200})
	if links := w.last("POST /notify/:wallet").Links(); len(links) != 0 {
		t.Errorf("the links are %v, want none", links)
	}
}

func TestPruneForgetsTheTracesOfOldOrders(t *testing.T) {
	w := newWorld(t)
	id, _ := w.created()
	w.prune(noon.Add(27 * 24 * time.Hour))
	w.wantStored(id, true)
	w.prune(noon.Add(29 * 24 * time.Hour))
	w.wantStored(id, false)
}

func (w *world) prune(before time.Time) {
	w.Helper()
	if err := w.Store(w.store).Prune(w.Context(), before); err != nil {
		w.Errorf("Prune: got %v, want nil", err)
	}
}

func (w *world) wantStored(id bridge.OrderID, want bool) {
	w.Helper()
	if first, _, err := w.store.Traces(context.Background(), id, 1); err != nil || (first != "") != want {
		w.Errorf("the trace context is %q, %v, want it stored: %v", first, err, want)
	}
}

func texts(s sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, a := range s.Attributes() {
		b.WriteString(string(a.Key) + "=" + a.Value.String() + " ")
	}
	return b.String()
}

func follows(s sdktrace.ReadOnlySpan) bool {
	var links []trace.Link
	for _, l := range s.Links() {
		links = append(links, trace.Link{SpanContext: l.SpanContext, Attributes: l.Attributes})
	}
	return traces.Follows(links)
}

// TestACallerNamesTheParentOnceItIsTrusted, and before that a link only.
func TestACallerNamesTheParentOnceItIsTrusted(t *testing.T) {
	w := newWorld(t)
	for _, trusted := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		ctx, end := w.Request(r, "/v1/orders", http.MethodGet)
		if trusted {
			w.Trust(ctx)
		}
		end(server.Answer{Status: 200})
		span := w.last("GET /v1/orders")
		if span.Parent().IsValid() != trusted || len(span.Links()) > 0 == trusted {
			t.Errorf("trusted %v: the span is below %v with the links %v", trusted, span.Parent(), span.Links())
		}
		if trusted && !span.Parent().IsRemote() {
			t.Error("the parent is not remote")
		}
	}
}

func TestARequestThatChangesAnOrderIsLinkedToItsCreation(t *testing.T) {
	w := newWorld(t)
	id, commit := w.created()
	for name, change := range map[string]func(context.Context) error{
		"POST /notify/:wallet": func(ctx context.Context) error {
			_, err := w.Store(w.store).UpdateOrder(ctx, id, func(*bridge.Change) error { return nil })
			return err
		},
		"POST /v1/orders/:id/refresh": func(ctx context.Context) error {
			_, err := w.Store(w.store).Order(ctx, id)
			_, end := w.Call(ctx, "sandbox", outbound.QueryPayment)
			end(outbound.OK)
			return err
		},
	} {
		_, route, _ := strings.Cut(name, " ")
		ctx, end := w.Request(httptest.NewRequest(http.MethodPost, "/", nil), route, http.MethodPost)
		if err := change(ctx); err != nil {
			t.Fatal(err)
		}
		end(server.Answer{Status: 200})
		if links := w.last(name).Links(); len(links) != 1 || links[0].SpanContext.SpanID() != commit.SpanID() {
			t.Errorf("%s: the links are %v, want one to %v", name, links, commit)
		}
	}
}

func TestARequestThatOnlyReadsAnOrderIsLinkedToNothing(t *testing.T) {
	w := newWorld(t)
	id, _ := w.created()
	ctx, end := w.Request(httptest.NewRequest(http.MethodGet, "/", nil), "/miniapp/v1/orders/:id", http.MethodGet)
	if _, err := w.Store(w.store).Order(ctx, id); err != nil {
		t.Fatal(err)
	}
	end(server.Answer{Status: 200})
	if links := w.last("GET /miniapp/v1/orders/:id").Links(); len(links) != 0 {
		t.Errorf("the links are %v, want none: polls would all be recorded", links)
	}
}

func TestWhatIsNotRecordedIsNeitherStoredNorSent(t *testing.T) {
	w := newWorld(t)
	recorded, _ := w.created()
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	w.Tracer = traces.New(traces.Config{Provider: never, Store: w.store, Now: func() time.Time { return w.now }})
	req := httptest.NewRequest(http.MethodPost, "https://shop.example/hook", nil)
	req, end := w.Attempt(req, &bridge.Message{Order: recorded, Sequence: 1, CreatedAt: noon})
	if end(200); req.Header.Get("Traceparent") != "" {
		t.Error("the webhook has a traceparent")
	}
	ctx, root := never.Tracer("test").Start(t.Context(), "request")
	defer root.End()
	if _, err := w.Store(w.store).UpdateOrder(ctx, recorded, func(c *bridge.Change) error {
		if c.Trace != "" {
			t.Errorf("the commit has the trace context %q, want none", c.Trace)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAChangeOutsideOfAllTracesHasNoSpan: what a loop of the engine does by itself begins no
// trace that nothing leads to.
func TestAChangeOutsideOfAllTracesHasNoSpan(t *testing.T) {
	w := newWorld(t)
	id, _ := w.created()
	before := len(w.recorded.Started())
	if _, err := w.Store(w.store).UpdateOrder(t.Context(), id, func(*bridge.Change) error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, end := w.Call(t.Context(), "sandbox", outbound.QueryPayment)
	end(outbound.OK)
	if traceID, _ := w.IDs(t.Context()); traceID != "" || len(w.recorded.Started()) != before {
		t.Errorf("%d spans have begun, want none", len(w.recorded.Started())-before)
	}
}
