package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// finish completes a change before it is committed: the messages its events call for,
// the wallets' ids by which its payments are found, when the order is looked at next, and
// the seal on the answer that is kept.
func (e *Engine) finish(c *Change) error {
	now := e.clock()
	if len(c.Events) > 0 {
		c.clearEnded(now)
	}
	if err := e.addMessages(c); err != nil {
		return err
	}
	for i := range c.Order.Payments {
		c.indexPaymentIDs(&c.Order.Payments[i])
	}
	c.planLook(now, e.pace(&c.Order))
	c.Answer = c.Answer.sealed(e.sealer)
	return nil
}

// addMessages puts a message for each webhook endpoint of the app and each event of the
// change into the outbox.
//
// Faults: errOldEndpoints when the endpoints have changed since this node has read them.
func (e *Engine) addMessages(c *Change) error {
	app := e.apps[c.Order.App]
	if app == nil {
		return nil
	}
	for i := range c.Events {
		if !c.Events[i].Type.webhook() {
			continue
		}
		names, current := e.listeners(app, c.Events[i].Type, c.Endpoints)
		if !current {
			return errOldEndpoints
		}
		c.Messages = append(c.Messages, messages(names, &c.Order, &c.Events[i])...)
	}
	return nil
}

// planLook sets when the order is looked at next.
func (c *Change) planLook(now time.Time, pace wallet.Pace) {
	if len(c.Events) > c.counted && c.Order.Looks > 0 {
		c.Order.Looks = 0
	}
	if due := c.before.DueAt; len(c.Events) > 0 && !due.IsZero() && !due.After(now) && (c.due.IsZero() || c.due.After(due)) {
		c.due = due // a look that is due stays due: a look moves it first
	}
	if c.refundEnded() {
		c.waitFor(now.Add(firstLook), now) // news of a refund may be kept until this one has ended
	}
	switch {
	case !c.due.IsZero():
		c.Order.DueAt = c.due
	case len(c.Events) > 0 || c.Order.BusyUntil != c.before.BusyUntil || c.Order.Looks != c.before.Looks:
		c.Order.DueAt = nextLook(&c.Order, now, pace)
	}
}

// refundEnded says that the change has ended a refund that was open.
func (c *Change) refundEnded() bool {
	for i := range c.before.Refunds {
		if c.before.Refunds[i].open() && !c.Order.Refunds[i].open() {
			return true
		}
	}
	return false
}

// indexPaymentIDs adds a wallet's own ids of a payment, where they are new, to the ids by
// which the order is found: notifications may name nothing else, and people search by them.
func (c *Change) indexPaymentIDs(p *Payment) {
	var known []string
	if before := c.before.Payment(p.Number); before != nil {
		known = before.IDs()
	}
	for _, id := range p.IDs() {
		if !slices.Contains(known, id) {
			c.PaymentIDs = append(c.PaymentIDs, PaymentKey{p.Wallet, id})
		}
	}
}
