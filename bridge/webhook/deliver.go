package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Outbox is what a Deliverer needs of a bridge.Store.
type Outbox interface {
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error)
	FinishMessage(ctx context.Context, id string, outcome bridge.Delivery) error
}

// Config is what a Deliverer is made of. Outbox is required.
type Config struct {
	Outbox    Outbox
	Endpoints []Endpoint
	Now       func() time.Time
	Log       *slog.Logger
	// Transport is used instead of the network, and of its guard, by simulations.
	Transport http.RoundTripper
}

const (
	claimLease = 2 * attemptTimeout
	claimMost  = 16 // messages of one endpoint in flight
	pollEvery  = 500 * time.Millisecond
)

// Deliverer delivers the messages of the outbox.
type Deliverer struct {
	outbox    Outbox
	endpoints []*target
	now       func() time.Time
	log       *slog.Logger
}

// target is an endpoint with its connections and its alarm clock.
type target struct {
	Endpoint
	http *http.Client
	wake chan struct{}
}

// New returns a deliverer. All mistakes of the endpoints are reported together.
func New(config Config) (*Deliverer, error) {
	d := &Deliverer{outbox: config.Outbox, now: config.Now, log: config.Log}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var mistakes []error
	for _, e := range config.Endpoints {
		mistakes = append(mistakes, e.check())
		c := client(e.Private)
		if config.Transport != nil {
			c.Transport = config.Transport
		}
		d.endpoints = append(d.endpoints, &target{Endpoint: e, http: c, wake: make(chan struct{}, 1)})
	}
	return d, errors.Join(mistakes...)
}

// Wake says that an app has new messages, so that they need not wait for a poll.
func (d *Deliverer) Wake(app string) {
	for _, t := range d.endpoints {
		if t.App != app {
			continue
		}
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// Run delivers until ctx ends and the attempts under way have ended. Each endpoint has
// a loop of its own; any number of nodes may run at once.
func (d *Deliverer) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	for _, t := range d.endpoints {
		loops.Go(func() { d.follow(ctx, t) })
	}
	loops.Wait()
	return nil
}

func (d *Deliverer) follow(ctx context.Context, t *target) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := d.drain(ctx, t)
		if err != nil && ctx.Err() == nil {
			d.log.Error("the outbox cannot be read", "endpoint", t.Name, "fault", err)
		}
		if n > 0 && err == nil {
			continue // there may be more, such as the next of the same orders
		}
		select {
		case <-ctx.Done():
		case <-t.wake:
		case <-tick.C:
		}
	}
}

// RunOnce makes one attempt at everything that is due, and returns how many it made.
func (d *Deliverer) RunOnce(ctx context.Context) (int, error) {
	total := 0
	var faults []error
	for _, t := range d.endpoints {
		for {
			n, err := d.drain(ctx, t)
			total += n
			if err != nil {
				faults = append(faults, err)
			}
			if n == 0 || err != nil {
				break
			}
		}
	}
	return total, errors.Join(faults...)
}

// drain claims messages of one endpoint, at most one of each order, and attempts them
// side by side.
func (d *Deliverer) drain(ctx context.Context, t *target) (int, error) {
	messages, err := d.outbox.ClaimMessages(ctx, t.App, t.Name, d.now(), claimLease, claimMost)
	if err != nil {
		return 0, err
	}
	faults := make([]error, len(messages))
	var attempts sync.WaitGroup
	for i := range messages {
		attempts.Go(func() { faults[i] = d.attempt(context.WithoutCancel(ctx), t, &messages[i]) })
	}
	attempts.Wait()
	return len(messages), errors.Join(faults...)
}

// attempt sends a message once and notes what became of it.
func (d *Deliverer) attempt(ctx context.Context, t *target, m *bridge.Message) error {
	err := t.send(ctx, m, d.now())
	outcome := bridge.Delivery{Status: bridge.Delivered, At: d.now()}
	if err != nil {
		outcome.Status, outcome.Note = bridge.Undelivered, note(err)
		at, dead := next(m.ID, m.CreatedAt, d.now(), m.Attempts+1)
		if outcome.RunAt = at; dead {
			outcome.Status = bridge.Dead
		}
		d.log.Warn("a webhook was not taken", "endpoint", t.Name, "order", m.Order, "type", m.Type, "attempt", m.Attempts+1, "dead", dead, "fault", err)
	}
	return d.outbox.FinishMessage(ctx, m.ID, outcome)
}

func (t *target) send(ctx context.Context, m *bridge.Message, now time.Time) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(m.Body))
	if err != nil {
		return err
	}
	req.Header = Headers(m.ID, now, m.Body, t.Keys...)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Minitill")
	resp, err := t.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, mostAnswer))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the endpoint answered %d", resp.StatusCode)
	}
	return nil
}

const longestNote = 200

// note is what an operator reads about a failed attempt.
func note(err error) string {
	text := err.Error()
	return text[:min(len(text), longestNote)]
}
