package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// settle commits what a wallet answered to a request for a payment. When the outcome is
// open it says so, and leaves the rest to the next look. A refusal is the end of the
// payment only when no other call can have opened it.
func (e *Engine) settle(ctx context.Context, o *bridge.Order, p *bridge.Payment, sent sending, got wallet.Payment, callErr error, once *bridge.Once[bridge.Order]) (bridge.Outcome[bridge.Order], error) {
	if callErr != nil {
		e.log.Warn("wallet call failed", "order", o.ID, "wallet", p.Wallet, "request", p.RequestID, "fault", callErr)
	}
	return e.settleWith(ctx, o.ID, once, func(c *bridge.Change) error {
		c.Free()
		now := e.clock()
		calls := c.Order.Payment(p.Number).Calls
		switch verdict := outbound.Judge(callErr); {
		case verdict == outbound.Accepted:
			got.RequestID = p.RequestID
			err := c.Apply(e.news(bridge.FromWallet, p.Wallet, &got, nil), now)
			if err != nil {
				c.LookNow(now)
				return err
			}
			if p := c.Order.Payment(p.Number); p.Open() && p.Action == nil && !c.Order.ChargedAtOnceAt(p.Wallet) {
				return outbound.ErrOpen() // it is there, and nobody can be sent to it: a repeat may learn where
			}
			return nil
		case verdict == outbound.Refused && sent.final(calls):
			c.Refuse(p.Number, fault.Of(callErr).Code, now)
			if c.Order.Payment(p.Number).Status == wallet.Failed {
				return outbound.Declined("The wallet refused the payment.", callErr)
			}
			return nil // news was quicker than the refusal
		case verdict == outbound.Undone:
			c.Recount(p.Number, calls.Undone(), false, now)
		}
		return outbound.OpenFault(callErr)
	})
}

// settleWith commits what apply makes of a wallet's answer, and the answer to the
// request with it. The fault of apply says what became of the request and undoes
// nothing.
func (e *Engine) settleWith(ctx context.Context, id bridge.OrderID, once *bridge.Once[bridge.Order], apply func(c *bridge.Change) error) (bridge.Outcome[bridge.Order], error) {
	var outcome bridge.Outcome[bridge.Order]
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *bridge.Change) error {
		failure = apply(c)
		outcome = bridge.Outcome[bridge.Order]{Answer: once.Keep(&c.Answer, c.Order, failure)}
		return nil
	})
	outcome.Subject = order
	switch {
	case err != nil:
		return bridge.Outcome[bridge.Order]{Subject: order}, err
	case outcome.Answer != nil:
		return outcome, nil
	}
	return outcome, failure
}
