package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Outbox is what a Deliverer needs of a engine.Store.
type Outbox interface {
	DueEndpoints(ctx context.Context, now time.Time) ([]store.EndpointKey, error)
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error)
	FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error
}

// Config is what a Deliverer is made of. Outbox is required.
type Config struct {
	Outbox Outbox
	// Static are endpoints that do not change, such as those of a configuration. They are
	// never disabled.
	Static []Endpoint
	// Endpoints lists the endpoints that change. It is called at the start, every few
	// seconds and after Refresh; when it fails, the previous list stays in force. An
	// endpoint that is not valid, or named like a static one, is left out.
	Endpoints func(ctx context.Context) ([]Endpoint, error)
	// Health is notified of changes in the health of those of Endpoints; nil: none is disabled.
	Health Health
	// Now is the clock of leases and attempts; nodes that share an outbox share a clock.
	Now func() time.Time
	// Lease is how long no other node attempts a message that was claimed; 30 s when zero.
	Lease time.Duration
	Log   *slog.Logger
	// Observe is called after each attempt whose outcome was stored, for metrics, with the
	// time since the message was written. It must not block.
	Observe func(app string, status store.DeliveryStatus, age time.Duration)
	// Transport replaces the network and its guard, in simulations.
	Transport http.RoundTripper
}

const (
	claimLease = 2 * attemptTimeout
	claimMost  = 16 // messages of one endpoint in flight
	// spareMost bounds the attempts in flight beyond the one that every endpoint may
	// always make, and so the memory that many hanging endpoints hold.
	spareMost = 2048
)

// Deliverer delivers the messages of the outbox.
type Deliverer struct {
	outbox          Outbox
	source          func(ctx context.Context) ([]Endpoint, error)
	health          Health
	now             func() time.Time
	log             *slog.Logger
	observe         func(app string, status store.DeliveryStatus, age time.Duration)
	public, private *http.Client
	limit           time.Duration // of an attempt
	lease           time.Duration

	wakeup chan struct{} // starts a scan
	stale  atomic.Bool   // the list of endpoints is to be read again

	mu       sync.Mutex
	targets  map[store.EndpointKey]*target
	reported reported
	woken    map[string]bool // apps with new messages
	spare    int
}

// New returns a deliverer. All mistakes of the static endpoints are reported together.
func New(config Config) (*Deliverer, error) {
	d := &Deliverer{
		outbox: config.Outbox, source: config.Endpoints, health: config.Health, now: config.Now, log: config.Log, observe: config.Observe,
		public: Client(false), private: Client(true), limit: attemptTimeout, lease: cmp.Or(config.Lease, claimLease),
		wakeup: make(chan struct{}, 1), targets: map[store.EndpointKey]*target{},
		reported: reported{}, woken: map[string]bool{}, spare: spareMost,
	}
	d.stale.Store(true)
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if config.Transport != nil {
		d.public, d.private = clientOf(config.Transport), clientOf(config.Transport)
	}
	var mistakes []error
	for _, e := range config.Static {
		mistakes = append(mistakes, e.check())
		if d.targets[e.key()] != nil {
			mistakes = append(mistakes, fmt.Errorf("app %q has two webhook endpoints %q", e.App, e.Name))
		}
		d.targets[e.key()] = &target{Endpoint: e, static: true, room: 1}
	}
	return d, errors.Join(mistakes...)
}

// drain claims a batch of messages of one endpoint, at most one of each order, attempts
// them concurrently, and returns how many there were.
func (d *Deliverer) drain(ctx context.Context, t *target) (int, error) {
	e, room := d.reserve(t)
	if room == 0 {
		return 0, nil
	}
	extra := room - 1
	defer func() { d.returnSlots(extra) }()
	messages, err := d.outbox.ClaimMessages(ctx, e.App, e.Name, d.now(), d.lease, room)
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	d.returnSlots(room - len(messages))
	extra = len(messages) - 1
	ctx = context.WithoutCancel(ctx)
	outcomes, faults := make([]outcome, len(messages)), make([]error, len(messages))
	var attempts sync.WaitGroup
	for i := range messages {
		attempts.Go(func() { outcomes[i], faults[i] = d.attempt(ctx, &e, &messages[i]) })
	}
	attempts.Wait()
	d.record(ctx, t, messages, outcomes)
	return len(messages), errors.Join(faults...)
}

// outcome is the outcome of one attempt.
type outcome struct {
	store.Delivery
	answer refusal // zero when the message was accepted, or no answer came
}

// attempt sends a message once and stores the outcome. The outbox ignores it when another
// node has stored one for the same attempt.
func (d *Deliverer) attempt(ctx context.Context, e *Endpoint, m *bridge.Message) (outcome, error) {
	deliver := e.Deliver
	if deliver == nil {
		deliver = func(ctx context.Context, m *bridge.Message) error { return d.send(ctx, e, m) }
	}
	err := deliver(ctx, m)
	o := outcome{Delivery: store.Delivery{Status: store.Delivered, At: d.now()}}
	if err != nil {
		o.answer = refusalOf(err)
		o.Status, o.Note = store.Undelivered, note(err)
		at, dead := next(m.ID, m.CreatedAt, o.At, m.Attempts+1)
		if dead = dead || o.answer.permanent; dead {
			o.Status = store.Dead
		} else {
			o.RunAt = later(at, o.At.Add(o.answer.wait))
		}
		d.log.Warn("delivery failed", "endpoint", e.Name, "order", m.Order, "type", m.Type, "attempt", m.Attempts+1, "dead", dead, "fault", err)
	}
	stored := d.outbox.FinishMessage(ctx, m.ID, m.Attempts, o.Delivery)
	if d.observe != nil && stored == nil {
		d.observe(m.App, o.Status, o.At.Sub(m.CreatedAt))
	}
	return o, stored
}
