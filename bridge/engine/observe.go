package engine

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
)

// Observer is notified of what an engine does, for metrics. It is called on the path of requests:
// its methods must not block, and must neither change nor keep what they are given.
type Observer interface {
	// Committed is called after the commit of a change that has events. notified reports that
	// a wallet's notification led to it, also where a query had to confirm the notification.
	Committed(c *bridge.Change, notified bool)
	// Called is called after each call to a wallet; see outbound.Observe.
	Called(wallet string, operation outbound.Operation, outcome outbound.Outcome, took time.Duration)
	// Applied is called after the commit of a notification's event that says when it occurred.
	// delay is from then until the notification arrived, by two clocks.
	Applied(wallet string, delay time.Duration)
	// Notified is called after each delivery of a wallet of the engine that notifies. err
	// is why it was not acknowledged, or what is wrong with it.
	Notified(wallet string, err error)
}

// committed notifies the observer of a change that was stored.
func (e *Engine) committed(ctx context.Context, c *bridge.Change) {
	if e.watch == nil || len(c.Events) == 0 {
		return
	}
	heard, notified := ctx.Value(notifying{}).(heard)
	e.watch.Committed(c, notified)
	if !heard.occurred.IsZero() {
		e.watch.Applied(heard.wallet, heard.arrived.Sub(heard.occurred))
	}
}

// notifying is the key of a context in which an event of a notification is applied.
type notifying struct{}

// heard is such an event.
type heard struct {
	wallet            string
	occurred, arrived time.Time // occurred is zero where the wallet does not say
}

// notificationContext marks what is done for a notification, when there is an observer.
func (e *Engine) notificationContext(ctx context.Context, of heard) context.Context {
	if e.watch == nil {
		return ctx
	}
	return context.WithValue(ctx, notifying{}, of)
}

// notified notifies the observer of a delivery from a wallet.
func (e *Engine) notified(wallet string, err error) {
	if e.watch != nil {
		e.watch.Notified(wallet, err)
	}
}
