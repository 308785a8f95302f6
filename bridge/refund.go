package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// RefundRequest asks for money to go back to the payer.
type RefundRequest struct {
	Amount wallet.Money // zero: all that is left
	Reason string
	Source Source
}

// Refund gives captured money back, wholly or in part. What was refunded and what is
// on its way together never exceed what was paid, however many ask at once. The
// number of the refund is returned, and is zero when none was begun.
//
// Faults: NotFound; Unsupported; Invalid above what is left; Conflict when nothing is
// left; Declined when the wallet refuses, which gives the money back to what can be
// refunded; Unavailable and Unknown leave the refund pending, and it is completed by
// itself.
func (e *Engine) Refund(ctx context.Context, id OrderID, req RefundRequest) (Order, int, error) {
	var number int
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		number, err = e.reserveRefund(c, &req)
		return err
	})
	if err != nil {
		return order, 0, err
	}
	order, err = e.runRefund(ctx, order, number)
	return order, number, err
}

// reserveRefund makes the money unavailable to any other refund before the wallet is
// asked.
func (e *Engine) reserveRefund(c *Change, req *RefundRequest) (int, error) {
	const op = "bridge.Refund"
	o := &c.Order
	amount := req.Amount
	if amount == (wallet.Money{}) {
		amount = o.Money(o.Paid - o.Refunded - o.RefundOpen)
	}
	if amount.Currency != o.Amount.Currency {
		return 0, fault.InvalidField(op, "amount.currency", "must be "+string(o.Amount.Currency))
	}
	if o.Paid-o.Refunded-o.RefundOpen <= 0 {
		return 0, fault.New(fault.Conflict, op, "Nothing is left to refund.")
	}
	p := o.refundable(amount.Minor)
	if p == nil {
		return 0, fault.InvalidField(op, "amount", "must be more than zero and at most what one payment has left")
	}
	if t := e.wallets[p.Wallet]; t == nil || !refunds(t) {
		return 0, fault.New(fault.Unsupported, op, "This wallet cannot refund.")
	}
	number := len(o.Refunds) + 1
	now := e.clock()
	c.record(RefundPending, req.Source, now, EventData{Refund: &Refund{
		Number: number, Payment: p.Number, Status: wallet.RefundPending,
		RequestID: o.ID.requestID(opRefund, number), Amount: amount.Minor, Reason: req.Reason, CreatedAt: now,
	}})
	c.due = now.Add(e.timeout + busyGrace) // whoever looks sooner would find the call under way
	return number, nil
}

func refunds(t *till) bool {
	_, ok := t.Wallet.(wallet.Refunder)
	return ok
}

// refundable is the first payment that has that much left, or nil.
func (o *Order) refundable(minor int64) *Payment {
	for i := range o.Payments {
		p := &o.Payments[i]
		left := p.Paid
		for _, r := range o.Refunds {
			if r.Payment == p.Number && r.Status != wallet.RefundFailed {
				left -= r.Amount
			}
		}
		if minor > 0 && minor <= left {
			return p
		}
	}
	return nil
}

// runRefund asks the wallet for a refund that was reserved and commits the answer.
// The same request id may be sent again: it is one refund.
func (e *Engine) runRefund(ctx context.Context, o Order, number int) (Order, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	t := e.wallets[p.Wallet]
	got, callErr := call(ctx, e, t, func(ctx context.Context) (wallet.Refund, error) {
		return t.Wallet.(wallet.Refunder).Refund(ctx, wallet.RefundRequest{
			RequestID: r.RequestID, Payment: p.Ref(), Amount: o.Money(r.Amount), Paid: o.Money(p.Paid),
			Reason: r.Reason, NotifyURL: e.public + "/notify/" + p.Wallet,
		})
	})
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), o.ID, func(c *Change) error {
		failure = nil
		switch judge(callErr) {
		case accepted:
			got.RefundRef = wallet.RefundRef{RequestID: r.RequestID, RefundID: got.RefundID, Payment: p.Ref()}
			failure = c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Refund: &got}, e.clock())
		case refused:
			failure = declined("The wallet refused the refund.", callErr)
			no := wallet.Refund{
				RefundRef: wallet.RefundRef{RequestID: r.RequestID, Payment: p.Ref()},
				Status:    wallet.RefundFailed, Code: fault.Of(callErr).Code,
			}
			return c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Refund: &no}, e.clock())
		default:
			failure = openFault(callErr)
			c.due = nextLook(&c.Order, e.clock(), e.pace(&c.Order))
		}
		return nil
	})
	if err != nil {
		return order, err
	}
	return order, failure
}
