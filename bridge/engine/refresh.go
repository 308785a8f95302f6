package engine

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Refresh sends the status queries of an order now, also about what is paid, and returns the
// order as it then stands.
//
// Faults: NotFound; those of the queries.
func (e *Engine) Refresh(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return order, err
	}
	if err := e.refresh(ctx, order, ""); err != nil {
		return order, err
	}
	return e.store.Order(ctx, id)
}

// refresh sends the status queries of an order and commits the answers. The queries do not
// end with ctx.
func (e *Engine) refresh(ctx context.Context, o bridge.Order, hint string) error {
	all := e.gather(context.WithoutCancel(ctx), &o, hint, false)
	_, err := e.commit(ctx, o.ID, all)
	return errors.Join(append(all.faults, err)...)
}

// concludeDue commits the answers about an order that was claimed from the schedule. It also
// counts the query, ends what is overdue, and completes operations that were reserved and
// have no answer.
func (e *Engine) concludeDue(ctx context.Context, o *bridge.Order, all *findings) error {
	order, err := e.commit(ctx, o.ID, all)
	if err == nil {
		e.renotify(ctx, o, &order)
		err = e.complete(ctx, order, all.answers)
	}
	return errors.Join(append(all.faults, err)...)
}

// commit commits the findings about an order, and removes the notifications that are settled
// from the inbox. The faults of single findings are added to those of all.
func (e *Engine) commit(ctx context.Context, id bridge.OrderID, all *findings) (bridge.Order, error) {
	var settled []*store.InboxItem
	var faults []error
	order, err := e.update(ctx, id, func(c *bridge.Change) error {
		settled, faults = e.conclude(c, all)
		return nil
	})
	all.faults = append(all.faults, faults...)
	if err == nil {
		err = e.forgetItems(ctx, settled)
	}
	return order, err
}

// findings are the results of one status query of an order.
type findings struct {
	due        bool      // the order was claimed from the schedule
	ends       bool      // what is overdue may end
	answers    []finding // of the wallets
	inbox      []finding // notifications in the inbox
	unanswered error     // the faults of the queries without an answer
	faults     []error   // all faults, unanswered among them
	canceled   bool      // queries ended without an answer because the engine stops
}

// gather reads the inbox of the order, queries the wallets, and cancels payments there that
// must not be paid any more. The queries end with ctx.
func (e *Engine) gather(ctx context.Context, o *bridge.Order, hint string, due bool) *findings {
	// An answer that arrives while a call is under way may be older than that call's result.
	all := &findings{due: due, ends: due && !o.BusyUntil.After(e.clock())}
	inbox, inboxErr := e.inboxFindings(context.WithoutCancel(ctx), o)
	all.inbox = inbox
	all.answers, all.unanswered = e.query(ctx, o, hint, !due, inbox)
	if o.IdleQueries < 0 {
		found, err := e.queryRecovered(ctx, o, all.answers)
		all.answers, all.unanswered = append(all.answers, found...), errors.Join(all.unanswered, err)
	}
	all.faults = []error{all.unanswered, inboxErr}
	if all.canceled = errors.Is(ctx.Err(), context.Canceled) && all.unanswered != nil; all.canceled {
		return all
	}
	all.ends = all.ends && inboxErr == nil // an item of the inbox may report a payment as paid
	if all.ends && (o.Overdue(e.clock()) || o.Closed != "" || o.Superfluous() != nil) {
		closing, err := e.closeOpen(ctx, o, all.answers, inbox)
		all.answers = append(all.answers, closing...)
		all.faults = append(all.faults, err)
	}
	return all
}

// conclude applies the findings, ends what may end, and raises flags about what is open for
// too long. settled are the notifications that can leave the inbox.
func (e *Engine) conclude(c *bridge.Change, all *findings) (settled []*store.InboxItem, faults []error) {
	answers := proveAll(all.answers, all.inbox)
	for i := range answers {
		faults = append(faults, e.applyAnswer(c, &answers[i]))
	}
	for i := range all.inbox {
		if f := &all.inbox[i]; e.applyInboxItem(c, f, all.answers) {
			settled = append(settled, f.item)
		}
	}
	if all.ends && !c.Order.BusyUntil.After(e.clock()) {
		c.EndOpen(func(number int) bool { return e.mayEnd(c.Order.Payment(number), all.answers, all.inbox) }, e.clock())
	}
	if all.due {
		e.raiseOpen(c)
		schedule.CountQuery(c, all.unanswered, e.clock())
	}
	return settled, faults
}

// applyInboxItem applies a notification of the inbox. settled reports whether it can leave
// the inbox; see finding.settled.
func (e *Engine) applyInboxItem(c *bridge.Change, f *finding, answers []finding) (settled bool) {
	err := e.applyFinding(c, f)
	switch {
	case f.settled(err, answers):
		return true
	case errors.Is(err, bridge.ErrUnconfirmed):
		c.WaitFor(f.item.ReceivedAt.Add(e.wallets.Lag(f.item.Wallet)+bridge.ClockSkew), e.clock())
	case fault.KindOf(err) == fault.NotFound && !errors.Is(err, bridge.ErrUndecided):
		c.RaiseOrderAttention(bridge.UnknownPayment, bridge.FromNotification, e.clock())
	}
	return false
}

// raiseOpen ends approvals that have expired, and raises flags about what is open for too long
// or cannot end without a person.
func (e *Engine) raiseOpen(c *bridge.Change) {
	now := e.clock()
	if c.Order.IdleQueries >= 0 { // after a restore the wallet is queried first
		refund.Expire(c, now)
	}
	e.raiseUnconfirmedRefunds(c)
	e.raiseUnconfirmedOperations(c)
	c.RaiseOverdue(now)
	if c.Order.Unsettled() {
		for i := range c.Order.Payments {
			if p := c.Order.Payments[i]; e.wallets[p.Wallet] == nil && (p.Open() || p.Held() || c.Order.HasUnidentifiedRefund(p.Number)) {
				c.RaisePaymentAttention(p.Number, bridge.WalletMissing, nil, bridge.News{Source: bridge.FromTime}, now)
			}
		}
	}
}

// complete sends operations again that were reserved and have no answer, because the process
// or the wallet failed. It does so only when the wallet's answer proves that it does not have
// the operation, and under the same request id.
func (e *Engine) complete(ctx context.Context, o bridge.Order, answers []finding) error {
	var faults []error
	for i := range answers {
		f := &answers[i]
		switch {
		case f.refund > 0 && f.absent:
			order, sent, err := e.reserveRefundAgain(ctx, o.ID, f)
			if err == nil && sent != nil {
				_, err = e.sendRefund(ctx, order, f.refund, *sent, nil)
			}
			faults = append(faults, err)
		case f.payment > 0 && !f.absent:
			if p := o.Payment(f.payment); p.Operation == nil || e.underWay(p.Operation.Calls, p.Operation.Calls.LastSentAt) {
				continue
			}
			order, sent, err := e.reserveOperationAgain(ctx, o.ID, f)
			if err == nil && sent != nil {
				_, err = e.sendOperation(ctx, order, f.payment, *sent, nil)
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
