package bridge

import (
	"context"
	"time"

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
// held, another operation is open or a call is under way; KeyReused; Declined;
// Unavailable and Unknown leave the operation open, and it is completed by itself.
func (e *Engine) Capture(ctx context.Context, id OrderID, req CaptureRequest, once *Once) (Outcome, error) {
	return e.operate(ctx, id, Operation{Amount: req.Amount.Minor}, req.Amount.Currency, req.Source, once)
}

// Void lets held money go again. Its faults are those of Capture.
func (e *Engine) Void(ctx context.Context, id OrderID, source Source, once *Once) (Outcome, error) {
	return e.operate(ctx, id, Operation{Void: true}, "", source, once)
}

func (e *Engine) operate(ctx context.Context, id OrderID, want Operation, currency wallet.Currency, source Source, once *Once) (Outcome, error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	var outcome Outcome
	var failure error
	var number int
	order, err := e.update(ctx, id, func(c *Change) (err error) {
		outcome, failure = Outcome{}, nil
		if p := c.Order.operatedOn(once); p != nil && p.Operation == nil {
			failure = p.operationFault()
			outcome.Answer = once.keep(c, failure)
			return nil
		}
		number, err = e.reserve(c, want, currency, source, once.mark())
		return err
	})
	outcome.Order = order
	if err != nil || outcome.Answer != nil {
		return outcome, err
	}
	return e.runOperation(ctx, order, number, once)
}

// operationFault is what became of an operation that was asked for before.
func (p *Payment) operationFault() error {
	if p.Status != wallet.Authorized {
		return nil
	}
	return &fault.Error{Kind: fault.Declined, Op: "bridge.operate", Code: p.Code, Detail: "The wallet refused the operation."}
}

// reserve writes down what will be asked before it is asked.
func (e *Engine) reserve(c *Change, want Operation, currency wallet.Currency, source Source, mark string) (int, error) {
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
		next.Operation, next.Mark = &want, mark
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
	t := e.wallets[walletName]
	if t == nil || void && !can[wallet.Voider](t.Wallet) || !void && !can[wallet.Capturer](t.Wallet) {
		return fault.New(fault.Unsupported, "bridge.operate", "This wallet cannot do that.")
	}
	return nil
}

// runOperation asks the wallet for what was reserved and commits the answer.
func (e *Engine) runOperation(ctx context.Context, o Order, number int, once *Once) (Outcome, error) {
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
	return e.settleWith(ctx, o.ID, once, func(c *Change) error {
		c.free()
		switch judge(callErr) {
		case accepted:
			got.RequestID = p.RequestID
			return c.Apply(News{Source: FromWallet, Wallet: p.Wallet, Payment: &got}, e.clock())
		case refused:
			c.refuseOperation(number, fault.Of(callErr).Code, e.clock())
			return declined("The wallet refused the operation.", callErr)
		}
		return openFault(callErr)
	})
}

// settleWith commits what apply makes of a wallet's answer, and the answer to the
// request with it. The fault of apply says what became of the request and undoes
// nothing.
func (e *Engine) settleWith(ctx context.Context, id OrderID, once *Once, apply func(c *Change) error) (Outcome, error) {
	var outcome Outcome
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		failure = apply(c)
		outcome = Outcome{Answer: once.keep(c, failure)}
		return nil
	})
	outcome.Order = order
	switch {
	case err != nil:
		return Outcome{Order: order}, err
	case outcome.Answer != nil:
		return outcome, nil
	}
	return outcome, failure
}

// refuseOperation forgets an operation that the wallet has refused; the money is still
// held.
func (c *Change) refuseOperation(number int, code string, now time.Time) {
	if next := *c.Order.Payment(number); next.Operation != nil {
		next.Operation, next.Code = nil, code
		c.record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}
