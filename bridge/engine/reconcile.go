package engine

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/wallet"
)

const (
	keepAnswers = 48 * time.Hour // how long an answer is replayed, by default
	pruneEvery  = time.Hour
)

// Run makes orders end: it sends the status queries of orders that are due, until ctx ends,
// calls the handlers of subscriptions, and returns when what is under way has ended. It also notifies waiters of other nodes'
// changes, reads changed endpoints and probes the store. Any number of nodes may run at once
// over one store. When ctx ends, or after Drain, status queries under way are canceled and
// their orders are due at once for other nodes.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { e.followFeed(ctx) })
	running.Go(func() { e.followEndpoints(ctx) })
	running.Go(func() { e.followStore(ctx) })
	running.Go(func() { e.deliver(ctx) })
	e.logMissingWallets(ctx)
	defer running.Wait()
	running.Go(func() { e.poll(ctx) })
	e.prune(ctx)
	return nil
}

// poll sends the status queries of due orders until ctx ends or the engine drains.
func (e *Engine) poll(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-e.draining:
			stop()
		case <-ctx.Done():
		}
	}()
	p := e.newPoller()
	defer p.close(ctx)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	_, err := p.pollAll(ctx)
	for {
		if err != nil && ctx.Err() == nil {
			e.log.Error("due orders cannot be claimed; status queries wait; check the database", "fault", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err = p.pollAll(ctx)
		case <-p.freed:
			_, err = p.claim(ctx, p.behind())
		}
	}
}

// prune deletes the answers to old idempotency keys until ctx ends.
func (e *Engine) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := e.store.PruneAnswers(ctx, e.clock().Add(-e.keepAnswers-bridge.ClockSkew)); err != nil && ctx.Err() == nil {
			e.log.Error("answers to old idempotency keys cannot be pruned; they are pruned later; check the database", "fault", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// logMissingWallets logs the wallets that have open orders and are not configured, because
// they were removed or renamed. Their orders are flagged when they are due.
func (e *Engine) logMissingWallets(ctx context.Context) {
	due, err := e.store.DueWallets(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("the wallets of open orders cannot be read; wallets that were removed are not reported; check the database", "fault", err)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(due)) {
		if name != "" && e.wallets[name] == nil {
			e.log.Error("a wallet with open orders is not configured; they cannot end until it is, under the same name", "wallet", name)
		}
	}
}

// RunOnce sends the status queries of every order that is due now, waits for them, and
// returns how many orders there were. Tests and jobs call it instead of Run.
func (e *Engine) RunOnce(ctx context.Context) (total int, err error) {
	p := e.newPoller()
	p.serial = true
	for {
		n, err := p.pollAll(ctx)
		total += n
		if n == 0 || err != nil {
			return total, err
		}
	}
}

// queryDue sends the status queries of one due order and commits the answers. It
// releases its slot when it sends no more calls to the wallet. An order whose queries end with ctx is
// due again at once. A panic ends this query only.
func (e *Engine) queryDue(ctx context.Context, o bridge.Order, s *slot) {
	defer func() {
		if p := recover(); p != nil {
			e.panicked(context.WithoutCancel(ctx), o.ID, p)
		}
	}()
	if t := e.wallets[newestWallet(&o)]; t != nil && t.Unqueryable(e.clock()) {
		e.handBack(context.WithoutCancel(ctx), o, e.clock().Add(-bridge.ClockSkew)) // since the claim
		return
	}
	ctx, endSpan := e.traceQuery(ctx, o.ID)
	defer endSpan()
	all := e.gatherDue(ctx, &o)
	detached := context.WithoutCancel(ctx)
	if all.canceled {
		e.handBack(detached, o, e.clock().Add(-bridge.ClockSkew))
		return
	}
	s.answered(all.unanswered)
	if !e.callsFollow(&o, all.answers) {
		s.release()
	}
	if err := e.concludeDue(detached, &o, all); err != nil {
		e.log.Warn("status query failed", "order", o.ID, "fault", err)
	}
}

// gatherDue sends the status queries of a due order. They end before its lease does.
func (e *Engine) gatherDue(ctx context.Context, o *bridge.Order) *findings {
	ctx, cancel := context.WithTimeout(ctx, 2*e.timeout)
	defer cancel()
	return e.gather(ctx, o, "", true)
}

// handBack ends the lease of a due order that was not queried. It is due from then on; due is
// bridge.ClockSkew before now where every node shall find it at once, whatever its clock says.
func (e *Engine) handBack(ctx context.Context, o bridge.Order, due time.Time) {
	_, err := e.update(ctx, o.ID, func(c *bridge.Change) error {
		if c.Order.DueAt.Equal(o.DueAt) {
			c.QueryNow(due)
		}
		return nil
	})
	if err != nil {
		e.log.Warn("the lease of a due order ends by itself", "order", o.ID, "fault", err)
	}
}

// callsFollow reports whether the answers to the status queries may lead to more calls to the
// wallet: operations that are sent again, and requests for notifications.
func (e *Engine) callsFollow(o *bridge.Order, answers []finding) bool {
	return slices.ContainsFunc(answers, func(f finding) bool {
		p := o.Payment(f.payment)
		switch {
		case p == nil || p.Operation != nil:
			return true
		case f.absent || f.news.Payment.Status == wallet.Pending:
			return false
		}
		t := e.wallets[p.Wallet]
		return t != nil && outbound.Can[wallet.Renotifier](t.Wallet)
	})
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
			e.log.Error("an order whose status query panicked cannot be flagged; it is queried again after its lease; check the database", "order", id, "panic", again)
		}
	}()
	e.log.Error("status query panicked; the order is flagged and queried again; report this with the stack", "order", id, "panic", p, "stack", string(debug.Stack()))
	if id == "" {
		return
	}
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.RaiseOrderAttention(bridge.InternalError, bridge.FromTime, e.clock())
		c.Due = e.clock().Add(schedule.MaxInterval)
		return nil
	})
	if err != nil {
		e.log.Error("an order whose status query panicked cannot be flagged; it is queried again after its lease; check the database", "order", id, "fault", err)
	}
}
