package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Refund returns captured money to the payer, wholly or in part. Refunds that succeeded and
// that are pending never exceed what was paid, however many callers there are at once. The
// same key makes one refund; without a key each call is another refund. A refund above a limit
// of the app waits for approval and is not sent; see ApproveRefund.
//
// Faults: NotFound; Unsupported; Invalid above what is left; KeyReused; Conflict when nothing
// is left, when the wallet takes one refund at a time and one has not ended, while a call for
// the same refund is under way, or while refunds are held after a restore; Declined after a
// refusal that proves that nothing was executed, which makes the sum refundable again;
// Unavailable and Unknown leave the refund pending, and reconciliation completes it.
func (e *Engine) Refund(ctx context.Context, id bridge.OrderID, req refund.Request, once *Once) (Outcome, error) {
	if done, ok, err := e.take(ctx, id, once); ok || err != nil {
		return done, err
	}
	if err := input.CheckTexts("engine.Refund", "reason", req.Reason); err != nil {
		return Outcome{}, err
	}
	if err := e.mayPayOut(ctx); err != nil {
		return Outcome{}, err
	}
	guard, err := e.guardRefund(ctx, id, &req, once)
	if err != nil {
		return Outcome{}, err
	}
	req.Guard = guard.Guard
	var failure error
	var again bool
	outcome, done, err := e.decide(ctx, id, func(c *bridge.Change, outcome *Outcome) error {
		failure, again = nil, false
		if r := c.Order.RefundOf(once.KeyDigest()); r != nil {
			again = true
			return e.resumeRefund(c, r, outcome, once)
		}
		if err := checkVersion(ctx, &c.Order); err != nil {
			return err
		}
		failure = e.reserveRefund(c, &req, outcome, once)
		return nil // the flag of a refund that is impossible is committed
	})
	order := outcome.Subject
	waits := err == nil && failure == nil && order.Refunds[outcome.Refund-1].Awaiting()
	if !again && (waits || failure != nil || fault.KindOf(err) == fault.Conflict) {
		e.forget(ctx, &guard)
	}
	switch {
	case done || waits:
		return outcome, err
	case failure != nil:
		return outcome, failure
	case again:
		return e.repeatRefund(ctx, order, outcome.Refund, once)
	}
	return e.sendRefund(ctx, order, outcome.Refund, sending{Calls: order.Refunds[outcome.Refund-1].Calls}, once)
}

// reserveRefund reserves a refund: one that waits for approval has its answer, and the others
// are to be sent.
//
// Faults: those of checkSerialRefund and refund.Reserve.
func (e *Engine) reserveRefund(c *bridge.Change, req *refund.Request, outcome *Outcome, once *Once) (err error) {
	if err := e.checkSerialRefund(&c.Order, req); err != nil {
		return err
	}
	if outcome.Refund, err = refund.Reserve(c, req, once.KeyDigest(), e.canRefund, e.clock()); err != nil {
		return err
	}
	if c.Order.Refunds[outcome.Refund-1].Awaiting() {
		outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
		return nil
	}
	c.Due = e.clock().Add(e.timeout + schedule.BusyGrace) // an earlier query would find the call under way
	return nil
}

// canRefund reports whether a wallet is configured and can refund.
func (e *Engine) canRefund(walletName string) bool {
	t := e.wallets[walletName]
	return t != nil && outbound.Can[wallet.Refunder](t.Wallet)
}

// checkSerialRefund refuses a refund while another one of the payment is open or has just
// ended, at a wallet that takes one refund of a payment at a time.
//
// Faults: Conflict.
func (e *Engine) checkSerialRefund(o *bridge.Order, req *refund.Request) error {
	p, _, err := refund.Refundable(o, req, e.canRefund)
	if err != nil {
		return nil // refund.Reserve returns the fault
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
		case !r.Sent():
		case wait > 0:
			return &fault.Error{
				Kind: fault.Conflict, Op: "engine.Refund", RetryAfter: wait,
				Detail: "The wallet takes one refund at a time, and one of this payment has just ended.",
			}
		}
	}
	return nil
}

// superseded reports whether the wallet would answer a query about a refund with a later
// refund of the same payment: it knows no request ids, and the refund's id at the wallet is
// not known.
func superseded(t *outbound.Wallet, o *bridge.Order, r *bridge.Refund) bool {
	if _, serial := wallet.As[wallet.SerialRefunder](t.Wallet); !serial || r.WalletRefundID != "" {
		return false
	}
	return slices.ContainsFunc(o.Refunds[r.Number:], func(later bridge.Refund) bool {
		return later.Payment == r.Payment && later.RequestID != "" && later.Sent()
	})
}

// resumeRefund decides how to resume a request whose refund was reserved before: with its
// answer when the wallet has accepted or ended it, with Conflict while a call is under way,
// or else by sending it again.
func (e *Engine) resumeRefund(c *bridge.Change, r *bridge.Refund, outcome *Outcome, once *Once) error {
	outcome.Refund = r.Number
	switch {
	case r.Status == wallet.RefundFailed:
		outcome.Answer = once.Keep(&c.Answer, c.Order, refusedRefund(r))
	case r.Status != wallet.RefundPending || r.Accepted():
		outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
	case e.underWay(r.Calls, r.CreatedAt):
		return idempotency.ErrBusy()
	}
	return nil
}

// repeatRefund resumes a refund that may have been executed. It queries the refund first, and
// sends it again only when the answer proves that the wallet does not have it.
func (e *Engine) repeatRefund(ctx context.Context, o bridge.Order, number int, once *Once) (Outcome, error) {
	f, err := e.queryRefund(context.WithoutCancel(ctx), &o, number)
	if err != nil {
		return Outcome{Subject: o, Refund: number}, outbound.OpenFault(err)
	}
	if !f.absent {
		outcome, err := e.settleWith(ctx, o.ID, once, func(c *bridge.Change) error { return e.applyFinding(c, &f) })
		outcome.Refund = number
		return outcome, err
	}
	order, sent, err := e.reserveRefundAgain(ctx, o.ID, &f)
	if err != nil || sent == nil {
		return Outcome{Subject: order, Refund: number}, cmp.Or(err, outbound.ErrOpen())
	}
	return e.sendRefund(ctx, order, number, *sent, once)
}

// reserveRefundAgain counts one more call for a refund that its wallet does not have. It
// returns nil when the wallet may still lag behind an earlier call, or when another caller
// has sent the refund meanwhile.
func (e *Engine) reserveRefundAgain(ctx context.Context, id bridge.OrderID, f *finding) (bridge.Order, *sending, error) {
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
		c.RecordRefundCalls(r.Number, sent.Calls, e.clock())
		c.Due = e.clock().Add(e.timeout + schedule.BusyGrace)
		return nil
	})
	return order, sent, err
}

// sendRefund sends a refund that was reserved, and commits the answer. A refusal ends the
// refund only when no other call can have been executed. After the wallet has proved that it
// does not have the refund, Conflict counts as a refusal.
func (e *Engine) sendRefund(ctx context.Context, o bridge.Order, number int, sent sending, once *Once) (Outcome, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	got, callErr := outbound.CallNamed(ctx, e.wallets, p.Wallet, outbound.RefundPayment, func(ctx context.Context, t *outbound.Wallet) (wallet.Refund, error) {
		refunder, ok := wallet.As[wallet.Refunder](t.Wallet)
		if !ok {
			return wallet.Refund{}, fault.New(fault.Unavailable, "engine.Refund", "The wallet can no longer refund.")
		}
		return refunder.Refund(ctx, wallet.RefundRequest{
			RequestID: r.RequestID, Payment: p.Ref(), Amount: o.Money(r.Amount), Paid: o.Money(p.Paid),
			Reason: r.Reason, NotifyURL: e.public + "/notify/" + p.Wallet, LastSentAt: sent.prior, Books: refund.Books(&o, r),
		})
	})
	verdict := outbound.Judge(callErr)
	if sent.fresh && fault.KindOf(callErr) == fault.Conflict && callErr != nil {
		verdict = outbound.Refused
	}
	outcome, err := e.settle(ctx, o.ID, once, called{sent, verdict, callErr, false}, &refunded{e: e, r: r, p: p, got: got, err: callErr})
	outcome.Refund = number
	return outcome, err
}

// refunded settles a refund.
type refunded struct {
	usual
	e   *Engine
	r   *bridge.Refund // as it was reserved
	p   *bridge.Payment
	got wallet.Refund
	err error
}

func (s *refunded) calls(o *bridge.Order) *bridge.Calls { return &o.Refunds[s.r.Number-1].Calls }

func (s *refunded) accept(c *bridge.Change) error { return s.apply(c, s.got) }

func (s *refunded) apply(c *bridge.Change, got wallet.Refund) error {
	got.RefundRef = wallet.RefundRef{RequestID: s.r.RequestID, RefundID: got.RefundID, Payment: s.p.Ref()}
	return c.Apply(s.e.news(bridge.FromWallet, s.p.Wallet, nil, &got), s.e.clock())
}

func (s *refunded) recordCalls(c *bridge.Change, calls bridge.Calls) {
	c.RecordRefundCalls(s.r.Number, calls, s.e.clock())
}

func (s *refunded) refuse(c *bridge.Change, code string) error {
	if err := s.apply(c, wallet.Refund{RefundRef: s.got.RefundRef, Status: wallet.RefundFailed, Code: code}); err != nil {
		return err
	}
	return outbound.Declined("The wallet refused the refund.", s.err)
}

func (s *refunded) wait(c *bridge.Change) {
	c.Due = schedule.Next(&c.Order, s.e.clock(), s.e.pace(&c.Order))
}

// raiseUnconfirmedRefunds raises a flag about refunds that got no answer from a wallet
// without a refund query: a repeat could refund the money twice.
func (e *Engine) raiseUnconfirmedRefunds(c *bridge.Change) {
	now := e.clock()
	for _, r := range slices.Clone(c.Order.Refunds) {
		t := e.wallets[c.Order.Payments[r.Payment-1].Wallet]
		if t == nil || r.Status != wallet.RefundPending || r.Accepted() || e.underWay(r.Calls, r.CreatedAt) {
			continue
		}
		if r.Calls.Unconfirmed() && !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			c.RaiseRefundAttention(r.Number, bridge.RefundUnconfirmed, nil, bridge.FromTime, now)
		}
	}
}
