package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
)

const (
	// handlerTimeout bounds one call of a handler.
	handlerTimeout = 30 * time.Second
	// handlerGrace is how long a handler has to return after its context has ended.
	handlerGrace = 5 * time.Second
	// subscriptionLease keeps an event from other nodes. It is longer than a call may take
	// also by the clock of a node that is ahead.
	subscriptionLease = handlerTimeout + handlerGrace + 2*bridge.ClockSkew
)

const (
	errHandlerHangs    fault.Reason = "the handler did not return in time"
	errHandlerBusy     fault.Reason = "an earlier call for the order has not returned"
	errHandlerPanicked fault.Reason = "the handler panicked"
	errHandlerExited   fault.Reason = "the handler ended its goroutine"
	errUnreadableEvent fault.Reason = "the event cannot be read"
)

// subscription is a handler with its state in this process.
type subscription struct {
	name   string // of its endpoint in the outbox
	types  []bridge.EventType
	handle Handler
	log    *slog.Logger

	mu      sync.Mutex
	running map[bridge.OrderID]bool // orders for which a call goes on
}

// deliver calls the handler for a message and returns its error, or errHandlerHangs
// when it ignores the end of its context.
func (s *subscription) deliver(ctx context.Context, m *bridge.Message) error {
	event, err := eventOf(m)
	if err != nil {
		return err
	}
	if !s.begin(m.Order) {
		return errHandlerBusy
	}
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		err := error(errHandlerExited)
		defer func() { s.end(m.Order); done <- err }()
		err = s.call(ctx, event)
	}()
	return s.await(ctx, done, event)
}

// await returns what a call returns, until handlerGrace after the end of its context.
func (s *subscription) await(ctx context.Context, done <-chan error, event Event) error {
	select {
	case err := <-done:
		return shown(err)
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return shown(err)
	case <-time.After(handlerGrace):
		s.log.Error("a handler ignores the end of its context; its order waits for it; make the handler return", "subscription", s.name, "order", event.Order.ID, "event", event.ID)
		return errHandlerHangs
	}
}

// begin notes a call for an order, unless one goes on: events of an order are not handled
// side by side, also when a call hangs.
func (s *subscription) begin(id bridge.OrderID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[id] {
		return false
	}
	s.running[id] = true
	return true
}

func (s *subscription) end(id bridge.OrderID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

// call calls the handler. A panic in it is an error.
func (s *subscription) call(ctx context.Context, event Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a handler panicked; its event is delivered again; correct the handler", "subscription", s.name, "order", event.Order.ID, "event", event.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", errHandlerPanicked, p)
		}
	}()
	return s.handle(ctx, event)
}

// shown puts the detail of a fault where deliveries show it.
func shown(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Detail != "" {
		return fmt.Errorf("%w: %w", fault.Reason(f.Detail), err)
	}
	return err
}

// eventOf reads the event of a message back.
func eventOf(m *bridge.Message) (Event, error) {
	var body struct {
		view.Event
		Data struct {
			Order view.Order `json:"order"`
		} `json:"data"`
	}
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return Event{}, fmt.Errorf("%w: %w", errUnreadableEvent, err)
	}
	return Event{
		ID: body.ID, Type: body.Type, Sequence: body.Sequence, At: body.At, Source: body.Source,
		Order: body.Data.Order, Attempt: m.Attempts + 1,
	}, nil
}
