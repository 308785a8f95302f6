package otlp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/minitill/minitill/signing"
)

const (
	queueSize = 4096 // spans that wait; above it they are dropped
	batchSize = 512  // spans of one request
	sendEvery = time.Second
	// attempts bounds how often a batch is sent, with a pause from firstPause to longestPause
	// between: about a minute in all. The queue fills up meanwhile.
	attempts     = 6
	firstPause   = 2 * time.Second
	longestPause = 30 * time.Second
	sendTimeout  = 10 * time.Second
)

// Outcome is what became of spans.
type Outcome string

// The outcomes.
const (
	Exported  Outcome = "exported"
	QueueFull Outcome = "queue_full" // dropped: they end faster than they are sent
	Rejected  Outcome = "rejected"   // dropped: the collector does not accept them
	Abandoned Outcome = "abandoned"  // dropped: the collector could not be reached in time
)

// OutcomeNames returns all outcomes.
func OutcomeNames() []string {
	return []string{string(Exported), string(QueueFull), string(Rejected), string(Abandoned)}
}

// Config is what an Exporter is made of. URL is required.
type Config struct {
	URL string // of the collector's traces: "http://collector:4318/v1/traces"
	// Header and Secret are a header that authenticates the till at the collector; empty: none.
	Header string
	Secret signing.Secret
	// Observe is called with what became of how many spans, for metrics. It must not block.
	Observe func(Outcome, int)
	Now     func() time.Time
	Log     *slog.Logger
}

// Exporter is a span processor of OpenTelemetry's SDK. Run sends what it collects.
type Exporter struct {
	config Config
	client *http.Client
	queue  chan sdktrace.ReadOnlySpan
	half   chan struct{} // signals that the queue is half full

	mu      sync.Mutex // one batch is sent at a time
	batch   *batch     // that is to be sent again; nil when there is none
	failing bool       // the last request failed
}

var _ sdktrace.SpanProcessor = (*Exporter)(nil)

// batch is a request that was not accepted yet.
type batch struct {
	body  []byte
	spans int
	tries int
	next  time.Time // of the next attempt
}

// New returns an exporter.
func New(config Config) *Exporter {
	if config.Observe == nil {
		config.Observe = func(Outcome, int) {}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	return &Exporter{
		config: config, client: newClient(), queue: make(chan sdktrace.ReadOnlySpan, queueSize), half: make(chan struct{}, 1),
	}
}

// OnStart does nothing.
func (e *Exporter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd puts a span that is recorded into the queue, or drops it when that is full.
func (e *Exporter) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	select {
	case e.queue <- s:
	default:
		e.config.Observe(QueueFull, 1)
		return
	}
	if len(e.queue) >= queueSize/2 {
		select {
		case e.half <- struct{}{}:
		default:
		}
	}
}

// Run sends spans until ctx ends. Shutdown sends those that are left.
func (e *Exporter) Run(ctx context.Context) error {
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-e.half:
		}
		e.RunOnce(ctx)
	}
}

// RunOnce sends the spans that wait, until none is left or a request fails.
func (e *Exporter) RunOnce(ctx context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ctx.Err() == nil && e.next() && !e.config.Now().Before(e.batch.next) && e.send(ctx) {
	}
}

// ForceFlush sends the spans that wait.
func (e *Exporter) ForceFlush(ctx context.Context) error {
	e.RunOnce(ctx)
	return ctx.Err()
}

// Shutdown sends the spans that wait, once and at the latest until ctx ends, and drops the
// rest.
func (e *Exporter) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.client.CloseIdleConnections()
	for ctx.Err() == nil && e.next() && e.send(ctx) {
	}
	for e.next() {
		e.drop(Abandoned)
	}
	return nil
}

// next takes a batch from the queue, unless one waits to be sent again. It returns false when
// there is none.
func (e *Exporter) next() bool {
	var spans []sdktrace.ReadOnlySpan
	for e.batch == nil && len(spans) < batchSize {
		select {
		case s := <-e.queue:
			spans = append(spans, s)
			continue
		default:
		}
		break
	}
	if len(spans) == 0 {
		return e.batch != nil
	}
	e.batch = &batch{spans: len(spans)}
	var err error
	if e.batch.body, err = encode(spans); err != nil {
		e.drop(Rejected)
		return e.next()
	}
	return true
}

// send sends the batch. It returns false when the collector did not accept it: then the batch
// waits, or is dropped.
func (e *Exporter) send(ctx context.Context) bool {
	rejected, err := e.post(ctx, e.batch.body)
	if err != nil && ctx.Err() != nil {
		return false // Shutdown sends it
	}
	e.report(err)
	var again *unavailable
	switch {
	case err == nil:
		e.config.Observe(Exported, e.batch.spans-rejected)
		if rejected > 0 {
			e.config.Observe(Rejected, rejected)
		}
		e.batch = nil
		return true
	case !errors.As(err, &again):
		e.drop(Rejected)
	case e.batch.tries+1 >= attempts:
		e.drop(Abandoned)
	default:
		e.batch.next = e.config.Now().Add(max(again.after, min(firstPause<<e.batch.tries, longestPause)))
		e.batch.tries++
	}
	return false
}

func (e *Exporter) drop(outcome Outcome) {
	e.config.Observe(outcome, e.batch.spans)
	e.batch = nil
}

// report logs that requests begin to fail, and that they succeed again.
func (e *Exporter) report(err error) {
	switch failing := err != nil; {
	case failing == e.failing:
	case failing:
		e.config.Log.Warn("spans cannot be exported; they wait and are then dropped; check traces.endpoint and the collector", "fault", err)
	default:
		e.config.Log.Info("spans are exported again")
	}
	e.failing = err != nil
}
