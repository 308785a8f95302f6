package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/schedule"
)

const (
	claimEvery = time.Second    // how often Run claims due orders
	claimBatch = 128            // how many orders one claim takes
	keepClaims = 48 * time.Hour // how long an answer is replayed
	pruneEvery = time.Hour
)

// Run makes orders end: it sends the status queries of orders that are due, until ctx ends,
// calls the handlers of subscriptions, and returns when what is under way has ended. It also notifies waiters of other nodes'
// changes, reads changed endpoints and probes the store. Any number of nodes may run at once
// over one store.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { e.followFeed(ctx) })
	running.Go(func() { e.followEndpoints(ctx) })
	running.Go(func() { e.followStore(ctx) })
	running.Go(func() { e.deliver(ctx) })
	e.logMissingWallets(ctx)
	defer running.Wait()
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		if _, err := e.claimDue(ctx, &running); err != nil && ctx.Err() == nil {
			e.log.Error("due orders cannot be claimed", "fault", err)
		}
		if now := e.clock(); now.Sub(pruned) > pruneEvery {
			pruned = now
			if err := e.store.Prune(ctx, now.Add(-keepClaims)); err != nil && ctx.Err() == nil {
				e.log.Error("old idempotency keys cannot be pruned", "fault", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// logMissingWallets logs the wallets that have open orders and are not configured, because
// they were removed or renamed. Their orders are flagged when they are due.
func (e *Engine) logMissingWallets(ctx context.Context) {
	names, err := e.store.OpenWallets(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("the wallets of open orders cannot be read", "fault", err)
		}
		return
	}
	for _, name := range names {
		if name != "" && e.wallets[name] == nil {
			e.log.Error("a wallet with open orders is not configured; they cannot end until it is, under the same name", "wallet", name)
		}
	}
}

// RunOnce sends the status queries of every order that is due now, waits for them, and
// returns how many orders there were. Tests and jobs call it instead of Run.
func (e *Engine) RunOnce(ctx context.Context) (int, error) {
	var running sync.WaitGroup
	total := 0
	for {
		n, err := e.claimDue(ctx, &running)
		total += n
		running.Wait()
		if n == 0 || err != nil {
			return total, err
		}
	}
}

// claimDue claims a batch of due orders and starts their status queries.
func (e *Engine) claimDue(ctx context.Context, running *sync.WaitGroup) (int, error) {
	now := e.clock()
	next, err := e.store.NextDue(ctx)
	if err != nil || next.IsZero() || next.After(now) {
		return 0, err
	}
	orders, err := e.store.ClaimDueOrders(ctx, now, 2*e.timeout+schedule.BusyGrace, claimBatch)
	for _, o := range orders {
		running.Go(func() { e.queryDue(context.WithoutCancel(ctx), o) })
	}
	return len(orders), err
}

// queryDue sends the status queries of one due order. When its wallet has no free query
// slot, has an open circuit breaker or has requested a pause, the order waits for its lease
// to end, so that a slow wallet does not block the others. A panic ends this query only.
func (e *Engine) queryDue(ctx context.Context, o bridge.Order) {
	defer func() {
		if p := recover(); p != nil {
			e.panicked(ctx, o.ID, p)
		}
	}()
	if p := o.LastPayment(); p != nil {
		if t := e.wallets[p.Wallet]; t != nil {
			if !t.AcquireQuery(e.clock()) {
				e.raiseUnqueried(ctx, o.ID)
				return
			}
			defer t.ReleaseQuery()
		}
	}
	if err := e.refresh(ctx, o, "", true); err != nil {
		e.log.Warn("status query failed", "order", o.ID, "fault", err)
	}
}

var errNotQueried = errors.New("the wallet was not queried")

// raiseUnqueried raises flags about what is open for too long in an order whose wallet is not
// queried now.
func (e *Engine) raiseUnqueried(ctx context.Context, id bridge.OrderID) {
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		e.raiseOpen(c)
		switch now := e.clock(); {
		case !c.Order.Unsettled(): // a late query
			schedule.CountQuery(c, errNotQueried, now)
		case len(c.Events) > 0:
			c.Due = c.Order.DueAt // when the lease ends
		}
		return nil
	})
	if err != nil {
		e.log.Warn("an order that was not queried could not be flagged", "order", id, "fault", err)
	}
}

// panicked logs a panic in a status query and flags its order, which is queried again after
// schedule.MaxInterval.
func (e *Engine) panicked(ctx context.Context, id bridge.OrderID, p any) {
	defer func() {
		if again := recover(); again != nil {
			e.log.Error("an order whose status query panicked cannot be flagged", "order", id, "panic", again)
		}
	}()
	e.log.Error("status query panicked", "order", id, "panic", p, "stack", string(debug.Stack()))
	if id == "" {
		return
	}
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.RaiseOrderAttention(bridge.InternalError, bridge.FromTime, e.clock())
		c.Due = e.clock().Add(schedule.MaxInterval)
		return nil
	})
	if err != nil {
		e.log.Error("an order whose status query panicked cannot be flagged", "order", id, "fault", err)
	}
}
