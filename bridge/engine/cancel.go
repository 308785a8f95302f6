package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Cancel closes an unpaid order: from its first commit on, no node opens a payment of the
// order. It closes an open payment at its wallet. The payer may pay before that: the order
// returned has the result. Canceling again changes nothing.
//
// Faults: NotFound; Conflict when it is paid or held, while a call for it is under way,
// or when the wallet does not close the payment; Unsupported when its wallet cannot close
// a payment; Unavailable and Unknown when the wallet did not answer. After the last three
// the order stays closed for new payments, and reconciliation ends it.
func (e *Engine) Cancel(ctx context.Context, id bridge.OrderID, source bridge.Source) (bridge.Order, error) {
	order, err := e.update(ctx, id, func(c *bridge.Change) error {
		p := c.Order.OpenPayment()
		switch {
		case c.Order.BusyUntil.After(e.clock()):
			return idempotency.ErrBusy()
		case c.Order.Status == wallet.Paid || c.Order.Status == wallet.Authorized:
			return fault.New(fault.Conflict, "engine.Cancel", "The order is "+string(c.Order.Status)+".")
		case p != nil:
			if _, err := e.canceler(p.Wallet); err != nil {
				return err
			}
		}
		c.Close(wallet.Canceled, source, e.clock())
		return nil
	})
	if err != nil || order.OpenPayment() == nil {
		return order, err
	}
	order, _, err = e.closePayment(ctx, order, nil)
	return order, err
}

// canceler returns the Canceler of a wallet.
//
// Faults: Unavailable; Unsupported.
func (e *Engine) canceler(walletName string) (wallet.Canceler, error) {
	t, err := e.wallets.Named(walletName)
	if err != nil {
		return nil, err
	}
	canceler, ok := wallet.As[wallet.Canceler](t.Wallet)
	if !ok {
		return nil, fault.New(fault.Unsupported, "engine.Cancel", "This wallet cannot cancel; the order ends when its time is up.")
	}
	return canceler, nil
}

// closePayment cancels the order's open payment at its wallet and applies the answer. When
// the wallet has closed it, then runs in the same change; ran is false when the payment had
// ended before that change was committed. A wallet that does not know the payment may still
// receive it: such a payment stays open until it expires.
func (e *Engine) closePayment(ctx context.Context, o bridge.Order, then func(c *bridge.Change) error) (order bridge.Order, ran bool, err error) {
	p := o.OpenPayment()
	canceler, err := e.canceler(p.Wallet)
	if err != nil {
		return o, false, err
	}
	got, err := outbound.CallNamed(ctx, e.wallets, p.Wallet, outbound.CancelPayment, func(ctx context.Context, _ *outbound.Wallet) (wallet.Payment, error) {
		return canceler.Cancel(ctx, p.Ref())
	})
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil, outbound.Judge(err) == outbound.Refused:
		return o, false, fault.Wrap(fault.Conflict, "engine.Cancel", err)
	case err != nil:
		return o, false, outbound.OpenFault(err)
	}
	got.RequestID = p.RequestID
	closes := got.Status == wallet.Canceled || got.Status == wallet.Failed || got.Status == wallet.Expired
	order, err = e.update(context.WithoutCancel(ctx), o.ID, func(c *bridge.Change) error {
		ran = closes && then != nil && c.Order.Payment(p.Number).Open()
		if ran {
			if err := then(c); err != nil { // first, so that no webhook reports the order as canceled
				return err
			}
		}
		// News that is not applied leaves the payment open, which the caller sees.
		_ = c.Apply(e.news(bridge.FromWallet, p.Wallet, &got, nil), e.clock())
		return nil
	})
	return order, ran, err
}
