package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// settle commits what a wallet answered to a request for a payment. When the outcome is
// open it says so, and leaves the rest to the next look. A refusal is the end of the
// payment only when no other call can have opened it.
func (e *Engine) settle(ctx context.Context, o *Order, p *Payment, sent sending, got wallet.Payment, callErr error, once *Once[Order]) (Outcome[Order], error) {
	if callErr != nil {
		e.log.Warn("wallet call failed", "order", o.ID, "wallet", p.Wallet, "request", p.RequestID, "fault", callErr)
	}
	return e.settleWith(ctx, o.ID, once, func(c *Change) error {
		c.free()
		now := e.clock()
		calls := c.Order.Payment(p.Number).Calls
		switch verdict := judge(callErr); {
		case verdict == accepted:
			got.RequestID = p.RequestID
			err := c.Apply(e.news(FromWallet, p.Wallet, &got, nil), now)
			if err != nil {
				c.lookNow(now)
				return err
			}
			if p := c.Order.Payment(p.Number); p.Open() && p.Action == nil && !c.Order.chargedAtOnceAt(p.Wallet) {
				return errOpen() // it is there, and nobody can be sent to it: a repeat may learn where
			}
			return nil
		case verdict == refused && sent.final(calls):
			c.refuse(p.Number, fault.Of(callErr).Code, now)
			if c.Order.Payment(p.Number).Status == wallet.Failed {
				return declined("The wallet refused the payment.", callErr)
			}
			return nil // news was quicker than the refusal
		case verdict == undone:
			c.recount(p.Number, calls.undone(), false, now)
		}
		return openFault(callErr)
	})
}

// settleWith commits what apply makes of a wallet's answer, and the answer to the
// request with it. The fault of apply says what became of the request and undoes
// nothing.
func (e *Engine) settleWith(ctx context.Context, id OrderID, once *Once[Order], apply func(c *Change) error) (Outcome[Order], error) {
	var outcome Outcome[Order]
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		failure = apply(c)
		outcome = Outcome[Order]{Answer: once.keep(&c.Answer, c.Order, failure)}
		return nil
	})
	outcome.Subject = order
	switch {
	case err != nil:
		return Outcome[Order]{Subject: order}, err
	case outcome.Answer != nil:
		return outcome, nil
	}
	return outcome, failure
}
