package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Cancel closes an order that nobody paid. The payer may have been quicker: the
// order returned says what is true, and canceling again changes nothing.
//
// Faults: NotFound; Conflict when it is paid or held, or while a call for it is
// under way; Unsupported when its wallet cannot close a payment; Unknown when the
// wallet gave no answer.
func (e *Engine) Cancel(ctx context.Context, id OrderID, source Source) (Order, error) {
	var open bool
	order, err := e.update(ctx, id, func(c *Change) error {
		open = c.Order.OpenPayment() != nil
		switch {
		case c.Order.BusyUntil.After(e.clock()):
			return errBusy()
		case c.Order.Status == wallet.Paid || c.Order.Status == wallet.Authorized:
			return fault.New(fault.Conflict, "bridge.Cancel", "The order is "+string(c.Order.Status)+".")
		case !open:
			c.closeOpen(wallet.Canceled, source, e.clock())
		}
		return nil
	})
	if err != nil || !open {
		return order, err
	}
	return e.closePayment(ctx, order, source)
}

// closePayment asks the wallet to close the order's open payment and applies what it
// says. A wallet that does not know the payment yet may still be about to: such a
// payment stays open until its time is up.
func (e *Engine) closePayment(ctx context.Context, o Order, source Source) (Order, error) {
	p := o.OpenPayment()
	t := e.wallets[p.Wallet]
	canceler, ok := t.Wallet.(wallet.Canceler)
	if !ok {
		return o, fault.New(fault.Unsupported, "bridge.Cancel", "This wallet cannot cancel; the order ends when its time is up.")
	}
	got, err := call(ctx, e, t, func(ctx context.Context) (wallet.Payment, error) {
		return canceler.Cancel(ctx, p.Ref())
	})
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return o, fault.Wrap(fault.Conflict, "bridge.Cancel", err)
	case judge(err) == refused:
		return o, fault.Wrap(fault.Conflict, "bridge.Cancel", err)
	case err != nil:
		return o, openFault(err)
	}
	got.RequestID = p.RequestID
	return e.update(context.WithoutCancel(ctx), o.ID, func(c *Change) error {
		// News that is not believed leaves the payment open, which the caller sees.
		_ = c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Payment: &got}, e.clock())
		return nil
	})
}
