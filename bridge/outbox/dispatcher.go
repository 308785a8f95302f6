package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Outbox is what a Dispatcher needs of a store.
type Outbox interface {
	DueEndpoints(ctx context.Context, now time.Time) ([]store.EndpointKey, error)
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error)
	FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error
}

// Config is what a Dispatcher is made of. Outbox is required.
type Config struct {
	Outbox Outbox
	// Static are endpoints that do not change. They are never disabled.
	Static []Endpoint
	// Endpoints lists the endpoints that change. It is called at the start, every few
	// seconds and after Refresh; when it fails, the previous list stays in force. An
	// endpoint that is named like a static one is left out.
	Endpoints func(ctx context.Context) ([]Endpoint, error)
	// Health is notified of changes in the health of those of Endpoints; nil: none is disabled.
	Health Health
	// Now is the clock of leases and attempts; nodes that share an outbox share a clock.
	Now func() time.Time
	// Lease is how long no other node attempts a message that was claimed, and is longer
	// than an attempt takes; DefaultLease when zero.
	Lease time.Duration
	Log   *slog.Logger
	// Observe is called after each attempt whose outcome was stored, for metrics, with the
	// time since the message was written. It must not block.
	Observe func(app string, status store.DeliveryStatus, age time.Duration)
}

const (
	// DefaultLease is the Lease of a Config that names none.
	DefaultLease = 30 * time.Second
	// MaxInFlight bounds the messages of one endpoint in flight.
	MaxInFlight = 16
	// StopGrace is how long a Dispatcher that stops waits for what is interruptible.
	StopGrace = 2 * time.Second
	// spareMost bounds the attempts in flight beyond the one that every endpoint may
	// always make, and so the memory that many hanging endpoints hold.
	spareMost = 2048
)

// Dispatcher delivers the messages of the outbox.
type Dispatcher struct {
	outbox  Outbox
	source  func(ctx context.Context) ([]Endpoint, error)
	health  Health
	now     func() time.Time
	log     *slog.Logger
	observe func(app string, status store.DeliveryStatus, age time.Duration)
	lease   time.Duration

	wakeup chan struct{} // starts a scan
	stale  atomic.Bool   // the list of endpoints is to be read again

	mu      sync.Mutex
	targets map[store.EndpointKey]*target
	woken   map[string]bool // apps with new messages
	spare   int
}

// New returns a dispatcher. It reports all endpoints that Static has twice.
func New(config Config) (*Dispatcher, error) {
	d := &Dispatcher{
		outbox: config.Outbox, source: config.Endpoints, health: config.Health, now: config.Now, log: config.Log,
		observe: config.Observe, lease: cmp.Or(config.Lease, DefaultLease),
		wakeup: make(chan struct{}, 1), targets: map[store.EndpointKey]*target{}, woken: map[string]bool{}, spare: spareMost,
	}
	d.stale.Store(true)
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var mistakes []error
	for _, e := range config.Static {
		if d.targets[e.Key()] != nil {
			mistakes = append(mistakes, fmt.Errorf("app %q has two endpoints %q", e.App, e.Name))
		}
		d.targets[e.Key()] = &target{Endpoint: e, static: true, room: 1}
	}
	return d, errors.Join(mistakes...)
}

// drain claims a batch of messages of one endpoint, at most one of each order, attempts
// them concurrently, and returns how many there were.
func (d *Dispatcher) drain(ctx context.Context, t *target) (int, error) {
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
	ctx, end := attempting(ctx, &e)
	defer end()
	outcomes, faults := make([]outcome, len(messages)), make([]error, len(messages))
	var attempts sync.WaitGroup
	for i := range messages {
		attempts.Go(func() { outcomes[i], faults[i] = d.attempt(ctx, &e, &messages[i]) })
	}
	attempts.Wait()
	d.record(context.WithoutCancel(ctx), t, messages, outcomes)
	return len(messages), errors.Join(faults...)
}

// attempting returns the context of an endpoint's attempts.
func attempting(ctx context.Context, e *Endpoint) (context.Context, func()) {
	detached := context.WithoutCancel(ctx)
	if !e.Interruptible {
		return detached, func() {}
	}
	attempts, cancel := context.WithCancel(detached)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(StopGrace, cancel) })
	return attempts, func() {
		stop()
		cancel()
	}
}

// outcome is the outcome of one attempt.
type outcome struct {
	store.Delivery
	answer  answer // zero when the message was accepted
	stopped bool   // it was cut short because the process stops, which says nothing about the endpoint
}

// attempt sends a message once and stores the outcome. The outbox ignores it when another
// node has stored one for the same attempt. An attempt that ends with ctx makes the message
// due at once, for another node.
func (d *Dispatcher) attempt(ctx context.Context, e *Endpoint, m *bridge.Message) (outcome, error) {
	began := d.now()
	answered, err := e.Deliver(ctx, m)
	stopped := err != nil && ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	o := outcome{Delivery: store.Delivery{Status: store.Delivered, At: d.now(), Answer: answered}, stopped: stopped}
	o.Took = took(o.At.Sub(began))
	if stopped {
		o.Status, o.RunAt, o.Note = store.Undelivered, o.At, "the process that sent it stopped"
		return o, d.outbox.FinishMessage(ctx, m.ID, m.Attempts, o.Delivery)
	}
	if err != nil {
		o.answer = answerOf(err)
		o.Status, o.Note = store.Undelivered, fault.Network(err)
		at, dead := Next(m.ID, m.CreatedAt, o.At, m.Attempts+1)
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

// took is how long an attempt took as it is stored: in whole milliseconds and at least one,
// since zero is not known.
func took(d time.Duration) time.Duration {
	return max(d.Round(time.Millisecond), time.Millisecond)
}
