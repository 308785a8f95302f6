package engine

import (
	"cmp"
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Capture captures held money, wholly or in part. The same request again resumes a capture
// that is open.
//
// Faults: NotFound; Unsupported; Invalid above what is held; Conflict when nothing is held,
// another operation is open or a call is under way; KeyReused; Declined after a refusal
// that proves that nothing was executed; Unavailable and Unknown leave the operation open,
// and reconciliation completes it.
func (e *Engine) Capture(ctx context.Context, id bridge.OrderID, req CaptureRequest, once *Once) (Outcome, error) {
	return e.operate(ctx, id, bridge.Operation{Amount: req.Amount.Minor}, req.Amount.Currency, req.Source, once)
}

// Void releases held money, also money that is held though its payment has ended. Its faults
// are those of Capture.
func (e *Engine) Void(ctx context.Context, id bridge.OrderID, source bridge.Source, once *Once) (Outcome, error) {
	return e.operate(ctx, id, bridge.Operation{Void: true}, "", source, once)
}

// operate reserves a capture or void and sends it, or resumes the one that is open.
func (e *Engine) operate(ctx context.Context, id bridge.OrderID, want bridge.Operation, currency wallet.Currency, source bridge.Source, once *Once) (Outcome, error) {
	var number int
	var again bool
	outcome, done, err := e.begin(ctx, id, once, func(c *bridge.Change, outcome *Outcome) (err error) {
		if p := c.Order.OperatedOn(once.KeyDigest()); p != nil && p.Operation == nil {
			outcome.Answer = once.Keep(&c.Answer, c.Order, p.OperationFault())
			return nil
		}
		if c.Order.OperatedOn(once.KeyDigest()) == nil {
			if err := checkVersion(ctx, &c.Order); err != nil {
				return err
			}
		}
		if c.Order.BusyUntil.After(e.clock()) {
			return idempotency.ErrBusy()
		}
		if p := c.Order.HeldPayment(); p != nil {
			if err := e.canOperate(p.Wallet, want.Void); err != nil {
				return err
			}
		}
		number, again, err = c.ReserveOperation(want, currency, source, once.KeyDigest(), e.clock())
		if err == nil && !again {
			c.Order.BusyUntil = e.clock().Add(e.timeout + schedule.BusyGrace)
		}
		return err
	})
	order := outcome.Subject
	switch {
	case done:
		return outcome, err
	case again:
		return e.repeatOperation(ctx, order, number, once)
	}
	return e.sendOperation(ctx, order, number, sending{Calls: order.Payment(number).Operation.Calls}, once)
}

// canOperate checks that a wallet is configured and can capture or void.
//
// Faults: Unavailable; Unsupported.
func (e *Engine) canOperate(walletName string, void bool) error {
	t, err := e.wallets.Named(walletName)
	if err != nil {
		return err
	}
	if void && !outbound.Can[wallet.Voider](t.Wallet) || !void && !outbound.Can[wallet.Capturer](t.Wallet) {
		return fault.New(fault.Unsupported, "engine.operate", "This wallet cannot do that.")
	}
	return nil
}

// repeatOperation resumes a capture or void that may have been executed. It queries the
// payment first. It sends the operation again only when the answer proves that the money is
// still held, or when the money was captured and the wallet does not return the sum.
func (e *Engine) repeatOperation(ctx context.Context, o bridge.Order, number int, once *Once) (Outcome, error) {
	op := o.Payment(number).Operation
	if e.underWay(op.Calls, op.Calls.LastSentAt) {
		return Outcome{Subject: o}, idempotency.ErrBusy()
	}
	f := finding{payment: number, calls: op.Calls}
	if op.Calls.Unconfirmed() {
		var err error
		if f, err = e.queryPayment(context.WithoutCancel(ctx), &o, number, o.Payment(number).Ref(), ""); err != nil {
			return Outcome{Subject: o}, outbound.OpenFault(err)
		}
	}
	outcome, err := e.settleWith(ctx, o.ID, once, func(c *bridge.Change) error {
		if err := e.applyFinding(c, &f); err != nil {
			return err
		}
		if p := c.Order.Payment(number); p.Operation != nil {
			return outbound.ErrOpen()
		}
		return c.Order.Payment(number).OperationFault()
	})
	if p := outcome.Subject.Payment(number); p == nil || p.Operation == nil || outcome.Answer != nil {
		return outcome, err
	}
	order, sent, reserveErr := e.reserveOperationAgain(ctx, o.ID, &f)
	if reserveErr != nil || sent == nil {
		return Outcome{Subject: order}, cmp.Or(reserveErr, outbound.ErrOpen())
	}
	return e.sendOperation(ctx, order, number, *sent, once)
}

// reserveOperationAgain counts one more call for an operation that its wallet has not
// executed. It returns nil when the wallet may still lag behind an earlier call, or when
// another caller has sent the operation meanwhile.
func (e *Engine) reserveOperationAgain(ctx context.Context, id bridge.OrderID, f *finding) (bridge.Order, *sending, error) {
	var sent *sending
	order, err := e.update(ctx, id, func(c *bridge.Change) error {
		sent = nil
		p := c.Order.Payment(f.payment)
		op := p.Operation
		if op == nil || f.absent || c.Order.BusyUntil.After(e.clock()) {
			return nil
		}
		calls := op.Calls
		var status wallet.Status
		if f.news.Payment != nil {
			status = f.news.Payment.Status
		}
		switch {
		case !calls.Unconfirmed() && f.calls.Same(calls): // surely not executed: this is the first call
			sent = &sending{Calls: calls.Again(e.clock())}
		case status == wallet.Authorized && e.conclusive(f, calls, op.Calls.LastSentAt):
			sent = &sending{Calls: calls.Absent().Again(e.clock()), fresh: true}
		case status == wallet.Paid && !op.Void && f.calls.Same(calls):
			sent = &sending{Calls: calls.Again(e.clock()), prior: calls.LastSentAt} // only to learn the sum
		default:
			return nil
		}
		c.RecordCalls(p.Number, sent.Calls, true, e.clock())
		c.Order.BusyUntil = e.clock().Add(e.timeout + schedule.BusyGrace)
		return nil
	})
	return order, sent, err
}

// operationOf is the capture or void that its wallet is called with.
func operationOf(op *bridge.Operation) outbound.Operation {
	if op.Void {
		return outbound.VoidPayment
	}
	return outbound.CapturePayment
}

// sendOperation sends a capture or void that was reserved, and commits the answer.
func (e *Engine) sendOperation(ctx context.Context, o bridge.Order, number int, sent sending, once *Once) (Outcome, error) {
	p := o.Payment(number)
	op := *p.Operation
	got, callErr := outbound.CallNamed(ctx, e.wallets, p.Wallet, operationOf(&op), func(ctx context.Context, t *outbound.Wallet) (wallet.Payment, error) {
		if err := e.canOperate(p.Wallet, op.Void); err != nil {
			return wallet.Payment{}, fault.Wrap(fault.Unavailable, "engine.operate", err)
		}
		if op.Void {
			return t.Wallet.(wallet.Voider).Void(ctx, wallet.VoidRequest{RequestID: op.RequestID, Payment: p.Ref()})
		}
		return t.Wallet.(wallet.Capturer).Capture(ctx, wallet.CaptureRequest{
			RequestID: op.RequestID, Payment: p.Ref(), Amount: o.Money(op.Amount),
		})
	})
	call := called{sent, outbound.Judge(callErr), callErr, true}
	return e.settle(ctx, o.ID, once, call, &operated{e: e, p: p, op: op, got: got, err: callErr})
}

// operated settles a capture or void.
type operated struct {
	usual
	e   *Engine
	p   *bridge.Payment
	op  bridge.Operation
	got wallet.Payment
	err error
}

func (s *operated) calls(o *bridge.Order) *bridge.Calls {
	if open := o.Payment(s.p.Number).Operation; open != nil && open.RequestID == s.op.RequestID {
		return &open.Calls
	}
	return nil
}

func (s *operated) accept(c *bridge.Change) error {
	got := s.got
	got.RequestID = s.p.RequestID
	news := s.e.news(bridge.FromWallet, s.p.Wallet, &got, nil)
	news.Operation = s.op.RequestID
	return c.Apply(news, s.e.clock())
}

func (s *operated) ended(o *bridge.Order) error { return o.Payment(s.p.Number).OperationFault() }

func (s *operated) recordCalls(c *bridge.Change, calls bridge.Calls) {
	c.RecordCalls(s.p.Number, calls, true, s.e.clock())
}

func (s *operated) refuse(c *bridge.Change, code string) error {
	c.RefuseOperation(s.p.Number, code, s.e.clock())
	return outbound.Declined("The wallet refused the operation.", s.err)
}

// raiseUnconfirmedOperations raises a flag about captures and voids that got no answer from
// a wallet without a status query.
func (e *Engine) raiseUnconfirmedOperations(c *bridge.Change) {
	for i := range c.Order.Payments {
		p := c.Order.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || p.Operation == nil || outbound.CanQuery(t) || !p.Operation.Calls.Unconfirmed() || e.underWay(p.Operation.Calls, p.Operation.Calls.LastSentAt) {
			continue
		}
		c.RaisePaymentAttention(p.Number, bridge.OperationUnresolved, nil, bridge.News{Source: bridge.FromTime}, e.clock())
	}
}
