package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Capture takes money that is held. A zero amount takes all of it; less than all
// lets the rest go. Asking again for the same resumes what is open.
//
// Faults: NotFound; Unsupported; Invalid above what is held; Conflict when nothing is
// held or another operation is open; Declined; Unavailable and Unknown leave the
// operation open, and it is completed by itself.
func (e *Engine) Capture(ctx context.Context, id OrderID, amount wallet.Money, source Source) (Order, error) {
	return e.operate(ctx, id, Operation{Amount: amount.Minor}, amount.Currency, source)
}

// Void lets held money go again. Its faults are those of Capture.
func (e *Engine) Void(ctx context.Context, id OrderID, source Source) (Order, error) {
	return e.operate(ctx, id, Operation{Void: true}, "", source)
}

func (e *Engine) operate(ctx context.Context, id OrderID, want Operation, currency wallet.Currency, source Source) (Order, error) {
	var number int
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		number, err = e.reserve(c, want, currency, source)
		return err
	})
	if err != nil {
		return order, err
	}
	return e.runOperation(ctx, order, number)
}

// reserve writes down what will be asked before it is asked.
func (e *Engine) reserve(c *Change, want Operation, currency wallet.Currency, source Source) (int, error) {
	const op = "bridge.operate"
	o, now := &c.Order, e.clock()
	if o.BusyUntil.After(now) {
		return 0, errBusy()
	}
	p := o.authorized()
	if p == nil {
		return 0, fault.New(fault.Conflict, op, "No money is held: the order is "+string(o.Status)+".")
	}
	if err := e.canOperate(p.Wallet, want.Void); err != nil {
		return 0, err
	}
	if currency == "" && !want.Void {
		want.Amount, currency = p.Authorized, o.Amount.Currency
	}
	if !want.Void && (currency != o.Amount.Currency || want.Amount <= 0 || want.Amount > p.Authorized) {
		return 0, fault.InvalidField(op, "amount", "must be at most what is held, "+o.Money(p.Authorized).String())
	}
	if open := p.Operation; open != nil && (open.Void != want.Void || open.Amount != want.Amount) {
		return 0, fault.New(fault.Conflict, op, "Another operation on the held money is still open.")
	}
	number := p.Number
	if p.Operation == nil {
		next := *p
		want.Number = o.Operations + 1
		want.RequestID = o.ID.requestID(opCapture, want.Number)
		if want.Void {
			want.RequestID = o.ID.requestID(opVoid, want.Number)
		}
		next.Operation = &want
		c.record(PaymentUpdated, source, now, EventData{Payment: &next})
	}
	c.Order.BusyUntil = now.Add(e.timeout + busyGrace)
	return number, nil
}

// authorized is the payment that holds money, or nil.
func (o *Order) authorized() *Payment {
	for i := range o.Payments {
		if o.Payments[i].Status == wallet.Authorized {
			return &o.Payments[i]
		}
	}
	return nil
}

func (e *Engine) canOperate(walletName string, void bool) error {
	ok := false
	if t := e.wallets[walletName]; t != nil && void {
		_, ok = t.Wallet.(wallet.Voider)
	} else if t != nil {
		_, ok = t.Wallet.(wallet.Capturer)
	}
	if !ok {
		return fault.New(fault.Unsupported, "bridge.operate", "This wallet cannot do that.")
	}
	return nil
}

// runOperation asks the wallet for what was reserved and commits the answer.
func (e *Engine) runOperation(ctx context.Context, o Order, number int) (Order, error) {
	p := o.Payment(number)
	t := e.wallets[p.Wallet]
	got, callErr := call(ctx, e, t, func(ctx context.Context) (wallet.Payment, error) {
		if p.Operation.Void {
			return t.Wallet.(wallet.Voider).Void(ctx, wallet.VoidRequest{RequestID: p.Operation.RequestID, Payment: p.Ref()})
		}
		return t.Wallet.(wallet.Capturer).Capture(ctx, wallet.CaptureRequest{
			RequestID: p.Operation.RequestID, Payment: p.Ref(), Amount: o.Money(p.Operation.Amount),
		})
	})
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), o.ID, func(c *Change) error {
		failure = nil
		c.free()
		switch judge(callErr) {
		case accepted:
			got.RequestID = p.RequestID
			failure = c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Payment: &got}, e.clock())
		case refused:
			if next := *c.Order.Payment(number); next.Operation != nil {
				next.Operation = nil
				c.record(PaymentUpdated, FromWallet, e.clock(), EventData{Payment: &next})
			}
			failure = declined("The wallet refused the operation.", callErr)
		default:
			failure = openFault(callErr)
		}
		return nil
	})
	if err != nil {
		return order, err
	}
	return order, failure
}
