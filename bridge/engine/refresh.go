package engine

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Refresh asks the wallets about an order now and returns it as it then stands.
func (e *Engine) Refresh(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return order, err
	}
	if err := e.refresh(ctx, order, "", false); err != nil {
		return order, err
	}
	return e.store.Order(ctx, id)
}

// refresh asks about everything of the order that is not settled, and commits what is
// learnt. due says that it is a look of the schedule: it counts, ends what is past its
// time, and completes what was reserved and has no answer.
func (e *Engine) refresh(ctx context.Context, o bridge.Order, hint string, due bool) error {
	h := e.hear(ctx, &o, hint, due)
	var heard []*store.InboxItem
	var faults []error
	order, err := e.update(ctx, o.ID, func(c *bridge.Change) error {
		heard, faults = e.conclude(c, h)
		return nil
	})
	if err == nil {
		err = e.forget(ctx, heard)
	}
	if err == nil && due {
		e.renotify(ctx, &o, &order)
		err = e.complete(ctx, order, h.answers)
	}
	return errors.Join(append(append(h.faults, faults...), err)...)
}

// hearing is what one look at an order has learnt.
type hearing struct {
	due     bool      // it is a look of the schedule
	ends    bool      // what is past its time may end
	answers []finding // of the wallets
	earlier []finding // notifications that are kept
	unheard error     // the faults of the queries that have no answer
	faults  []error   // all faults, unheard among them
}

// hear reads what is kept for the order, asks the wallets, and closes at them what must
// not be paid any more.
func (e *Engine) hear(ctx context.Context, o *bridge.Order, hint string, due bool) *hearing {
	// What a wallet says while a call is under way may be old when that call has ended.
	h := &hearing{due: due, ends: due && !o.BusyUntil.After(e.clock())}
	earlier, keptErr := e.kept(ctx, o)
	h.earlier = earlier
	h.answers, h.unheard = e.ask(ctx, o, hint, !due, earlier)
	if o.Looks < 0 {
		found, err := e.forgotten(ctx, o)
		h.answers, h.unheard = append(h.answers, found...), errors.Join(h.unheard, err)
	}
	h.faults = []error{h.unheard, keptErr}
	h.ends = h.ends && keptErr == nil // what is kept may say that it is paid
	if h.ends && (o.Overdue(e.clock()) || o.Closed != "" || o.Superfluous() != nil) {
		closing, err := e.closeOpen(ctx, o, h.answers, earlier)
		h.answers = append(h.answers, closing...)
		h.faults = append(h.faults, err)
	}
	return h
}

// conclude applies what was heard, ends what may end, and flags what is open for too long.
// heard are the notifications that need not be kept any longer.
func (e *Engine) conclude(c *bridge.Change, h *hearing) (heard []*store.InboxItem, faults []error) {
	answers := prove(h.answers, h.earlier)
	for i := range answers {
		faults = append(faults, e.learnFrom(c, &answers[i]))
	}
	for i := range h.earlier {
		if f := &h.earlier[i]; e.applyKept(c, f, h.answers) {
			heard = append(heard, f.kept)
		}
	}
	if h.ends && !c.Order.BusyUntil.After(e.clock()) {
		c.EndOpen(func(number int) bool { return e.mayEnd(c.Order.Payment(number), h.answers, h.earlier) }, e.clock())
	}
	if h.due {
		e.flagOpen(c)
		c.CountLook(h.unheard, e.clock())
	}
	return heard, faults
}

// applyKept applies a notification that was kept, and says whether it is settled by that
// and by what the wallets have answered in the same look.
func (e *Engine) applyKept(c *bridge.Change, f *finding, answers []finding) (settled bool) {
	err := e.applyFinding(c, f)
	switch {
	case f.heard(err, answers):
		return true
	case errors.Is(err, bridge.ErrUnconfirmed):
		c.WaitFor(f.kept.ReceivedAt.Add(e.wallets.Lag(f.kept.Wallet)+bridge.ClockSkew), e.clock())
	case fault.KindOf(err) == fault.NotFound && !errors.Is(err, bridge.ErrUndecided):
		c.RaiseOrder(bridge.UnknownPayment, bridge.FromNotification, e.clock())
	}
	return false
}

// flagOpen flags what is open for too long, or where it cannot end by itself.
func (e *Engine) flagOpen(c *bridge.Change) {
	now := e.clock()
	e.doubtRefunds(c)
	e.doubtOperations(c)
	c.FlagOverdue(now)
	if c.Order.Unsettled() {
		for i := range c.Order.Payments {
			if p := c.Order.Payments[i]; e.wallets[p.Wallet] == nil && (p.Open() || p.Held() || c.Order.Nameless(p.Number)) {
				c.RaisePayment(p.Number, bridge.WalletMissing, nil, bridge.News{Source: bridge.FromTime}, now)
			}
		}
	}
}

// complete goes on with what was reserved and never answered: the process died, or the
// wallet did, before anybody knew. It is sent again only when the wallet is sure not to
// have it, under its own request id.
func (e *Engine) complete(ctx context.Context, o bridge.Order, answers []finding) error {
	var faults []error
	for i := range answers {
		f := &answers[i]
		switch {
		case f.refund > 0 && f.absent:
			order, sent, err := e.reserveRepeat(ctx, o.ID, f)
			if err == nil && sent != nil {
				_, err = e.sendRefund(ctx, order, f.refund, *sent, nil)
			}
			faults = append(faults, err)
		case f.payment > 0 && !f.absent:
			if p := o.Payment(f.payment); p.Operation == nil || e.underWay(p.Operation.Calls, p.Operation.Calls.AskedAt) {
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
