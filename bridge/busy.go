package bridge

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
)

// errBusy is returned while the same work is under way.
func errBusy() error {
	return &fault.Error{
		Kind: fault.Conflict, Op: "bridge.pay", RetryAfter: time.Second,
		Detail: "The same request is still at work.",
	}
}

// busyFor is how long asking for the order's payment may take.
func (e *Engine) busyFor(o *Order) time.Duration {
	calls := time.Duration(1)
	if o.Agreement != "" {
		calls = mostCallsOfCharge
	}
	return calls*e.timeout + busyGrace
}

// release says that nothing is under way for the order any more.
func (e *Engine) release(ctx context.Context, id OrderID) (Order, error) {
	return e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		c.free()
		return nil
	})
}

// freed ends the reservation of a call that is not made, and returns cause.
func (e *Engine) freed(ctx context.Context, id OrderID, cause error) error {
	if _, err := e.release(ctx, id); err != nil {
		return err
	}
	return cause
}

// free says that the call that was under way has ended.
func (c *Change) free() { c.Order.BusyUntil = time.Time{} }

// underWay says that a call may not have ended yet.
func (e *Engine) underWay(calls Calls, created time.Time) bool {
	return calls.Tries > 0 && e.clock().Before(calls.since(created).Add(e.timeout+busyGrace))
}

// busyWith says that a call for an order may be under way, of which a person cannot know
// the outcome.
func (e *Engine) busyWith(o *Order) bool {
	return o.BusyUntil.After(e.clock()) || slices.ContainsFunc(o.Refunds, func(r Refund) bool {
		return r.open() && !r.taken() && e.underWay(r.Calls, r.CreatedAt)
	})
}
