package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/view"
)

// subscriptionPrefix begins the names by which the outbox knows subscriptions: no webhook
// endpoint has such a name.
const subscriptionPrefix = "sub_"

// Event is what a subscription receives: what happened to an order.
type Event struct {
	ID       string // "evt_…"; the same each time that the event is delivered
	Type     bridge.EventType
	Sequence int64 // among the order's events
	At       time.Time
	Source   bridge.Source
	Order    view.Order // as it stood after the event
	Attempt  int        // from 1; it begins again when an operator replays the event
}

// Handler handles an event. It is called for several orders at once.
//
// An error is a failed attempt, and the event comes again; see [Engine.Subscribe]. The
// RetryAfter of a fault delays all further events of the subscription by as much, an hour
// at most. [Permanent] gives the event up. GET /v1/deliveries shows the Detail of a fault
// and a fault.Reason; the text of other errors stays in the log.
//
// ctx ends after 30 s, also while the engine stops. A call that has not returned 5 s later
// is a failed attempt. While it goes on, this process handles no event of its order.
type Handler func(ctx context.Context, e Event) error

// Permanent marks an error of a [Handler] that another attempt would return again: the event
// is dead at once.
func Permanent(err error) error { return fmt.Errorf("%w: %w", outbox.ErrPermanent, err) }

// Subscribe calls handle for the events of all apps' orders, of the given types or of
// all bridge.WebhookEvents. It receives what this engine commits from now on: subscribe
// before the engine serves and runs, and under the same name in every process.
//
// Each event is delivered at least once, those of an order in order, by one process at a
// time, and kept until then, as a message to a webhook endpoint is: a failed attempt is
// repeated with the same backoff, and after [outbox.GiveUp] the event is dead. The
// deliveries of the merchant API show it with the endpoint "sub_" and name; it can be
// replayed and dismissed there. Run makes the calls.
//
// It is an error when the name is no name or is taken, by a subscription or a webhook
// endpoint, when no webhook receives events of a type, and when the engine runs already.
func (e *Engine) Subscribe(name string, handle Handler, types ...bridge.EventType) error {
	e.subs.mu.Lock()
	defer e.subs.mu.Unlock()
	known := e.subs.all()
	if err := e.checkSubscription(name, handle, types, known); err != nil {
		return fmt.Errorf("engine: subscription %q: %w", name, err)
	}
	s := &subscription{name: subscriptionPrefix + name, types: slices.Clone(types), handle: handle, log: e.log, running: map[bridge.OrderID]bool{}}
	e.subs.list.Store(new(append(slices.Clone(known), s)))
	return nil
}

func (e *Engine) checkSubscription(name string, handle Handler, types []bridge.EventType, known []*subscription) error {
	switch {
	case !validName(name):
		return fmt.Errorf("a name is 1 to %d of a-z, 0-9, - and _", input.MaxName)
	case handle == nil:
		return errors.New("it has no handler")
	case e.subs.dispatcher.Load() != nil:
		return errors.New("the engine runs already")
	case slices.ContainsFunc(known, func(s *subscription) bool { return s.name == subscriptionPrefix+name }):
		return errors.New("there is one of that name")
	}
	for _, app := range e.apps {
		if slices.Contains(app.Endpoints, name) {
			return fmt.Errorf("app %q has a webhook endpoint of that name", app.Name)
		}
	}
	for _, t := range types {
		if !t.Webhook() {
			return fmt.Errorf("there is no event %q for webhooks and subscriptions", t)
		}
	}
	return nil
}

// subscriptions are those of this process, and what delivers to them.
type subscriptions struct {
	mu         sync.Mutex // of who adds one
	list       atomic.Pointer[[]*subscription]
	dispatcher atomic.Pointer[outbox.Dispatcher] // nil before Run
}

// all are the subscriptions so far.
func (s *subscriptions) all() []*subscription {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}

// isSubscription reports whether the outbox's endpoint of that name is a subscription.
func isSubscription(endpoint string) bool { return strings.HasPrefix(endpoint, subscriptionPrefix) }

// Subscribed reports whether the outbox's endpoint of that name is a subscription of this
// process.
func (e *Engine) Subscribed(endpoint string) bool {
	return slices.ContainsFunc(e.subs.all(), func(s *subscription) bool { return s.name == endpoint })
}

// names are the names of the subscriptions that receive events of a type.
func (s *subscriptions) names(t bridge.EventType) (names []string) {
	for _, s := range s.all() {
		if len(s.types) == 0 || slices.Contains(s.types, t) {
			names = append(names, s.name)
		}
	}
	return names
}
