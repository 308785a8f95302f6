package bridge

import (
	"context"
	"slices"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// RefundRequest asks for money to go back to the payer.
type RefundRequest struct {
	Amount  wallet.Money // zero: all that is left
	Payment int          // the number of the payment it is taken from; zero: the one that has it
	Reason  string
	Source  Source
}

// Refund gives captured money back, wholly or in part. What was refunded and what is
// on its way together never exceed what was paid, however many ask at once. The same
// key asks for one refund; without a key each call is another.
//
// Faults: NotFound; Unsupported; Invalid above what is left; Conflict when nothing is
// left, when the wallet takes one refund at a time and this is the second, while the same refund is being asked for, or while the store was restored and
// holds money; KeyReused; Declined when the wallet refuses for sure, which gives the money
// back to what can be refunded; Unavailable and Unknown leave the refund pending, and it
// is completed by itself.
func (e *Engine) Refund(ctx context.Context, id OrderID, req RefundRequest, once *Once[Order]) (Outcome[Order], error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	if err := checkTexts("bridge.Refund", "reason", req.Reason); err != nil {
		return Outcome[Order]{}, err
	}
	if err := e.mayPayOut(ctx); err != nil {
		return Outcome[Order]{}, err
	}
	var outcome Outcome[Order]
	var failure error
	var again bool
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		outcome, failure, again = Outcome[Order]{}, nil, false
		if r := c.Order.RefundOf(once); r != nil {
			again = true
			return e.resumeRefund(c, r, &outcome, once)
		}
		if failure = e.inTurn(&c.Order, &req); failure != nil {
			return nil
		}
		outcome.Refund, failure = c.reserveRefund(&req, once.mark(), e.canRefund, e.clock())
		if failure == nil {
			c.due = e.clock().Add(e.timeout + busyGrace) // a look before that would find the call under way
		}
		return nil
	})
	outcome.Subject = order
	switch {
	case err != nil || outcome.Answer != nil:
		return outcome, err
	case failure != nil:
		return outcome, failure
	case again:
		return e.repeatRefund(ctx, order, outcome.Refund, once)
	}
	return e.sendRefund(ctx, order, outcome.Refund, sending{Calls: order.Refunds[outcome.Refund-1].Calls}, once)
}

func (e *Engine) canRefund(walletName string) bool {
	t := e.wallets[walletName]
	return t != nil && can[wallet.Refunder](t.Wallet)
}

// inTurn refuses a refund for now at a wallet that takes one of a payment at a time.
//
// Faults: Conflict.
func (e *Engine) inTurn(o *Order, req *RefundRequest) error {
	p, _, err := o.refundable(req, e.canRefund)
	if err != nil {
		return nil // as reserveRefund says
	}
	serial, ok := wallet.As[wallet.SerialRefunder](e.wallets[p.Wallet].Wallet)
	if !ok {
		return nil
	}
	for i := range o.Refunds {
		r := &o.Refunds[i]
		wait := r.Calls.since(r.CreatedAt).Add(serial.RefundGap()).Sub(e.clock())
		switch {
		case r.Payment != p.Number || r.RequestID == "":
		case r.open():
			return fault.New(fault.Conflict, "bridge.Refund", "The wallet takes one refund at a time, and one of this payment has not ended.")
		case wait > 0:
			return &fault.Error{
				Kind: fault.Conflict, Op: "bridge.Refund", RetryAfter: wait,
				Detail: "The wallet takes one refund at a time, and one of this payment has just ended.",
			}
		}
	}
	return nil
}

// superseded says that a wallet that knows no request ids cannot tell a refund, whose id
// there was never learnt, from a later one of the same payment: it would answer with that.
func superseded(t *till, o *Order, r *Refund) bool {
	if _, serial := wallet.As[wallet.SerialRefunder](t.Wallet); !serial || r.WalletRefundID != "" {
		return false
	}
	return slices.ContainsFunc(o.Refunds[r.Number:], func(later Refund) bool {
		return later.Payment == r.Payment && later.RequestID != ""
	})
}

// resumeRefund decides how a request goes on whose refund was begun before: with its
// answer when the wallet has spoken, later while it may be speaking, or by asking it
// again.
func (e *Engine) resumeRefund(c *Change, r *Refund, outcome *Outcome[Order], once *Once[Order]) error {
	outcome.Refund = r.Number
	switch {
	case r.Status == wallet.RefundFailed:
		failure := &fault.Error{Kind: fault.Declined, Op: "bridge.Refund", Code: r.Code, Detail: "The wallet refused the refund."}
		outcome.Answer = once.keep(&c.Answer, c.Order, failure)
	case r.Status != wallet.RefundPending || r.taken():
		outcome.Answer = once.keep(&c.Answer, c.Order, nil)
	case e.underWay(r.Calls, r.CreatedAt):
		return errBusy()
	}
	return nil
}

// repeatRefund goes on with a refund that may have been made. The wallet is asked first,
// and only when it is sure not to have it, it is asked for it again.
func (e *Engine) repeatRefund(ctx context.Context, o Order, number int, once *Once[Order]) (Outcome[Order], error) {
	f, err := e.askRefund(ctx, &o, number)
	if err != nil {
		return Outcome[Order]{Subject: o, Refund: number}, openFault(err)
	}
	if !f.absent {
		outcome, err := e.settleWith(ctx, o.ID, once, func(c *Change) error { return e.applyFinding(c, &f) })
		outcome.Refund = number
		return outcome, err
	}
	order, sent, err := e.reserveRepeat(ctx, o.ID, &f)
	if err != nil || sent == nil {
		return Outcome[Order]{Subject: order, Refund: number}, cmpOr(err, errOpen())
	}
	return e.sendRefund(ctx, order, number, *sent, once)
}

// reserveRepeat counts one more call for a refund that its wallet does not have, unless
// it may still lag behind an earlier one, or another has asked meanwhile: then there is
// nothing to send.
func (e *Engine) reserveRepeat(ctx context.Context, id OrderID, f *finding) (Order, *sending, error) {
	if err := e.mayPayOut(ctx); err != nil {
		return Order{ID: id}, nil, err
	}
	var sent *sending
	order, err := e.update(ctx, id, func(c *Change) error {
		sent = nil
		r := c.Order.Refunds[f.refund-1]
		if r.Status != wallet.RefundPending || r.taken() || !e.conclusive(f, r.Calls, r.CreatedAt) {
			return nil
		}
		sent = &sending{Calls: r.Calls.absent().again(e.clock()), fresh: true}
		c.recountRefund(r.Number, sent.Calls, e.clock())
		c.due = e.clock().Add(e.timeout + busyGrace)
		return nil
	})
	return order, sent, err
}

// sendRefund asks the wallet for a refund that was reserved and commits the answer. A
// refusal is the end of it only when no other call can have been executed. After the
// wallet has proven not to have it, a conflict means no.
func (e *Engine) sendRefund(ctx context.Context, o Order, number int, sent sending, once *Once[Order]) (Outcome[Order], error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	got, callErr := callWallet(ctx, e, p.Wallet, func(ctx context.Context, t *till) (wallet.Refund, error) {
		refunder, ok := wallet.As[wallet.Refunder](t.Wallet)
		if !ok {
			return wallet.Refund{}, fault.New(fault.Unavailable, "bridge.Refund", "The wallet can no longer refund.")
		}
		return refunder.Refund(ctx, wallet.RefundRequest{
			RequestID: r.RequestID, Payment: p.Ref(), Amount: o.Money(r.Amount), Paid: o.Money(p.Paid),
			Reason: r.Reason, NotifyURL: e.public + "/notify/" + p.Wallet, AskedAt: sent.prior, Books: o.refundBooks(r),
		})
	})
	verdict := judge(callErr)
	if sent.fresh && fault.KindOf(callErr) == fault.Conflict && callErr != nil {
		verdict = refused
	}
	outcome, err := e.settleWith(ctx, o.ID, once, func(c *Change) error {
		now := e.clock()
		calls := c.Order.Refunds[number-1].Calls
		got.RefundRef = wallet.RefundRef{RequestID: r.RequestID, RefundID: got.RefundID, Payment: p.Ref()}
		switch {
		case verdict == accepted:
			return c.Apply(e.news(FromWallet, p.Wallet, nil, &got), now)
		case verdict == refused && sent.final(calls):
			no := wallet.Refund{RefundRef: got.RefundRef, Status: wallet.RefundFailed, Code: fault.Of(callErr).Code}
			if err := c.Apply(e.news(FromWallet, p.Wallet, nil, &no), now); err != nil {
				return err
			}
			return declined("The wallet refused the refund.", callErr)
		case verdict == undone:
			c.recountRefund(number, calls.undone(), now)
		}
		c.due = nextLook(&c.Order, now, e.pace(&c.Order))
		return openFault(callErr)
	})
	outcome.Refund = number
	return outcome, err
}

// refundBooks are what the order's books say of a refund's payment.
func (o *Order) refundBooks(r *Refund) wallet.RefundBooks {
	books := wallet.RefundBooks{Amount: o.Money(r.Amount), Refunded: o.Money(0), Open: o.Money(0)}
	for i := range o.Refunds {
		switch other := &o.Refunds[i]; {
		case other.Payment != r.Payment || other.Number == r.Number:
		case other.Status == wallet.RefundSucceeded:
			books.Refunded.Minor += other.Amount
		case other.open():
			books.Open.Minor += other.Amount
		}
	}
	return books
}

// doubtRefunds asks for a person's attention to refunds that got no answer from a wallet
// that cannot be asked: repeating them could give money back twice.
func (e *Engine) doubtRefunds(c *Change) {
	now := e.clock()
	for _, r := range slices.Clone(c.Order.Refunds) {
		t := e.wallets[c.Order.Payments[r.Payment-1].Wallet]
		if t == nil || r.Status != wallet.RefundPending || r.taken() || e.underWay(r.Calls, r.CreatedAt) {
			continue
		}
		if r.Calls.doubtful() && !can[wallet.RefundQuerier](t.Wallet) {
			c.raiseRefund(r.Number, RefundUnconfirmed, nil, FromTime, now)
		}
	}
}
