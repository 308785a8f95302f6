package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Config is what a Deliverer is made of. Outbox is required.
type Config struct {
	Outbox outbox.Outbox
	// Static are endpoints that do not change, such as those of a configuration. They are
	// never disabled.
	Static []Endpoint
	// Endpoints lists the endpoints that change. It is called at the start, every few
	// seconds and after Refresh; when it fails, the previous list stays in force. An
	// endpoint that is not valid, or named like a static one, is left out.
	Endpoints func(ctx context.Context) ([]Endpoint, error)
	// Health is notified of changes in the health of those of Endpoints; nil: none is disabled.
	Health outbox.Health
	// Now is the clock of leases and attempts; nodes that share an outbox share a clock.
	Now func() time.Time
	Log *slog.Logger
	// Observe is called after each attempt whose outcome was stored, for metrics, with the
	// time since the message was written. It must not block.
	Observe func(app string, status store.DeliveryStatus, age time.Duration)
	// Trace begins the span of an attempt to deliver a message, and returns the request that
	// is sent, with what the receiver is to know of the span; nil: there are no spans. status
	// is zero when there was no answer. Neither may block for long: the attempt waits.
	Trace func(req *http.Request, m *bridge.Message) (traced *http.Request, end func(status int))
	// Transport replaces the network and its guard, in simulations.
	Transport http.RoundTripper
}

// Deliverer sends the messages of the outbox to merchants' backends.
type Deliverer struct {
	*outbox.Dispatcher
	source          func(ctx context.Context) ([]Endpoint, error)
	static          map[store.EndpointKey]bool
	now             func() time.Time
	log             *slog.Logger
	public, private *http.Client
	limit           time.Duration // of an attempt
	trace           func(req *http.Request, m *bridge.Message) (*http.Request, func(status int))

	mu       sync.Mutex
	reported reported
}

// The lease of a message outlasts an attempt, also by the clock of another node.
const _ = uint64(outbox.DefaultLease - 2*attemptTimeout)

// New returns a deliverer. All mistakes of the static endpoints are reported together.
func New(config Config) (*Deliverer, error) {
	d := &Deliverer{
		source: config.Endpoints, static: map[store.EndpointKey]bool{}, now: config.Now, log: config.Log,
		public: Client(false), private: Client(true), limit: attemptTimeout, reported: reported{}, trace: config.Trace,
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if config.Transport != nil {
		d.public, d.private = clientOf(config.Transport), clientOf(config.Transport)
	}
	under := outbox.Config{Outbox: config.Outbox, Health: config.Health, Now: d.now, Log: d.log, Observe: config.Observe}
	var mistakes []error
	for _, e := range config.Static {
		mistakes = append(mistakes, e.check())
		d.static[e.key()] = true
		under.Static = append(under.Static, d.destination(e))
	}
	if d.source != nil {
		under.Endpoints = d.list
	}
	var err error
	d.Dispatcher, err = outbox.New(under)
	return d, errors.Join(append(mistakes, err)...)
}

// Run delivers until ctx ends and the attempts in flight have ended; see
// outbox.Dispatcher.Run.
func (d *Deliverer) Run(ctx context.Context) error {
	defer d.closeIdle()
	return d.Dispatcher.Run(ctx)
}

// closeIdle closes the idle connections.
func (d *Deliverer) closeIdle() {
	d.public.CloseIdleConnections()
	d.private.CloseIdleConnections()
}

// list returns the endpoints that change, without those that cannot be called.
func (d *Deliverer) list(ctx context.Context) ([]outbox.Endpoint, error) {
	all, err := d.source(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]outbox.Endpoint, 0, len(all))
	for i := range all {
		if d.callable(&all[i]) {
			list = append(list, d.destination(all[i]))
		}
	}
	return list, nil
}

// callable reports whether an endpoint can be called, and logs its flaw once.
func (d *Deliverer) callable(e *Endpoint) bool {
	if d.static[e.key()] {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	err := e.check()
	if d.reported.isNew(e.key(), err) {
		d.log.Error("webhook endpoint cannot be called; its webhooks wait; correct its URL or its secret", "app", e.App, "endpoint", e.Name, "fault", err)
	}
	return err == nil
}

// destination returns an endpoint as the dispatcher calls it. The note of a failed attempt
// has no text of the network.
func (d *Deliverer) destination(e Endpoint) outbox.Endpoint {
	deliver := func(ctx context.Context, m *bridge.Message) (store.Answer, error) {
		answered, err := d.send(ctx, &e, m)
		if err != nil {
			err = failed{err}
		}
		return answered, err
	}
	return outbox.Endpoint{App: e.App, Name: e.Name, Deliver: deliver, Interruptible: true, Disabled: e.Disabled, FailingSince: e.FailingSince}
}

// failed is a failed attempt. Its text is for the log; its fault.Reason is the note.
type failed struct{ error }

func (f failed) Unwrap() []error { return []error{fault.Reason(note(f.error)), f.error} }
