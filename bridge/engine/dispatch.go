package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// DeliverOnce makes one attempt at each event that is due for a subscription, and returns
// how many attempts it made.
func (e *Engine) DeliverOnce(ctx context.Context) (int, error) {
	d, err := e.dispatch()
	if err != nil {
		return 0, err
	}
	return d.RunOnce(ctx)
}

// deliver calls the subscriptions' handlers until ctx ends and the calls have ended; see
// Handler for how long they may take.
func (e *Engine) deliver(ctx context.Context) {
	d, err := e.dispatch()
	if err != nil {
		e.log.Error("subscriptions cannot be served; their events wait; check the database", "fault", err)
		return
	}
	e.nameUnhandled(ctx)
	if len(e.subs.all()) > 0 {
		_ = d.Run(ctx) // it logs its faults
	}
}

// dispatch returns what delivers to the subscriptions. There are no more of them from then
// on.
func (e *Engine) dispatch() (*outbox.Dispatcher, error) {
	e.subs.mu.Lock()
	defer e.subs.mu.Unlock()
	if d := e.subs.dispatcher.Load(); d != nil {
		return d, nil
	}
	config := outbox.Config{Outbox: e.store, Now: e.clock, Lease: subscriptionLease, Log: e.log}
	for _, app := range slices.Sorted(maps.Keys(e.apps)) {
		for _, s := range e.subs.all() {
			config.Static = append(config.Static, outbox.Endpoint{App: app, Name: s.name, Deliver: func(ctx context.Context, m *bridge.Message) (store.Answer, error) {
				return store.Answer{}, s.deliver(ctx, m)
			}})
		}
	}
	d, err := outbox.New(config)
	if err == nil {
		e.subs.dispatcher.Store(d)
	}
	return d, err
}

// wake wakes what delivers an app's messages: the webhooks' dispatcher and our own.
func (e *Engine) wake(app string) {
	e.alarm(app)
	if d := e.subs.dispatcher.Load(); d != nil {
		d.Wake(app)
	}
}

// anyRetry is later than the next attempt of every message.
const anyRetry = 30 * 24 * time.Hour

// nameUnhandled logs the subscriptions that have undelivered events and no handler in this
// process: removed or renamed. Their events stay until a process has the handler again, or
// an operator dismisses them.
func (e *Engine) nameUnhandled(ctx context.Context) {
	due, err := e.store.DueEndpoints(ctx, e.clock().Add(anyRetry))
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("the subscriptions with undelivered events cannot be read; they are not reported; check the database", "fault", err)
		}
		return
	}
	var names []string
	for _, key := range due {
		if e.abandoned(key.Endpoint) {
			names = append(names, key.Endpoint)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		e.log.Warn("subscriptions have undelivered events and no handler in this process", "subscriptions", names)
	}
}

// abandoned reports whether an endpoint is a subscription without a handler in this process.
func (e *Engine) abandoned(endpoint string) bool {
	return isSubscription(endpoint) && !e.Subscribed(endpoint)
}

// GiveUpDelivery makes an undelivered event of a subscription that this process has no
// handler for dead, so that it can be dismissed. Any other delivery stays as it is.
func (e *Engine) GiveUpDelivery(ctx context.Context, d *store.DeliveryRecord) error {
	if d.Status != store.Undelivered || !e.abandoned(d.Endpoint) {
		return nil
	}
	return e.store.FinishMessage(ctx, d.ID, d.Attempts, store.Delivery{
		Status: store.Dead, At: e.clock(), Note: string(errNoHandler),
	})
}

const errNoHandler fault.Reason = "the program has no handler for the subscription"
