package engine

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/schedule"
)

// busyFor returns how long the order is reserved for the call that opens its payment.
func (e *Engine) busyFor(o *bridge.Order) time.Duration {
	calls := time.Duration(1)
	if o.Agreement != "" {
		calls = maxChargeCalls
	}
	return calls*e.timeout + schedule.BusyGrace
}

// release ends the reservation of an order for a call.
func (e *Engine) release(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	return e.update(context.WithoutCancel(ctx), id, func(c *bridge.Change) error {
		c.Release()
		return nil
	})
}

// releaseAfter ends the reservation of a call that is not made, and returns cause.
func (e *Engine) releaseAfter(ctx context.Context, id bridge.OrderID, cause error) error {
	if _, err := e.release(ctx, id); err != nil {
		return err
	}
	return cause
}

// underWay reports whether a call may not have ended yet.
func (e *Engine) underWay(calls bridge.Calls, created time.Time) bool {
	return calls.Tries > 0 && e.clock().Before(calls.Since(created).Add(e.timeout+schedule.BusyGrace))
}

// busyWith reports whether a call for an order may be under way. A person cannot state its
// outcome yet.
func (e *Engine) busyWith(o *bridge.Order) bool {
	return o.BusyUntil.After(e.clock()) || slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool {
		return r.Open() && !r.Accepted() && e.underWay(r.Calls, r.CreatedAt)
	})
}
