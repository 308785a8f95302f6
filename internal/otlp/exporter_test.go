package otlp

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/minitill/minitill/signing"
)

// world is an exporter before a collector that answers as configured.
type world struct {
	*testing.T
	*Exporter
	tracer trace.Tracer
	log    bytes.Buffer
	now    time.Time

	mu       sync.Mutex
	answers  []func(http.ResponseWriter) // the next ones; 200 after the last
	received []*tracepb.TracesData
	counts   map[Outcome]int
}

func newWorld(t *testing.T, answers ...func(http.ResponseWriter)) *world {
	t.Helper()
	w := &world{T: t, answers: answers, counts: map[Outcome]int{}, now: time.Unix(1e9, 0)}
	far := httptest.NewServer(w)
	t.Cleanup(far.Close)
	w.Exporter = New(Config{
		URL: far.URL + "/v1/traces?token=in-the-url", Header: "Authorization", Secret: signing.NewSecret("the-secret"), Observe: w.count, Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	provider, err := NewProvider(t.Context(), ProviderConfig{Exporter: w.Exporter, Percent: 100})
	if err != nil {
		t.Fatal(err)
	}
	w.tracer = provider.Tracer("test")
	return w
}

func (w *world) count(o Outcome, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[o] += n
}

func (w *world) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	data := new(tracepb.TracesData)
	if err := proto.Unmarshal(body, data); err != nil || r.Header.Get("Authorization") != "the-secret" {
		w.Errorf("received %d bytes with %v: %v", len(body), r.Header, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.received = append(w.received, data)
	if len(w.answers) > 0 {
		next := w.answers[0]
		w.answers = w.answers[1:]
		next(to)
	}
}

func answer(status int, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

func (w *world) end(spans int, options ...trace.SpanStartOption) {
	for range spans {
		_, span := w.tracer.Start(context.Background(), "span", options...)
		span.End()
	}
}

func (w *world) wantCounts(exported, full, rejected, abandoned int) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for outcome, want := range map[Outcome]int{Exported: exported, QueueFull: full, Rejected: rejected, Abandoned: abandoned} {
		if got := w.counts[outcome]; got != want {
			w.Errorf("spans %s: got %d, want %d", outcome, got, want)
		}
	}
}

func TestSpansThatWaitAreSentInBatches(t *testing.T) {
	w := newWorld(t)
	w.end(batchSize + 1)
	w.RunOnce(t.Context())
	w.wantCounts(batchSize+1, 0, 0, 0)
	if len(w.received) != 2 {
		t.Errorf("the collector received %d requests, want 2", len(w.received))
	}
	w.RunOnce(t.Context())
	if len(w.received) != 2 || w.log.Len() != 0 {
		t.Errorf("without spans: %d requests, log %q, want no more and none", len(w.received), &w.log)
	}
}

func TestASpanIsDroppedWhenTheQueueIsFull(t *testing.T) {
	w := newWorld(t)
	w.end(queueSize + 3)
	w.wantCounts(0, 3, 0, 0)
}

func TestABatchIsSentAgainAfterAPause(t *testing.T) {
	w := newWorld(t, answer(503, "Retry-After", "20"))
	w.end(2)
	w.RunOnce(t.Context())
	w.now = w.now.Add(19 * time.Second)
	w.RunOnce(t.Context())
	if len(w.received) != 1 {
		t.Fatalf("before the pause was over: %d requests, want 1", len(w.received))
	}
	w.now = w.now.Add(time.Second)
	w.RunOnce(t.Context())
	w.wantCounts(2, 0, 0, 0)
	if len(w.received) != 2 || !proto.Equal(w.received[0], w.received[1]) {
		t.Errorf("the collector received %v, want the same batch twice", w.received)
	}
}

func TestABatchIsDroppedAfterItsAttempts(t *testing.T) {
	w := newWorld(t)
	for range attempts {
		w.answers = append(w.answers, answer(502))
	}
	w.end(1)
	for range attempts {
		w.wantCounts(0, 0, 0, 0)
		w.RunOnce(t.Context())
		w.now = w.now.Add(longestPause)
	}
	w.wantCounts(0, 0, 0, 1)
	if got := strings.Count(w.log.String(), "level=WARN"); got != 1 {
		t.Errorf("%d warnings, want 1: %s", got, &w.log)
	}
	w.end(1)
	w.RunOnce(t.Context())
	w.wantCounts(1, 0, 0, 1)
	if !strings.Contains(w.log.String(), "exported again") {
		t.Errorf("the log is %s, want that spans are exported again", &w.log)
	}
}

func TestWhatTheCollectorDoesNotAcceptIsNotSentAgain(t *testing.T) {
	partial := protowire.AppendVarint(protowire.AppendTag(nil, fieldRejectedSpans, protowire.VarintType), 2)
	message := protowire.AppendBytes(protowire.AppendTag(nil, fieldPartialSuccess, protowire.BytesType), partial)
	w := newWorld(t, answer(400), answer(307, "Location", "http://127.0.0.1:1/elsewhere"), func(to http.ResponseWriter) { _, _ = to.Write(message) })
	for _, spans := range []int{1, 1, 5} {
		w.end(spans)
		w.RunOnce(t.Context())
	}
	w.wantCounts(3, 0, 1+1+2, 0)
}

func TestShutdownSendsTheRestOnceAndThenDropsIt(t *testing.T) {
	w := newWorld(t, answer(503), answer(503))
	w.end(batchSize + 1)
	w.RunOnce(t.Context())
	if err := w.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: got %v, want nil", err)
	}
	w.wantCounts(0, 0, 0, batchSize+1)
	if len(w.received) != 2 {
		t.Errorf("the collector received %d requests, want one of Shutdown", len(w.received))
	}
}

func TestAStopDuringARequestLosesNoSpan(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	w := newWorld(t, func(http.ResponseWriter) { stop(); panic(http.ErrAbortHandler) })
	w.end(1)
	w.RunOnce(ctx)
	if err := w.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: got %v, want nil", err)
	}
	w.wantCounts(1, 0, 0, 0)
	if w.log.Len() > 0 {
		t.Errorf("the log is %q, want nothing: the collector did not fail", &w.log)
	}
}

func TestRunSendsSpansUntilItIsStopped(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.answers = []func(http.ResponseWriter){func(http.ResponseWriter) { stop() }}
	w.end(queueSize / 2) // no need to wait for a tick
	if err := w.Exporter.Run(ctx); err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if len(w.received) == 0 {
		t.Error("the collector received nothing")
	}
}

func TestTheLogOfAFailureHasNoSecret(t *testing.T) {
	w := newWorld(t)
	dead := httptest.NewServer(nil)
	dead.Close()
	w.config.URL = dead.URL + "/v1/traces?token=in-the-url"
	w.end(1)
	w.RunOnce(t.Context())
	if got := w.log.String(); !strings.Contains(got, "spans cannot be exported") || strings.Contains(got, "in-the-url") || strings.Contains(got, "the-secret") {
		t.Errorf("the log is %q", got)
	}
}

func TestASpanIsEncodedAsItIs(t *testing.T) {
	w := newWorld(t)
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true})
	began := time.Unix(7, 9)
	w.end(1, trace.WithTimestamp(began), trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(trace.Link{SpanContext: remote}),
		trace.WithAttributes(attribute.Int("number", -3), attribute.Bool("flag", true), attribute.String("text", "no UTF-8: \xff")))
	_, child := w.tracer.Start(trace.ContextWithRemoteSpanContext(t.Context(), remote), "child")
	child.End()
	w.RunOnce(t.Context())
	spans := w.received[0].ResourceSpans[0].ScopeSpans[0].Spans
	s, below := spans[0], spans[1]
	if s.Kind != tracepb.Span_SPAN_KIND_SERVER || s.StartTimeUnixNano != 7e9+9 || s.EndTimeUnixNano < s.StartTimeUnixNano || s.ParentSpanId != nil || s.Flags != 0x101 || s.Status != nil {
		t.Errorf("the span is %v", s)
	}
	if l := s.Links[0]; l.TraceId[0] != 1 || l.SpanId[0] != 2 || l.Flags != 0x301 {
		t.Errorf("the link is %v", l)
	}
	if below.TraceId[0] != 1 || below.ParentSpanId[0] != 2 || below.Flags != 0x301 {
		t.Errorf("the child is %v", below)
	}
	if a := s.Attributes; a[0].Value.GetIntValue() != -3 || !a[1].Value.GetBoolValue() || a[2].Value.GetStringValue() != "no UTF-8: \uFFFD" {
		t.Errorf("the attributes are %v", a)
	}
}

func TestTheEnvironmentNamesTheServiceAndNothingElse(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "till-of-the-shop")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	w := newWorld(t)
	w.end(1)
	w.RunOnce(t.Context())
	w.wantCounts(1, 0, 0, 0)
	got := map[string]string{}
	for _, a := range w.received[0].ResourceSpans[0].Resource.Attributes {
		got[a.Key] = a.Value.GetStringValue()
	}
	if got["service.name"] != "till-of-the-shop" || got["deployment.environment.name"] != "test" || got["service.instance.id"] == "" {
		t.Errorf("the resource is %v", got)
	}
}

func TestAShareOfTracesIsRecordedAndWhatFollowsFromThem(t *testing.T) {
	follow := trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})}
	exporter := New(Config{URL: "http://127.0.0.1:1"})
	provider, err := NewProvider(t.Context(), ProviderConfig{Exporter: exporter, Percent: 0, Follows: func(l []trace.Link) bool { return len(l) > 0 }})
	if err != nil {
		t.Fatal(err)
	}
	tracer := provider.Tracer("test")
	_, alone := tracer.Start(t.Context(), "alone")
	_, following := tracer.Start(t.Context(), "following", trace.WithLinks(follow))
	if alone.SpanContext().IsSampled() || !following.SpanContext().IsSampled() {
		t.Errorf("recorded: alone %v, following %v, want only the second", alone.SpanContext().IsSampled(), following.SpanContext().IsSampled())
	}
	alone.End()
	if n := len(exporter.queue); n != 0 {
		t.Errorf("%d spans wait, want none of those that are not recorded", n)
	}
}

var _ sdktrace.Sampler = root{}
