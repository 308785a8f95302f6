package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Refund gives captured money back, wholly or in part. What was refunded and what is
// on its way together never exceed what was paid, however many ask at once. The same
// key asks for one refund; without a key each call is another.
//
// Faults: NotFound; Unsupported; Invalid above what is left; Conflict when nothing is
// left, when the wallet takes one refund at a time and this is the second, while the same refund is being asked for, or while the store was restored and
// holds money; KeyReused; Declined when the wallet refuses for sure, which gives the money
// back to what can be refunded; Unavailable and Unknown leave the refund pending, and it
// is completed by itself.
func (e *Engine) Refund(ctx context.Context, id bridge.OrderID, req bridge.RefundRequest, once *Once) (Outcome, error) {
	if done, ok, err := e.take(ctx, id, once); ok || err != nil {
		return done, err
	}
	if err := bridge.CheckTexts("engine.Refund", "reason", req.Reason); err != nil {
		return Outcome{}, err
	}
	if err := e.mayPayOut(ctx); err != nil {
		return Outcome{}, err
	}
	var failure error
	var again bool
	outcome, done, err := e.decide(ctx, id, func(c *bridge.Change, outcome *Outcome) error {
		failure, again = nil, false
		if r := c.Order.RefundOf(once); r != nil {
			again = true
			return e.resumeRefund(c, r, outcome, once)
		}
		if failure = e.inTurn(&c.Order, &req); failure != nil {
			return nil
		}
		outcome.Refund, failure = c.ReserveRefund(&req, once.Mark(), e.canRefund, e.clock())
		if failure == nil {
			c.Due = e.clock().Add(e.timeout + bridge.BusyGrace) // a look before that would find the call under way
		}
		return nil // the flag of a refund that is impossible is committed
	})
	order := outcome.Subject
	switch {
	case done:
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
	return t != nil && outbound.Can[wallet.Refunder](t.Wallet)
}

// inTurn refuses a refund for now at a wallet that takes one of a payment at a time.
//
// Faults: Conflict.
func (e *Engine) inTurn(o *bridge.Order, req *bridge.RefundRequest) error {
	p, _, err := o.Refundable(req, e.canRefund)
	if err != nil {
		return nil // as reserveRefund says
	}
	serial, ok := wallet.As[wallet.SerialRefunder](e.wallets[p.Wallet].Wallet)
	if !ok {
		return nil
	}
	for i := range o.Refunds {
		r := &o.Refunds[i]
		wait := r.Calls.Since(r.CreatedAt).Add(serial.RefundGap()).Sub(e.clock())
		switch {
		case r.Payment != p.Number || r.RequestID == "":
		case r.Open():
			return fault.New(fault.Conflict, "engine.Refund", "The wallet takes one refund at a time, and one of this payment has not ended.")
		case wait > 0:
			return &fault.Error{
				Kind: fault.Conflict, Op: "engine.Refund", RetryAfter: wait,
				Detail: "The wallet takes one refund at a time, and one of this payment has just ended.",
			}
		}
	}
	return nil
}

// superseded says that a wallet that knows no request ids cannot tell a refund, whose id
// there was never learnt, from a later one of the same payment: it would answer with that.
func superseded(t *outbound.Wallet, o *bridge.Order, r *bridge.Refund) bool {
	if _, serial := wallet.As[wallet.SerialRefunder](t.Wallet); !serial || r.WalletRefundID != "" {
		return false
	}
	return slices.ContainsFunc(o.Refunds[r.Number:], func(later bridge.Refund) bool {
		return later.Payment == r.Payment && later.RequestID != ""
	})
}

// resumeRefund decides how a request goes on whose refund was begun before: with its
// answer when the wallet has spoken, later while it may be speaking, or by asking it
// again.
func (e *Engine) resumeRefund(c *bridge.Change, r *bridge.Refund, outcome *Outcome, once *Once) error {
	outcome.Refund = r.Number
	switch {
	case r.Status == wallet.RefundFailed:
		failure := &fault.Error{Kind: fault.Declined, Op: "engine.Refund", Code: r.Code, Detail: "The wallet refused the refund."}
		outcome.Answer = once.Keep(&c.Answer, c.Order, failure)
	case r.Status != wallet.RefundPending || r.Accepted():
		outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
	case e.underWay(r.Calls, r.CreatedAt):
		return bridge.ErrBusy()
	}
	return nil
}

// repeatRefund goes on with a refund that may have been made. The wallet is asked first,
// and only when it is sure not to have it, it is asked for it again.
func (e *Engine) repeatRefund(ctx context.Context, o bridge.Order, number int, once *Once) (Outcome, error) {
	f, err := e.askRefund(ctx, &o, number)
	if err != nil {
		return Outcome{Subject: o, Refund: number}, outbound.OpenFault(err)
	}
	if !f.absent {
		outcome, err := e.settleWith(ctx, o.ID, once, func(c *bridge.Change) error { return e.applyFinding(c, &f) })
		outcome.Refund = number
		return outcome, err
	}
	order, sent, err := e.reserveRepeat(ctx, o.ID, &f)
	if err != nil || sent == nil {
		return Outcome{Subject: order, Refund: number}, cmp.Or(err, outbound.ErrOpen())
	}
	return e.sendRefund(ctx, order, number, *sent, once)
}

// reserveRepeat counts one more call for a refund that its wallet does not have, unless
// it may still lag behind an earlier one, or another has asked meanwhile: then there is
// nothing to send.
func (e *Engine) reserveRepeat(ctx context.Context, id bridge.OrderID, f *finding) (bridge.Order, *sending, error) {
	if err := e.mayPayOut(ctx); err != nil {
		return bridge.Order{ID: id}, nil, err
	}
	var sent *sending
	order, err := e.update(ctx, id, func(c *bridge.Change) error {
		sent = nil
		r := c.Order.Refunds[f.refund-1]
		if r.Status != wallet.RefundPending || r.Accepted() || !e.conclusive(f, r.Calls, r.CreatedAt) {
			return nil
		}
		sent = &sending{Calls: r.Calls.Absent().Again(e.clock()), fresh: true}
		c.RecountRefund(r.Number, sent.Calls, e.clock())
		c.Due = e.clock().Add(e.timeout + bridge.BusyGrace)
		return nil
	})
	return order, sent, err
}

// sendRefund asks the wallet for a refund that was reserved and commits the answer. A
// refusal is the end of it only when no other call can have been executed. After the
// wallet has proven not to have it, a conflict means no.
func (e *Engine) sendRefund(ctx context.Context, o bridge.Order, number int, sent sending, once *Once) (Outcome, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	got, callErr := outbound.CallNamed(ctx, e.wallets, p.Wallet, func(ctx context.Context, t *outbound.Wallet) (wallet.Refund, error) {
		refunder, ok := wallet.As[wallet.Refunder](t.Wallet)
		if !ok {
			return wallet.Refund{}, fault.New(fault.Unavailable, "engine.Refund", "The wallet can no longer refund.")
		}
		return refunder.Refund(ctx, wallet.RefundRequest{
			RequestID: r.RequestID, Payment: p.Ref(), Amount: o.Money(r.Amount), Paid: o.Money(p.Paid),
			Reason: r.Reason, NotifyURL: e.public + "/notify/" + p.Wallet, AskedAt: sent.prior, Books: o.RefundBooks(r),
		})
	})
	verdict := outbound.Judge(callErr)
	if sent.fresh && fault.KindOf(callErr) == fault.Conflict && callErr != nil {
		verdict = outbound.Refused
	}
	answer := func(got wallet.Refund) bridge.News {
		got.RefundRef = wallet.RefundRef{RequestID: r.RequestID, RefundID: got.RefundID, Payment: p.Ref()}
		return e.news(bridge.FromWallet, p.Wallet, nil, &got)
	}
	outcome, err := e.settle(ctx, o.ID, once, sent, verdict, callErr, settlement{
		calls:   func(o *bridge.Order) *bridge.Calls { return &o.Refunds[number-1].Calls },
		accept:  func(c *bridge.Change) error { return c.Apply(answer(got), e.clock()) },
		recount: func(c *bridge.Change, calls bridge.Calls) { c.RecountRefund(number, calls, e.clock()) },
		refuse: func(c *bridge.Change, code string) error {
			if err := c.Apply(answer(wallet.Refund{RefundRef: got.RefundRef, Status: wallet.RefundFailed, Code: code}), e.clock()); err != nil {
				return err
			}
			return outbound.Declined("The wallet refused the refund.", callErr)
		},
		wait: func(c *bridge.Change) { c.Due = bridge.NextLook(&c.Order, e.clock(), e.pace(&c.Order)) },
	})
	outcome.Refund = number
	return outcome, err
}

// doubtRefunds asks for a person's attention to refunds that got no answer from a wallet
// that cannot be asked: repeating them could give money back twice.
func (e *Engine) doubtRefunds(c *bridge.Change) {
	now := e.clock()
	for _, r := range slices.Clone(c.Order.Refunds) {
		t := e.wallets[c.Order.Payments[r.Payment-1].Wallet]
		if t == nil || r.Status != wallet.RefundPending || r.Accepted() || e.underWay(r.Calls, r.CreatedAt) {
			continue
		}
		if r.Calls.Doubtful() && !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			c.RaiseRefund(r.Number, bridge.RefundUnconfirmed, nil, bridge.FromTime, now)
		}
	}
}
