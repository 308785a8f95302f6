package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	lookEvery  = time.Second    // how often Run sees what is due
	lookBatch  = 128            // how many orders are claimed at once
	keepClaims = 48 * time.Hour // how long an answer is replayed
	pruneEvery = time.Hour
)

// Run makes orders end: it asks wallets about orders that are due, until ctx ends, and calls
// subscriptions. It returns when the looks and calls that were under way have ended too. Any number of nodes
// may run at once.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { e.follow(ctx) })
	running.Go(func() { e.followEndpoints(ctx) })
	running.Go(func() { e.followStore(ctx) })
	running.Go(func() { e.deliver(ctx) })
	e.nameMissing(ctx)
	defer running.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		if _, err := e.start(ctx, &running); err != nil && ctx.Err() == nil {
			e.log.Error("cannot see what is due", "fault", err)
		}
		if now := e.clock(); now.Sub(pruned) > pruneEvery {
			pruned = now
			if err := e.store.Prune(ctx, now.Add(-keepClaims)); err != nil && ctx.Err() == nil {
				e.log.Error("cannot forget old idempotency keys", "fault", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// nameMissing logs the wallets that have open work and are not configured: removed or
// renamed. Their orders are flagged when they are looked at.
func (e *Engine) nameMissing(ctx context.Context) {
	names, err := e.store.OpenWallets(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("cannot see which wallets have open work", "fault", err)
		}
		return
	}
	for _, name := range names {
		if name != "" && e.wallets[name] == nil {
			e.log.Error("a wallet with open orders is not configured; they cannot end until it is, under the same name", "wallet", name)
		}
	}
}

// RunOnce looks at every order that is due now, and returns how many there were.
func (e *Engine) RunOnce(ctx context.Context) (int, error) {
	var running sync.WaitGroup
	total := 0
	for {
		n, err := e.start(ctx, &running)
		total += n
		running.Wait()
		if n == 0 || err != nil {
			return total, err
		}
	}
}

// start claims what is due and begins to look at it.
func (e *Engine) start(ctx context.Context, running *sync.WaitGroup) (int, error) {
	now := e.clock()
	next, err := e.store.NextDue(ctx)
	if err != nil || next.IsZero() || next.After(now) {
		return 0, err
	}
	orders, err := e.store.ClaimDueOrders(ctx, now, 2*e.timeout+bridge.BusyGrace, lookBatch)
	for _, o := range orders {
		running.Go(func() { e.look(context.WithoutCancel(ctx), o) })
	}
	return len(orders), err
}

// look is one look at a due order. A wallet that holds up looks of its own orders,
// is down or wants no looks now holds up no others: its orders wait for the lease to
// end. A panic ends the look and nothing else.
func (e *Engine) look(ctx context.Context, o bridge.Order) {
	defer func() {
		if p := recover(); p != nil {
			e.panicked(ctx, o.ID, p)
		}
	}()
	if p := o.LastPayment(); p != nil {
		if t := e.wallets[p.Wallet]; t != nil {
			if !t.BeginLook(e.clock()) {
				e.flagUnasked(ctx, o.ID)
				return
			}
			defer t.EndLook()
		}
	}
	if err := e.refresh(ctx, o, "", true); err != nil {
		e.log.Warn("an order could not be looked at", "order", o.ID, "fault", err)
	}
}

var errUnasked = errors.New("the wallet was not asked")

// flagUnasked flags what is open for too long in an order whose wallet is not asked now.
func (e *Engine) flagUnasked(ctx context.Context, id bridge.OrderID) {
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		e.flagOpen(c)
		switch now := e.clock(); {
		case !c.Order.Unsettled(): // a late look
			c.CountLook(errUnasked, now)
		case len(c.Events) > 0:
			c.Due = c.Order.DueAt // when the lease ends
		}
		return nil
	})
	if err != nil {
		e.log.Warn("an order could not be looked at", "order", id, "fault", err)
	}
}

// panicked logs a panic in a look and flags its order, which is looked at again when the
// lease ends.
func (e *Engine) panicked(ctx context.Context, id bridge.OrderID, p any) {
	defer func() {
		if again := recover(); again != nil {
			e.log.Error("an order that made a look panic cannot be flagged", "order", id, "panic", again)
		}
	}()
	e.log.Error("a look panicked", "order", id, "panic", p, "stack", string(debug.Stack()))
	if id == "" {
		return
	}
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.RaiseOrder(bridge.InternalError, bridge.FromTime, e.clock())
		c.Due = e.clock().Add(bridge.SlowestLook)
		return nil
	})
	if err != nil {
		e.log.Error("an order that made a look panic cannot be flagged", "order", id, "fault", err)
	}
}
