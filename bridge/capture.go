package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// CaptureRequest asks for held money to be taken.
type CaptureRequest struct {
	Amount wallet.Money // zero: all of it; less lets the rest go
	Source Source
}

// Capture takes money that is held. Asking again for the same resumes what is open.
//
// Faults: NotFound; Unsupported; Invalid above what is held; Conflict when nothing is
// held, another operation is open or a call is under way; KeyReused; Declined when the
// wallet refuses for sure; Unavailable and Unknown leave the operation open, and it is
// completed by itself.
func (e *Engine) Capture(ctx context.Context, id OrderID, req CaptureRequest, once *Once[Order]) (Outcome[Order], error) {
	return e.operate(ctx, id, Operation{Amount: req.Amount.Minor}, req.Amount.Currency, req.Source, once)
}

// Void lets held money go again, also money that is held though its payment has ended.
// Its faults are those of Capture.
func (e *Engine) Void(ctx context.Context, id OrderID, source Source, once *Once[Order]) (Outcome[Order], error) {
	return e.operate(ctx, id, Operation{Void: true}, "", source, once)
}

func (e *Engine) operate(ctx context.Context, id OrderID, want Operation, currency wallet.Currency, source Source, once *Once[Order]) (Outcome[Order], error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	var outcome Outcome[Order]
	var number int
	var again bool
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		outcome = Outcome[Order]{}
		if p := c.Order.operatedOn(once); p != nil && p.Operation == nil {
			outcome.Answer = once.keep(&c.Answer, c.Order, p.operationFault())
			return nil
		}
		if c.Order.BusyUntil.After(e.clock()) {
			return errBusy()
		}
		if p := c.Order.heldPayment(); p != nil {
			if err := e.canOperate(p.Wallet, want.Void); err != nil {
				return err
			}
		}
		number, again, err = c.reserveOperation(want, currency, source, once.mark(), e.clock())
		if err == nil && !again {
			c.Order.BusyUntil = e.clock().Add(e.timeout + busyGrace)
		}
		return err
	})
	outcome.Subject = order
	switch {
	case err != nil || outcome.Answer != nil:
		return outcome, err
	case again:
		return e.repeatOperation(ctx, order, number, once)
	}
	return e.sendOperation(ctx, order, number, sending{Calls: order.Payment(number).Operation.Calls}, once)
}

// operationFault is what became of an operation that was asked for before.
func (p *Payment) operationFault() error {
	if !p.held() {
		return nil
	}
	return &fault.Error{Kind: fault.Declined, Op: "bridge.operate", Code: p.Code, Detail: "The wallet refused the operation."}
}

func (e *Engine) canOperate(walletName string, void bool) error {
	t, err := e.reach(walletName)
	if err != nil {
		return err
	}
	if void && !can[wallet.Voider](t.Wallet) || !void && !can[wallet.Capturer](t.Wallet) {
		return fault.New(fault.Unsupported, "bridge.operate", "This wallet cannot do that.")
	}
	return nil
}

// repeatOperation goes on with a capture or void that may have been executed. The wallet
// is asked how the payment stands first; only when the money is still held for sure, or
// when it was taken and the wallet does not say how much, the operation is sent again.
func (e *Engine) repeatOperation(ctx context.Context, o Order, number int, once *Once[Order]) (Outcome[Order], error) {
	op := o.Payment(number).Operation
	if e.underWay(op.Calls, op.Calls.AskedAt) {
		return Outcome[Order]{Subject: o}, errBusy()
	}
	f := finding{payment: number, calls: op.Calls}
	if op.Calls.doubtful() {
		var err error
		if f, err = e.askPayment(ctx, &o, number, o.Payment(number).Ref(), ""); err != nil {
			return Outcome[Order]{Subject: o}, openFault(err)
		}
	}
	outcome, err := e.settleWith(ctx, o.ID, once, func(c *Change) error {
		if err := e.applyFinding(c, &f); err != nil {
			return err
		}
		if p := c.Order.Payment(number); p.Operation != nil {
			return errOpen()
		}
		return c.Order.Payment(number).operationFault()
	})
	if p := outcome.Subject.Payment(number); p == nil || p.Operation == nil || outcome.Answer != nil {
		return outcome, err
	}
	order, sent, reserveErr := e.reserveOperationAgain(ctx, o.ID, &f)
	if reserveErr != nil || sent == nil {
		return Outcome[Order]{Subject: order}, cmpOr(reserveErr, errOpen())
	}
	return e.sendOperation(ctx, order, number, *sent, once)
}

// reserveOperationAgain counts one more call for an operation that its wallet has not
// executed, unless it may still lag behind an earlier one, or another has asked
// meanwhile.
func (e *Engine) reserveOperationAgain(ctx context.Context, id OrderID, f *finding) (Order, *sending, error) {
	var sent *sending
	order, err := e.update(ctx, id, func(c *Change) error {
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
		case !calls.doubtful() && f.calls.same(calls): // surely not executed: this is the first call
			sent = &sending{Calls: calls.again(e.clock())}
		case status == wallet.Authorized && e.conclusive(f, calls, op.Calls.AskedAt):
			sent = &sending{Calls: calls.absent().again(e.clock()), fresh: true}
		case status == wallet.Paid && !op.Void && f.calls.same(calls):
			sent = &sending{Calls: calls.again(e.clock()), prior: calls.AskedAt} // only to learn the sum
		default:
			return nil
		}
		c.recount(p.Number, sent.Calls, true, e.clock())
		c.Order.BusyUntil = e.clock().Add(e.timeout + busyGrace)
		return nil
	})
	return order, sent, err
}

// sendOperation asks the wallet for what was reserved and commits the answer.
func (e *Engine) sendOperation(ctx context.Context, o Order, number int, sent sending, once *Once[Order]) (Outcome[Order], error) {
	p := o.Payment(number)
	op := *p.Operation
	got, callErr := callWallet(ctx, e, p.Wallet, func(ctx context.Context, t *till) (wallet.Payment, error) {
		if err := e.canOperate(p.Wallet, op.Void); err != nil {
			return wallet.Payment{}, fault.Wrap(fault.Unavailable, "bridge.operate", err)
		}
		if op.Void {
			return t.Wallet.(wallet.Voider).Void(ctx, wallet.VoidRequest{RequestID: op.RequestID, Payment: p.Ref()})
		}
		return t.Wallet.(wallet.Capturer).Capture(ctx, wallet.CaptureRequest{
			RequestID: op.RequestID, Payment: p.Ref(), Amount: o.Money(op.Amount),
		})
	})
	return e.settleWith(ctx, o.ID, once, func(c *Change) error {
		c.free()
		now := e.clock()
		open := c.Order.Payment(number).Operation
		switch verdict := judge(callErr); {
		case verdict == accepted:
			got.RequestID = p.RequestID
			news := e.news(FromWallet, p.Wallet, &got, nil)
			news.Operation = op.RequestID
			return c.Apply(news, now)
		case open == nil || open.RequestID != op.RequestID: // news was quicker than the answer
			return c.Order.Payment(number).operationFault()
		case verdict == refused && sent.final(open.Calls):
			c.refuseOperation(number, fault.Of(callErr).Code, now)
			return declined("The wallet refused the operation.", callErr)
		case verdict == undone:
			c.recount(number, open.Calls.undone(), true, now)
		}
		return openFault(callErr)
	})
}

// doubtOperations asks for a person's attention to captures and voids that got no answer
// from a wallet that cannot be asked.
func (e *Engine) doubtOperations(c *Change) {
	for i := range c.Order.Payments {
		p := c.Order.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || p.Operation == nil || canAsk(t) || !p.Operation.Calls.doubtful() || e.underWay(p.Operation.Calls, p.Operation.Calls.AskedAt) {
			continue
		}
		c.raise(p.Number, OperationUnresolved, nil, News{Source: FromTime}, e.clock())
	}
}
