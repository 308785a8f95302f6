package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// PayRequest asks for a way to pay an order that exists: its open payment's action
// again, a method of it, a new attempt, or another wallet.
type PayRequest struct {
	Wallet  string // empty: the open payment's, or else the app's first
	Method  string
	Channel wallet.Channel // becomes the order's, unless a payment is open
	Payer   Payer          // becomes the order's when it has none
	Source  Source

	resume bool // go on with a payment that was begun; never start another
}

// Pay returns an order with an open payment. An open payment at the same wallet is
// returned as it is; one at another wallet is closed there first.
//
// Faults: NotFound; Expired; Conflict when the order is paid, when its open payment
// cannot be closed, or while the same work is under way; and those of CreateOrder.
func (e *Engine) Pay(ctx context.Context, id OrderID, req PayRequest, once *Once) (Outcome, error) {
	if once != nil {
		claim := once.claim(id, e.clock())
		held, err := e.store.Claim(ctx, *claim)
		if err != nil {
			return Outcome{}, err
		}
		if held.Digest != once.Digest || held.Answer != nil {
			return e.resume(ctx, held, once)
		}
	}
	return e.pay(ctx, id, req, once)
}

// step is what has to be done at a wallet before a payment can be answered.
type step uint8

const (
	stepAnswer step = iota // nothing: the payment's action is there
	stepOpen               // ask for the payment
	stepChoose             // choose a method of it
	stepCancel             // close it first
)

func (e *Engine) pay(ctx context.Context, id OrderID, req PayRequest, once *Once) (Outcome, error) {
	for range 2 {
		var next step
		var outcome Outcome
		order, err := e.update(ctx, id, func(c *Change) (err error) {
			outcome = Outcome{}
			next, err = e.planPay(c, &req)
			if err == nil && next == stepAnswer {
				outcome.Answer = once.keep(c, nil)
			}
			return err
		})
		if err != nil {
			return Outcome{}, err
		}
		outcome.Order = order
		switch next {
		case stepAnswer:
			return outcome, nil
		case stepOpen:
			return e.reopen(ctx, order, once)
		case stepChoose:
			return e.choose(ctx, order, req.Method, once)
		}
		if _, err := e.closePayment(ctx, order, FromClient); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{}, fault.New(fault.Conflict, "bridge.Pay", "The open payment could not be closed.")
}

// planPay decides what is to be done, and reserves the right to do it.
func (e *Engine) planPay(c *Change, req *PayRequest) (step, error) {
	const op = "bridge.Pay"
	o, now := &c.Order, e.clock()
	open := o.OpenPayment()
	switch {
	case o.BusyUntil.After(now):
		return 0, errBusy()
	case req.resume && open == nil:
		return stepAnswer, nil // news was quicker than the answer that was lost
	case o.Paid > 0 || o.Status == wallet.Authorized || o.Status == wallet.Voided:
		return 0, fault.New(fault.Conflict, op, "The order is "+string(o.Status)+".")
	case o.Agreement != "" && !req.resume:
		return 0, fault.New(fault.Conflict, op, "The order is charged by an agreement; it cannot be paid in another way.")
	case o.Closed != "" || !now.Before(o.ExpiresAt):
		return 0, fault.New(fault.Expired, op, "The order can no longer be paid.")
	}
	app := e.apps[o.App]
	if app == nil {
		return 0, fault.New(fault.NotFound, op, "The order's app is not served here.")
	}
	name, err := app.wallet(req.Wallet)
	if err != nil {
		return 0, err
	}
	c.adopt(req, now)
	open = c.Order.OpenPayment()
	if open != nil && (req.Wallet == "" || req.Wallet == open.Wallet) {
		return e.planOpen(c, open, req.Method, now), nil
	}
	if open != nil {
		return stepCancel, nil
	}
	c.openPayment(name, req.Method, req.Source, now)
	c.Order.BusyUntil = now.Add(e.timeout + busyGrace)
	return stepOpen, nil
}

// planOpen decides about a payment that is open at the wanted wallet.
func (e *Engine) planOpen(c *Change, open *Payment, method string, now time.Time) step {
	chooses := can[wallet.Chooser](e.wallets[open.Wallet].Wallet)
	switch {
	case method != "" && method != open.Method && chooses && open.Action != nil:
		c.Order.BusyUntil = now.Add(e.timeout + busyGrace)
		return stepChoose
	case method != "" && method != open.Method && open.Status == wallet.Pending:
		return stepCancel
	case open.Action != nil:
		return stepAnswer
	}
	c.Order.BusyUntil = now.Add(e.busyFor(&c.Order))
	return stepOpen
}

// reopen asks for a payment that may have been asked for before.
func (e *Engine) reopen(ctx context.Context, o Order, once *Once) (Outcome, error) {
	if o.Agreement != "" {
		return e.recharge(ctx, o, once)
	}
	return e.open(ctx, o, once)
}

// busyFor is how long asking for the order's payment may take.
func (e *Engine) busyFor(o *Order) time.Duration {
	calls := time.Duration(1)
	if o.Agreement != "" {
		calls = mostCallsOfCharge
	}
	return calls*e.timeout + busyGrace
}

// adopt notes who pays, where the order has no payer, and where. What a wallet was
// asked for already stays as it is: a repeat must be the same request.
func (c *Change) adopt(req *PayRequest, now time.Time) {
	var data EventData
	if c.Order.Payer.ID == "" && req.Payer.ID != "" {
		payer := req.Payer
		data.Payer = &payer
	}
	if req.Channel != c.Order.Channel && c.Order.OpenPayment() == nil {
		data.Channel = req.Channel
	}
	if data != (EventData{}) {
		c.record(PaymentUpdated, req.Source, now, data)
	}
}

// choose asks the wallet for the action of one method of the open payment.
func (e *Engine) choose(ctx context.Context, o Order, method string, once *Once) (Outcome, error) {
	p := o.OpenPayment()
	t := e.wallets[p.Wallet]
	got, err := call(ctx, e, t, func(ctx context.Context) (wallet.Payment, error) {
		return t.Wallet.(wallet.Chooser).ChoosePayment(ctx, p.Ref(), method)
	})
	if judge(err) == refused {
		// The method was refused, not the payment: another may be chosen.
		if _, err := e.release(ctx, o.ID); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, declined("The wallet refused the method.", err)
	}
	return e.settle(ctx, &o, p, got, err, once)
}

// release says that nothing is under way for the order any more.
func (e *Engine) release(ctx context.Context, id OrderID) (Order, error) {
	return e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		c.free()
		return nil
	})
}

// free says that the call that was under way has ended.
func (c *Change) free() { c.Order.BusyUntil = time.Time{} }
