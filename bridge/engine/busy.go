package engine

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

// busyFor is how long asking for the order's payment may take.
func (e *Engine) busyFor(o *bridge.Order) time.Duration {
	calls := time.Duration(1)
	if o.Agreement != "" {
		calls = mostCallsOfCharge
	}
	return calls*e.timeout + bridge.BusyGrace
}

// release says that nothing is under way for the order any more.
func (e *Engine) release(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	return e.update(context.WithoutCancel(ctx), id, func(c *bridge.Change) error {
		c.Free()
		return nil
	})
}

// freed ends the reservation of a call that is not made, and returns cause.
func (e *Engine) freed(ctx context.Context, id bridge.OrderID, cause error) error {
	if _, err := e.release(ctx, id); err != nil {
		return err
	}
	return cause
}

// underWay says that a call may not have ended yet.
func (e *Engine) underWay(calls bridge.Calls, created time.Time) bool {
	return calls.Tries > 0 && e.clock().Before(calls.Since(created).Add(e.timeout+bridge.BusyGrace))
}

// busyWith says that a call for an order may be under way, of which a person cannot know
// the outcome.
func (e *Engine) busyWith(o *bridge.Order) bool {
	return o.BusyUntil.After(e.clock()) || slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool {
		return r.Open() && !r.Accepted() && e.underWay(r.Calls, r.CreatedAt)
	})
}
