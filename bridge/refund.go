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
// on its way together never exceed what was paid, however many ask at once. The same
// key asks for one refund; without a key each call is another.
//
// Faults: NotFound; Unsupported; Invalid above what is left; Conflict when nothing is
// left or while the same refund is being asked for; KeyReused; Declined when the wallet
// refuses, which gives the money back to what can be refunded; Unavailable and Unknown
// leave the refund pending, and it is completed by itself.
func (e *Engine) Refund(ctx context.Context, id OrderID, req RefundRequest, once *Once) (Outcome, error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	var outcome Outcome
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		outcome = Outcome{}
		if r := c.Order.RefundOf(once); r != nil {
			return e.resumeRefund(c, r, &outcome, once)
		}
		outcome.Refund, err = e.reserveRefund(c, &req, once.mark())
		return err
	})
	outcome.Order = order
	if err != nil || outcome.Answer != nil {
		return outcome, err
	}
	return e.runRefund(ctx, order, outcome.Refund, false, once)
}

// resumeRefund decides how a request goes on whose refund was begun before: with its
// answer when the wallet has spoken, later while it may be speaking, or by asking it
// again.
func (e *Engine) resumeRefund(c *Change, r *Refund, outcome *Outcome, once *Once) error {
	outcome.Refund = r.Number
	switch {
	case r.Status == wallet.RefundFailed:
		failure := &fault.Error{Kind: fault.Declined, Op: "bridge.Refund", Code: r.Code, Detail: "The wallet refused the refund."}
		outcome.Answer = once.keep(c, failure)
	case r.Status != wallet.RefundPending || r.WalletRefundID != "":
		outcome.Answer = once.keep(c, nil)
	case e.clock().Before(r.CreatedAt.Add(e.timeout + busyGrace)):
		return errBusy()
	}
	return nil
}

// reserveRefund makes the money unavailable to any other refund before the wallet is
// asked.
func (e *Engine) reserveRefund(c *Change, req *RefundRequest, mark string) (int, error) {
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
	if t := e.wallets[p.Wallet]; t == nil || !can[wallet.Refunder](t.Wallet) {
		return 0, fault.New(fault.Unsupported, op, "This wallet cannot refund.")
	}
	number := len(o.Refunds) + 1
	now := e.clock()
	c.record(RefundPending, req.Source, now, EventData{Refund: &Refund{
		Number: number, Payment: p.Number, Status: wallet.RefundPending,
		RequestID: o.ID.requestID(opRefund, number), Amount: amount.Minor, Reason: req.Reason, Mark: mark, CreatedAt: now,
	}})
	c.due = now.Add(e.timeout + busyGrace) // whoever looks sooner would find the call under way
	return number, nil
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
// The same request id may be sent again: it is one refund. absent says that the wallet
// has just said that it knows no such refund, so that a conflict means no.
func (e *Engine) runRefund(ctx context.Context, o Order, number int, absent bool, once *Once) (Outcome, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	t := e.wallets[p.Wallet]
	got, callErr := call(ctx, e, t, func(ctx context.Context) (wallet.Refund, error) {
		return t.Wallet.(wallet.Refunder).Refund(ctx, wallet.RefundRequest{
			RequestID: r.RequestID, Payment: p.Ref(), Amount: o.Money(r.Amount), Paid: o.Money(p.Paid),
			Reason: r.Reason, NotifyURL: e.public + "/notify/" + p.Wallet,
		})
	})
	verdict := judge(callErr)
	if absent && fault.KindOf(callErr) == fault.Conflict {
		verdict = refused
	}
	outcome, err := e.settleWith(ctx, o.ID, once, func(c *Change) error {
		got.RefundRef = wallet.RefundRef{RequestID: r.RequestID, RefundID: got.RefundID, Payment: p.Ref()}
		switch verdict {
		case accepted:
			return c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Refund: &got}, e.clock())
		case refused:
			no := wallet.Refund{RefundRef: got.RefundRef, Status: wallet.RefundFailed, Code: fault.Of(callErr).Code}
			if err := c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Refund: &no}, e.clock()); err != nil {
				return err
			}
			return declined("The wallet refused the refund.", callErr)
		}
		c.due = nextLook(&c.Order, e.clock(), e.pace(&c.Order))
		return openFault(callErr)
	})
	outcome.Refund = number
	return outcome, err
}
