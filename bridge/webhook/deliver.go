package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Outbox is what a Deliverer needs of a bridge.Store.
type Outbox interface {
	DueEndpoints(ctx context.Context, now time.Time) ([]bridge.EndpointKey, error)
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error)
	FinishMessage(ctx context.Context, id string, attempt int, outcome bridge.Delivery) error
}

// Config is what a Deliverer is made of. Outbox is required.
type Config struct {
	Outbox Outbox
	// Static are endpoints that stay as they are, such as those of a configuration.
	// They are never disabled, since whoever wrote them down wants them.
	Static []Endpoint
	// Endpoints lists those that come and go. It is asked at the start, every few
	// seconds and after Refresh; when it fails, the list before stays good. One that
	// is mistaken, or named like a static one, is left out.
	Endpoints func(ctx context.Context) ([]Endpoint, error)
	// Health hears how those of Endpoints fare; nil: nobody does, and none is disabled.
	Health Health
	// Now tells leases and attempts their time. Nodes that share an outbox share a clock.
	Now func() time.Time
	Log *slog.Logger
	// Transport is used instead of the network, and of its guard, by simulations.
	Transport http.RoundTripper
}

const (
	claimLease = 2 * attemptTimeout
	claimMost  = 16 // messages of one endpoint in flight
	// spareMost bounds the attempts in flight beyond the one that every endpoint may
	// always make: many endpoints that hang at once hold so much memory and no more.
	spareMost = 2048
)

// Deliverer delivers the messages of the outbox.
type Deliverer struct {
	outbox          Outbox
	source          func(ctx context.Context) ([]Endpoint, error)
	health          Health
	now             func() time.Time
	log             *slog.Logger
	public, private *http.Client
	limit           time.Duration // of an attempt

	bell  chan struct{} // rings for the scheduler
	stale atomic.Bool   // the list of endpoints is to be read again

	mu         sync.Mutex
	targets    map[bridge.EndpointKey]*target
	complaints complaints
	rung       map[string]bool // apps with new messages
	spare      int
}

// New returns a deliverer. All mistakes of the static endpoints are reported together.
func New(config Config) (*Deliverer, error) {
	d := &Deliverer{
		outbox: config.Outbox, source: config.Endpoints, health: config.Health, now: config.Now, log: config.Log,
		public: Client(false), private: Client(true), limit: attemptTimeout,
		bell: make(chan struct{}, 1), targets: map[bridge.EndpointKey]*target{},
		complaints: complaints{}, rung: map[string]bool{}, spare: spareMost,
	}
	d.stale.Store(true)
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if config.Transport != nil {
		d.public, d.private = calling(config.Transport), calling(config.Transport)
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

// drain claims messages of one endpoint, at most one of each order, attempts them side
// by side, and returns how many there were.
func (d *Deliverer) drain(ctx context.Context, t *target) (int, error) {
	e, room := d.enter(t)
	if room == 0 {
		return 0, nil
	}
	extra := room - 1
	defer func() { d.giveBack(extra) }()
	messages, err := d.outbox.ClaimMessages(ctx, e.App, e.Name, d.now(), claimLease, room)
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	d.giveBack(room - len(messages))
	extra = len(messages) - 1
	ctx = context.WithoutCancel(ctx)
	outcomes, faults := make([]outcome, len(messages)), make([]error, len(messages))
	var attempts sync.WaitGroup
	for i := range messages {
		attempts.Go(func() { outcomes[i], faults[i] = d.attempt(ctx, &e, &messages[i]) })
	}
	attempts.Wait()
	d.judge(ctx, t, messages, outcomes)
	return len(messages), errors.Join(faults...)
}

// outcome is what became of one attempt.
type outcome struct {
	bridge.Delivery
	answer refusal // zero when the message was taken, or no answer came
}

// attempt sends a message once and stores what became of it. The outbox sorts out what
// another node may have stored about the same attempt meanwhile.
func (d *Deliverer) attempt(ctx context.Context, e *Endpoint, m *bridge.Message) (outcome, error) {
	err := d.send(ctx, e, m)
	o := outcome{Delivery: bridge.Delivery{Status: bridge.Delivered, At: d.now()}}
	if err != nil {
		o.answer, _ = errors.AsType[refusal](err)
		o.Status, o.Note = bridge.Undelivered, note(err)
		at, dead := next(m.ID, m.CreatedAt, o.At, m.Attempts+1)
		if o.RunAt = later(at, o.At.Add(o.answer.wait)); dead {
			o.Status, o.RunAt = bridge.Dead, at
		}
		d.log.Warn("a webhook was not taken", "endpoint", e.Name, "order", m.Order, "type", m.Type, "attempt", m.Attempts+1, "dead", dead, "fault", err)
	}
	return o, d.outbox.FinishMessage(ctx, m.ID, m.Attempts, o.Delivery)
}
